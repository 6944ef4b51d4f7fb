"""An unexpected error is logged by kind and place, and by nothing a caller sent."""

from __future__ import annotations

import json

from structlog.testing import capture_logs

from otppi.intake.rest.faults import report


def _parse(text: str) -> None:
    json.loads(text)


def test_a_fault_shows_where_and_not_what() -> None:
    with capture_logs() as logs:
        try:
            _parse("canary")
        except ValueError as error:
            report(error)
    assert logs[0]["kind"] == "JSONDecodeError"
    assert any("test_rest_faults.py" in place and place.endswith("_parse") for place in logs[0]["where"])
    assert "canary" not in repr(logs)
