"""The alarms about a modem's state and its message store: raised at once, cleared only after some calm.

A modem that comes and goes is one lasting alarm, not a hundred short ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otppi.ports.modem import LineStatus, ModemState

if TYPE_CHECKING:
    from otppi.app.alarms import Alarms
    from otppi.ports.clock import Clock

WORKING: Final = frozenset({ModemState.READY, ModemState.BUSY})
CALM_SECONDS: Final = 15.0
"""For so long a modem must have worked before what was wrong with it counts as over."""
STORE_HIGH: Final = 0.80
STORE_LOW: Final = 0.70
"""Shares of the places in a message store: from the first on it is noticed, below the second that is over."""

_REMEDIES: Final = {
    ModemState.ABSENT: "the port is gone: check cable and power, then `otppi modem show {}`",
    ModemState.PIN_NEEDED: "the SIM wants its PIN: `otppi modem set {} --pin-stdin`",
    ModemState.DEGRADED: "{} does not answer as it should: check power and cable",
}
_FULL: Final = "the message store of {} is full, it receives nothing more: delete messages from its SIM"
_FILLING: Final = "the message store of {} is nearly full: when it is, nothing more is received"


class Troubles:
    """What is wrong with each modem, told as alarms. Call `review` every few seconds."""

    def __init__(self, alarms: Alarms, clock: Clock) -> None:
        self._alarms = alarms
        self._clock = clock
        self._well_since: dict[str, float] = {}

    def seen(self, modem: str, status: LineStatus) -> None:
        """The status of a modem changed."""
        if status.state in WORKING:
            self._well_since.setdefault(modem, self._clock.now())
        else:
            self._well_since.pop(modem, None)
        if status.state in _REMEDIES:
            self._alarms.set("modem_state", modem, "warning", _REMEDIES[status.state].format(modem))
        if status.stored is not None:
            self._watch_store(modem, *status.stored)

    def failed(self, modem: str) -> None:
        """The driver of a modem failed and is started again."""
        self._well_since.pop(modem, None)
        self._alarms.set("modem_task", modem, "critical", f"the driver of {modem} failed and is started again")

    def gone(self, modem: str) -> None:
        """The modem is run no more: nothing is wrong with it."""
        self._well_since.pop(modem, None)
        for kind in ("modem_state", "modem_task", "sim_storage"):
            self._alarms.clear(kind, modem)

    def review(self) -> None:
        """Clear what has been well for long enough."""
        now = self._clock.now()
        for modem, since in self._well_since.items():
            if now - since >= CALM_SECONDS:
                self._alarms.clear("modem_state", modem)
                self._alarms.clear("modem_task", modem)

    def _watch_store(self, modem: str, used: int, places: int) -> None:
        if used >= places > 0:
            self._alarms.set("sim_storage", modem, "warning", _FULL.format(modem))
        elif used >= STORE_HIGH * places > 0:
            self._alarms.set("sim_storage", modem, "notice", _FILLING.format(modem))
        elif used < STORE_LOW * places:
            self._alarms.clear("sim_storage", modem)
