"""The daily files of outgoing SMS, as the application fills them. Implementation: `otppi.host.sms_log.SmsFiles`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SentSms:
    """One message that was sent, at gateway time `at`. `modem` is the name of the modem that sent its last segment,
    `msisdn` that SIM's own number or empty, `receiver` masked, `characters` the length of the text."""

    at: float
    modem: str
    msisdn: str = field(repr=False)
    receiver: str
    characters: int


class SmsLog(Protocol):
    """Writes behind the caller's back, in order."""

    def write(self, sms: SentSms) -> None:
        """Have a line written. Never waits, never raises: what cannot be written is lost and told by `trouble`."""

    def forget(self, *, before: float) -> None:
        """Have the files deleted whose day ended before that time. Never waits, never raises."""

    @property
    def trouble(self) -> str:
        """Why the last line or file could not be written or deleted; empty where it could."""
