"""What the owner may set of an account's limits, as KEY=VALUE of `otppi user set`. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from otppi.app.operations.names import quoted
from otppi.domain.rates import HIGHEST
from otppi.domain.setting_kinds import CallingCodes, NotOfKind
from otppi.ports.operations import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

COUNTS: Final[Mapping[str, str]] = {
    "rate_minute": "most messages in any minute",
    "rate_hour": "most messages in any hour",
    "rate_day": "most messages in any day",
    "queue": "most messages that wait",
}
KEYS: Final = (*COUNTS, "countries")


def read_limits(values: Mapping[str, str]) -> dict[str, Any]:
    """The fields of the account these give. Raises Refused."""
    return {key: _read(key, text.strip()) for key, text in values.items()}


def _read(key: str, text: str) -> int | tuple[str, ...]:
    if key == "countries":
        return _countries(text)
    if key not in COUNTS:
        raise Refused(f"a user has no {quoted(key)}; what can be set so is {', '.join(KEYS)}")
    most = 0 if text == "none" else int(text) if re.fullmatch(r"\d{1,7}", text, re.ASCII) else -1
    if not 0 <= most <= HIGHEST:
        raise Refused(f"{key} is the {COUNTS[key]}: 1 to {HIGHEST}, or none")
    return most


def _countries(text: str) -> tuple[str, ...]:
    try:
        return CallingCodes().parse("" if text == "none" else text)
    except NotOfKind as rule:
        raise Refused(f"countries must be {rule}, or none for the setting's") from None
