"""Broken on purpose: each patch makes a copy of the product wrong in one way that matters, and a check must notice.

The patches are applied to a copy; there are no switches in the product. The same checks pass on an unbroken copy, so
what they notice is the patch. To add one: write the patch, name the check that must fail.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.process, pytest.mark.timeout(180)]

ROOT = Path(__file__).parents[2]


def seeds(count: int) -> list[str]:
    """The first seeds of the simulation, against the copy."""
    return [sys.executable, "tests/support/seeds.py", "0", str(count)]


def selection(*names: str) -> list[str]:
    """A run of some tests in the copy."""
    return [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *names]


def engine(count: int) -> list[str]:
    """The first seeds of the engine's cases, against the copy."""
    return [sys.executable, "tests/support/engine_cases.py", "0", str(count)]


CHECKS = {
    "handed-after-ctrl-z": seeds(100),
    "accept-before-commit": seeds(100),
    "doubt-always-resent": seeds(100),
    "settle-without-wipe": seeds(10),
    "sent-after-the-deadline": seeds(200),
    "sent-before-its-time": seeds(100),
    "uses-forgotten-at-restart": seeds(200),
    "uses-of-the-modem": seeds(200),
    "quarantine-forgotten-at-restart": selection("tests/unit/app/test_fitness.py", "-k", "stays_there"),
    "limit-counted-after-the-write": selection("tests/unit/app/test_limits.py", "-k", "parallel"),
    "count-after-compare": selection("tests/unit/app/test_codes.py", "-k", "parallel"),
    "codes-sent-after-their-end": seeds(100),
    "resend-without-cool-down": selection("tests/unit/app/test_resending.py", "-k", "cool_down or many_at_once"),
    "unkeyed-verifier": selection("tests/unit/domain/test_otp.py", "-k", "vector"),
    "any-line-is-the-answer": engine(500),
    "line-ends-where-the-read-ends": engine(500),
    "pin-tried-twice": selection("tests/unit/at/test_start_up.py", "-k", "wrong_pin"),
}


def copy_of_the_product(folder: Path) -> Path:
    """Sources and tests, without what they leave behind."""
    copy = folder / "copy"
    leave = shutil.ignore_patterns("__pycache__", "acceptance", "mutants")
    for part in ("src", "tests"):
        shutil.copytree(ROOT / part, copy / part, ignore=leave)
    shutil.copy(ROOT / "pyproject.toml", copy)
    return copy


def run(command: list[str], copy: Path) -> subprocess.CompletedProcess[str]:
    """Run a check against the copy instead of the product."""
    paths = os.pathsep.join(str(copy / part) for part in ("src", "tests/support"))
    environment = {**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_TESTRUNUID", "PYTEST_ADDOPTS"):
        environment.pop(name, None)
    return subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize("mutant", sorted(CHECKS))
def test_a_mutant_is_noticed(mutant: str, tmp_path: Path) -> None:
    copy = copy_of_the_product(tmp_path)
    patch = ROOT / "tests" / "mutants" / f"{mutant}.patch"
    subprocess.run(["patch", "-p1", "-s", "-i", str(patch)], cwd=copy, check=True, capture_output=True)
    done = run(CHECKS[mutant], copy)
    said = done.stdout[-3000:] + done.stderr[-1000:]
    assert done.returncode == 1, said
    assert "failing" in said or "failed" in said, said


def test_the_checks_pass_on_an_unbroken_copy(tmp_path: Path) -> None:
    copy = copy_of_the_product(tmp_path)
    for command in (seeds(200), engine(500), CHECKS["count-after-compare"], CHECKS["unkeyed-verifier"]):
        done = run(command, copy)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


def test_every_patch_has_a_check() -> None:
    patches = {path.stem for path in Path(__file__).parent.glob("*.patch")}
    assert patches - {"leak-text-in-log"} == set(CHECKS)
