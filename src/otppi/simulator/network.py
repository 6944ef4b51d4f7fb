"""The radio network as one modem sees it: registration, signal, power level. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import IntEnum


class Registration(IntEnum):
    """`<stat>` of +CREG, +CGREG, +CEREG (3GPP TS 27.007 7.2)."""

    OFF = 0
    HOME = 1
    SEARCHING = 2
    DENIED = 3
    ROAMING = 5


FULL_POWER = 1
"""+CFUN=1 (3GPP TS 27.007 8.2)."""


@dataclass(slots=True)
class Network:
    """`stat` is what the network would grant; `waiting` holds (kind, TPDU) that could not be delivered yet."""

    stat: Registration = Registration.HOME
    signal: int = 20
    power: int = FULL_POWER
    detached: bool = False
    """+COPS=2 was given."""
    waiting: deque[tuple[str, str]] = field(default_factory=deque, repr=False)
    report_status: int | None = 0
    """TP-ST of the delivery reports to come (3GPP TS 23.040 9.2.3.15); None: none come."""

    def registered(self, *, sim_ready: bool) -> Registration:
        """The registration in force: none without power or while detached, limited without a usable SIM."""
        if self.power != FULL_POWER or self.detached:
            return Registration.OFF
        return self.stat if sim_ready else Registration.OFF

    @property
    def csq(self) -> int:
        """+CSQ: 99 without radio (3GPP TS 27.007 8.5)."""
        return self.signal if self.power == FULL_POWER else 99
