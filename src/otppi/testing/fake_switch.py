"""A USB switch without USB: keeps `ports.power.PowerSwitch` in memory and tells a test what was asked of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from otppi.ports.power import Socket


class FakeSwitch:
    """`socket_of` are the sockets by path; `at_reset` is called when a device or its socket is switched."""

    def __init__(self, socket_of: dict[str, Socket] | None = None, *, works: bool = True) -> None:
        self.socket_of = socket_of or {}
        self.works = works
        self.taken: set[str] = set()
        """Devices in whose places something is plugged in."""
        self.asked: list[str] = []
        self.at_reset: Callable[[], None] = lambda: None

    async def socket(self, path: str) -> Socket | None:
        """See the port."""
        return self.socket_of.get(path)

    async def empty(self, device: str) -> bool:
        """See the port."""
        return device not in self.taken

    async def reauthorise(self, device: str) -> bool:
        """See the port."""
        return self._switch(f"reauthorise {device}")

    async def cycle(self, hub: str, port: int) -> bool:
        """See the port."""
        return self._switch(f"cycle {hub} {port}")

    def _switch(self, what: str) -> bool:
        self.asked.append(what)
        if self.works:
            self.at_reset()
        return self.works
