"""The wheel check: every runtime package of the lock file installs without a compiler on 64-bit ARM and x86, for the
Pythons we support."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PYTHONS = ("cp311", "cp313")
MACHINES = ("aarch64", "x86_64")
_NAME = re.compile(r".*-(?P<python>[^-]+)-(?P<abi>[^-]+)-(?P<platform>[^-]+)\.whl")
_OTHER_SYSTEMS = ("win32", "emscripten", "darwin")


def runtime(packages: dict[str, dict[str, Any]]) -> list[str]:
    """The packages the gateway needs on Linux with CPython, by name."""
    seen: list[str] = []
    waiting = ["otppi"]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.append(name)
        waiting += [d["name"] for d in packages[name].get("dependencies", ()) if _on_linux(d.get("marker", ""))]
    return sorted(set(seen) - {"otppi"})


def _on_linux(marker: str) -> bool:
    return not any(f"== '{system}'" in marker for system in _OTHER_SYSTEMS)


def fits(wheel: str, python: str, machine: str) -> bool:
    """Whether a wheel installs for this Python on this machine under glibc."""
    match = _NAME.fullmatch(wheel)
    if match is None:
        return False
    stable = match["abi"] == "abi3" and int(match["python"][3:] or 0) <= int(python[3:])
    pure = match["platform"] == "any" and match["python"].startswith(("py3", "py2.py3"))
    built = "manylinux" in match["platform"] and machine in match["platform"]
    return pure or (built and (stable or python in match["python"].split(".") or match["python"].startswith("py3")))


def missing(package: dict[str, Any]) -> list[str]:
    """For which Pythons and machines a package has no wheel."""
    wheels = [wheel["url"].rsplit("/", 1)[-1] for wheel in package.get("wheels", ())]
    pairs = [(python, machine) for python in PYTHONS for machine in MACHINES]
    return [f"{p} {m}" for p, m in pairs if not any(fits(wheel, p, m) for wheel in wheels)]


def main() -> int:
    """Check the lock file."""
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    packages = {package["name"]: package for package in lock["package"]}
    names = runtime(packages)
    lacking = {name: gaps for name in names if (gaps := missing(packages[name]))}
    for name, gaps in lacking.items():
        sys.stdout.write(f"{name} {packages[name]['version']} has no wheel for {', '.join(gaps)}\n")
    return 1 if lacking or not names else 0


if __name__ == "__main__":
    sys.exit(main())
