"""One client on the wire: its place in the house from the moment it is let in to the end of its connection, and what
happens to one that does not read."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Final

from websockets.asyncio.server import ServerConnection

if TYPE_CHECKING:
    from collections.abc import Callable

    from otppi.wsbroker.door import Guest

log = logging.getLogger(__name__)

WAITING_MOST: Final = 1024 * 1024
"""Octets that may wait for one client, beyond what the system's own buffers hold."""
OPEN_MOST: Final = 1256
"""Connections in all, those that have not signed in among them."""
CLOSE_SECONDS: Final = 2.0


class BrokerConnection(ServerConnection):
    """`guest` once it was let in; `on_lost` is called when its connection has ended."""

    guest: Guest | None = None
    on_lost: Callable[[Guest], None] | None = None
    closing: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if len(self.server.handler_tasks) > OPEN_MOST:
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self.guest is not None and self.on_lost is not None:
            self.on_lost(self.guest)

    @property
    def overflows(self) -> bool:
        """Whether more waits for this client than may."""
        return self.transport.get_write_buffer_size() > WAITING_MOST

    def dismiss(self, code: int, reason: str) -> None:
        """Close it, if it was let in, without waiting; one that does not read is gone after CLOSE_SECONDS."""
        if self.closing is None and self.guest is not None:
            log.info("client put out user=%s topic=%s code=%s", self.guest.user, self.guest.topic, code)
            self.closing = asyncio.create_task(self._dismissed(code, reason), name="dismiss")

    async def _dismissed(self, code: int, reason: str) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.close(code, reason)
        self.transport.abort()
