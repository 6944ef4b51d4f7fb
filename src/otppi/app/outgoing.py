"""The daily report of outgoing SMS: one line for each message, once all of it was sent. Off unless `sms.log_outgoing`.

A message that never went out as a whole has no line. Nothing waits for a line, and none holds a text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otppi.domain.message import State
from otppi.domain.msisdn import masked
from otppi.ports.sms_log import SentSms

if TYPE_CHECKING:
    from otppi.app.alarms import Alarms
    from otppi.app.configuration import Configuration
    from otppi.domain.message import Message
    from otppi.ports.clock import Clock
    from otppi.ports.sms_log import SmsLog

FORGET_SECONDS: Final = 3600.0
_SENT: Final = frozenset({State.SENT, State.DELIVERED, State.UNDELIVERED})


class Outgoing:
    """Tells `log` what was sent, and now and then what to forget."""

    def __init__(self, log: SmsLog, configuration: Configuration, clock: Clock, alarms: Alarms) -> None:
        self._log = log
        self._configuration = configuration
        self._clock = clock
        self._alarms = alarms
        self._forgot = -FORGET_SECONDS

    def moved(self, before: Message, after: Message) -> None:
        """A message was committed as `after`."""
        if self._configuration.settings.log_outgoing and after.shown in _SENT and before.shown not in _SENT:
            self._log.write(self._line(after))

    async def round(self) -> None:
        """Have old files deleted, and say where files cannot be written."""
        now = self._clock.now()
        if now - self._forgot >= FORGET_SECONDS:
            self._forgot = now
            self._log.forget(before=now - self._configuration.settings.retention_reports)
        if trouble := self._log.trouble:
            remedy = f"the daily files of outgoing SMS cannot be written: {trouble}"
            self._alarms.set("sms_log", "sms_log", "warning", remedy)
        else:
            self._alarms.clear("sms_log", "sms_log")

    def _line(self, message: Message) -> SentSms:
        modem = message.segments[-1].modem
        entry = next((each for each in self._configuration.modems if each.name == modem), None)
        return SentSms(
            at=message.history[-1][2],
            modem=modem,
            msisdn="" if entry is None else entry.msisdn,
            receiver=masked(message.receiver),
            characters=message.characters,
        )
