"""The status of one line, told once for each change, and the history of its modem. Decides nothing.

Both outlive every opening of the port.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from otppi.modems import ladder
from otppi.modems.ladder import History
from otppi.ports.modem import Identity, LineStatus, ModemState

if TYPE_CHECKING:
    from otppi.ports.modem import LineEvents

MAY_SEND: Final = (ModemState.READY, ModemState.BUSY)


class Board:
    """Changes of state go along `ports.modem_states.LINE` only; who calls `tell` sees to that."""

    def __init__(self, name: str, events: LineEvents) -> None:
        self.name = name
        self.status = LineStatus(ModemState.ABSENT, reason="The line is not open.")
        self.history = History()
        self.port = ""
        """The path that is open now."""
        self._events = events
        self._waiting: set[asyncio.Future[None]] = set()

    @property
    def may_send(self) -> bool:
        """Whether the modem takes messages, now or after the one it has."""
        return self.status.state in MAY_SEND

    def now(self) -> float:
        """Seconds of the loop's clock, which the history is kept in."""
        return asyncio.get_running_loop().time()

    def tell(self, state: ModemState, reason: str = "") -> None:
        """A new state, with its reason."""
        self.publish(replace(self.status, state=state, reason=reason))

    def publish(self, status: LineStatus) -> None:
        """A new status, whole. One that can send has no reason, but may have an advice in its place."""
        reason = ladder.advice(self.history, self.now()) if status.state in MAY_SEND else status.reason
        status = replace(status, port=self.port, reason=reason)
        if not self.port:
            status = replace(status, identity=Identity(), msisdn="")  # who answers next may be another
        if status == self.status:
            return
        self.status = status
        self._events.changed(self.name, status)
        if status.state not in MAY_SEND:
            for waiting in self._waiting:
                if not waiting.done():
                    waiting.set_result(None)

    def out_of_service(self) -> asyncio.Future[None]:
        """Done once the modem cannot send any more. Cancel it when it is not wanted any more."""
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(waiting)
        waiting.add_done_callback(self._waiting.discard)
        return waiting
