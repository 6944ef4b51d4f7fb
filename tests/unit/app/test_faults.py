"""An unexpected error is logged by kind and place, and by nothing a caller sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from otppi.app.faults import report

if TYPE_CHECKING:
    import pytest


def _parse(text: str) -> None:
    json.loads(text)


def test_a_fault_shows_where_and_not_what(caplog: pytest.LogCaptureFixture) -> None:
    try:
        _parse("canary")
    except ValueError as error:
        report(error, "shop")
    [line] = caplog.messages
    assert "door=shop" in line
    assert "JSONDecodeError" in line
    assert "test_faults.py" in line
    assert " _parse" in line
    assert "canary" not in caplog.text
