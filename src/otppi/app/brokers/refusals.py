"""Requests of brokers whose refusal nobody may hear: each is a row, a count and, ten in a row, an alarm."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from otppi.domain import msisdn
from otppi.ports.subscribers import RefusedRequest

if TYPE_CHECKING:
    from otppi.app.alarms import Alarms
    from otppi.app.brokers.counts import Standing
    from otppi.domain.subscriber import Subscriber
    from otppi.ports.clock import Clock
    from otppi.ports.subscribers import Subscribers

log = logging.getLogger(__name__)

IN_A_ROW: Final = 10
MOST_COMMAND: Final = 64
LOST: Final = "lost"


class Refusals:
    """For one subscriber."""

    def __init__(
        self, subscriber: Subscriber, standing: Standing, rows: Subscribers, alarms: Alarms, clock: Clock
    ) -> None:
        self._subscriber = subscriber
        self._standing = standing
        self._rows = rows
        self._alarms = alarms
        self._clock = clock
        self._row = 0

    async def refuse(self, code: str, reason: str, command: str = "", receiver: Any = "") -> None:
        """Note one that is refused for good, durably. Raises StoreUnavailable; nothing is counted then."""
        await self._write(code, reason, command, receiver)
        self._standing.refused[code] += 1
        self._row += 1
        if self._row == IN_A_ROW:
            remedy = (
                f"its last {IN_A_ROW} requests were refused: see `otppi subscriber refusals {self._subscriber.name}`"
            )
            self._alarms.set("requests_refused", self._subscriber.name, "warning", remedy)

    async def lose(self, reason: str, command: str = "", receiver: Any = "") -> None:
        """Note one that cannot be taken now and cannot wait at its broker. It is counted, and the alarm stands, whether
        or not the row can be written: StoreUnavailable is raised only after that."""
        self._standing.lost += 1
        remedy = (
            "requests came that could not be taken, and this broker keeps none: use a mode that does (docs/doors.md)"
        )
        self._alarms.set("requests_lost", self._subscriber.name, "critical", remedy)
        await self._write(LOST, reason, command, receiver)

    def taken(self) -> None:
        """One was taken: the row of refusals has ended."""
        self._standing.taken += 1
        if self._row:
            self._row = 0
            self._alarms.clear("requests_refused", self._subscriber.name)

    async def _write(self, code: str, reason: str, command: str, receiver: Any) -> None:
        command = _printable(command)
        log.info("refused subscriber=%s command=%s code=%s", self._subscriber.name, command, code)
        refused = RefusedRequest(
            at=self._clock.now(),
            subscriber=self._subscriber.name,
            account=self._subscriber.account,
            command=command,
            code=code,
            reason=reason,
            receiver=_masked(receiver),
        )
        await self._rows.refuse(refused)


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() else "?" for each in text[:MOST_COMMAND])


def _masked(receiver: Any) -> str:
    """What may be kept of a receiver that was perhaps none: digits masked, of anything else at most its kind."""
    if not isinstance(receiver, str):
        return ""
    if "@" in receiver:
        return "e-mail"
    digits = "".join(each for each in receiver[:32] if each.isascii() and each.isdigit())
    return msisdn.masked(digits) if digits else ""
