"""What is answered: the codes of decisions 2 and the reply object, independent of the door."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class Code(StrEnum):
    """Response codes. SUCCESS is written `000` or `0000` by `wire`, by the name of the command."""

    SUCCESS = "000"
    NO_SUCH_MODEM = "1000"
    UNAUTHORISED = "1100"
    NO_ROUTE = "1101"
    FAILED = "1102"
    INVALID = "1103"
    BLOCKED = "1104"
    LIMITED = "1105"
    UNKNOWN_COMMAND = "1106"
    DUPLICATE = "1201"
    WRONG_OTP = "1202"
    EXPIRED = "1203"
    EXHAUSTED = "1204"


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `command` as the caller wrote it; `error` one plain sentence that names field and rule, never a
    value; `retry_after` seconds beside LIMITED."""

    command: str
    code: Code
    data: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""
    retry_after: float | None = None


class Refusal(Exception):
    """A request that is answered with a code instead of being done. Raised by any check, caught at the door."""

    def __init__(self, code: Code, error: str, *, retry_after: float | None = None) -> None:
        super().__init__(error)
        self.code = code
        self.error = error
        self.retry_after = retry_after


class Unavailable(Exception):
    """The gateway cannot promise anything now (stopping, or the store cannot commit): HTTP 503, no broker ack."""
