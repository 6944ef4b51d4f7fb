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
    UNKNOWN = 4
    ROAMING = 5
    SMS_ONLY_HOME = 6
    SMS_ONLY_ROAMING = 7
    EMERGENCY = 8

    @property
    def carries_messages(self) -> bool:
        """An SMS can be sent and received."""
        return self in _CARRYING


_CARRYING = frozenset(
    {Registration.HOME, Registration.ROAMING, Registration.SMS_ONLY_HOME, Registration.SMS_ONLY_ROAMING},
)
FULL_POWER = 1
"""+CFUN=1 (3GPP TS 27.007 8.2)."""


@dataclass(slots=True)
class Network:
    """`stat` is what the network would grant; `waiting` holds (kind, TPDU) that could not be delivered yet.

    `eps`: what the LTE network grants; None: the same.
    """

    stat: Registration = Registration.HOME
    eps: Registration | None = None
    signal: int = 20
    power: int = FULL_POWER
    detached: bool = False
    """+COPS=2 was given."""
    waiting: deque[tuple[str, str]] = field(default_factory=deque, repr=False)
    report_status: int | None = 0
    """TP-ST of the delivery reports to come (3GPP TS 23.040 9.2.3.15); None: none come."""

    def registered(self, *, sim_ready: bool, found: bool, eps: bool = False) -> Registration:
        """The registration in force: none without power or a usable SIM or while detached, searching until `found`."""
        if self.power != FULL_POWER or self.detached or not sim_ready:
            return Registration.OFF
        if not found:
            return Registration.SEARCHING
        return self.eps if eps and self.eps is not None else self.stat

    @property
    def csq(self) -> int:
        """+CSQ: 99 without radio (3GPP TS 27.007 8.5)."""
        return self.signal if self.power == FULL_POWER else 99
