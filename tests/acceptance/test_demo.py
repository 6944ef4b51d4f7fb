"""The demo's own check, as anybody runs it from a clone."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest


@pytest.mark.process
@pytest.mark.feature("F003", "F006", "F013")
def test_the_demo_checks_itself_and_says_so_in_one_line() -> None:
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [root / "script" / "demo", "--check"], capture_output=True, text=True, check=False, timeout=50
    )
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"ok: .+\n", done.stdout)
