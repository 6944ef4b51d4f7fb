"""The ports of the API: what the owner wants open, what is open, and the way from one to the other.

A new port is bound before the old one is left; what is under way on the old one is answered to its end. A port that
cannot be had leaves the old one open, is an alarm that says why, and is tried again until it can.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from otppi.app.faults import report
from otppi.intake.rest.server import CannotListen, RestServer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from otppi.app.alarms import Alarms
    from otppi.intake.rest.asgi import App
    from otppi.intake.rest.certificate import Certificate
    from otppi.intake.rest.tls import PemFiles

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 0.5
"""How often files of certificates are looked at, and a port that cannot be had is tried again."""

Door = Literal["api", "https"]
"""The names of DIR/run/ports.json; `api` is plain HTTP."""

DOORS: Final[tuple[Door, ...]] = ("api", "https")
_SAID: Final[Mapping[Door, str]] = {"api": "HTTP", "https": "HTTPS"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """The port of each door, 0 for a free one, None for none. `files`: the owner's own certificate. `clear_ok`: the
    owner knows that plain HTTP crosses a network. `fixed`: the start named another HTTP port than the setting."""

    api: int | None
    https: int | None = None
    files: PemFiles | None = None
    clear_ok: bool = False
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Open:
    """A door that is open: `port` is bound, `asked` was wanted (0 for a free one)."""

    server: RestServer
    asked: int
    port: int


def moves(wanted: Mapping[Door, int | None], opened: Mapping[Door, Open]) -> list[Door]:
    """The doors that have to move. One whose port another one is about to leave comes after that one. Pure."""
    moving = [door for door in DOORS if wanted[door] != (opened[door].asked if door in opened else None)]
    left = {opened[door].port for door in moving if door in opened}
    return sorted(moving, key=lambda door: wanted[door] in left)


class Listeners:
    """Both doors of one application on one host. `start`, then `run` in a task; `look` when `wanted` may give
    something else; `stop` at the end. `announce` is told the ports, first when `run` begins, then at each change."""

    def __init__(
        self,
        app: App,
        host: str,
        *,
        wanted: Callable[[], Wanted],
        certificate: Certificate,
        alarms: Alarms,
        announce: Callable[[Mapping[Door, int | None]], None],
    ) -> None:
        self._app = app
        self._host = host
        self._wanted = wanted
        self._certificate = certificate
        self._alarms = alarms
        self._announce = announce
        self._open: dict[Door, Open] = {}
        self._leaving: dict[RestServer, asyncio.Task[None]] = {}
        self._told: Mapping[Door, int | None] = {}
        self._failed = False
        self._wake = asyncio.Event()

    @property
    def ports(self) -> dict[Door, int | None]:
        """The port of each door, None for one that is closed."""
        return {door: self._open[door].port if door in self._open else None for door in DOORS}

    async def start(self) -> None:
        """Open what is wanted. Raises CannotListen where HTTP is wanted and its port cannot be had."""
        await self._apply(starting=True)

    def look(self) -> None:
        """Something may be wanted otherwise: seen to at once, by `run`."""
        self._wake.set()

    async def run(self) -> None:
        """Keep to what is wanted, until cancelled."""
        self._tell()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS if self._failed or self._wanted().https is not None else None):
                    await self._wake.wait()
            self._wake.clear()
            try:
                await self._apply()
            except Exception as error:  # noqa: BLE001 - a defect here must not make later changes impossible
                self._failed = True
                report(error, "rest")

    async def stop(self, grace: float) -> None:
        """Close every door; requests in flight end within `grace` seconds."""
        for task in self._leaving.values():
            task.cancel()
        servers = [*self._leaving, *(door.server for door in self._open.values())]
        await asyncio.gather(*(server.stop(grace) for server in servers))
        self._open.clear()

    async def _apply(self, *, starting: bool = False) -> None:
        wanted = self._wanted()
        ports: dict[Door, int | None] = {"api": wanted.api}
        ports["https"] = wanted.https if await self._certified(wanted) else None
        self._failed = False
        moving = moves(ports, self._open)
        for door in moving:
            await self._move(door, ports[door], fatal=starting and door == "api")
        for door in set(DOORS).difference(moving):
            self._alarms.clear("port", door)
        if not starting:
            self._tell()
        self._warn(wanted)

    async def _certified(self, wanted: Wanted) -> bool:
        if wanted.https is None:
            self._certificate.forget()
            return False
        return await self._certificate.refresh(wanted.files)

    async def _move(self, door: Door, port: int | None, *, fatal: bool) -> None:
        try:
            new = None if port is None else await self._opened(door, port)
        except CannotListen as reason:
            if fatal:
                raise
            self._failed = True
            self._refuse(door, str(reason))
            return
        self._alarms.clear("port", door)
        old = self._open.pop(door, None)
        if new is not None:
            self._open[door] = new
        log.info("door moved door=%s port=%s", _SAID[door], self.ports[door])
        if old is not None:
            self._tell()
            self._leave(old.server)

    async def _opened(self, door: Door, port: int) -> Open:
        server = RestServer(self._app, self._host, port, self._certificate.context if door == "https" else None)
        return Open(server, port, await server.start())

    def _leave(self, server: RestServer) -> None:
        task = asyncio.create_task(server.leave(), name="leave port")
        self._leaving[server] = task
        task.add_done_callback(lambda _: self._leaving.pop(server, None))

    def _refuse(self, door: Door, reason: str) -> None:
        kept = f"; port {self._open[door].port} stays open" if door in self._open else ""
        self._alarms.set("port", door, "warning", f"{_SAID[door]} is not where it should be: {reason}{kept}")

    def _tell(self) -> None:
        """Say where the doors are, if that was not said; before an old port is closed, so that nobody seeks in vain."""
        ports = self.ports
        try:
            if ports != self._told:
                self._announce(ports)
                self._told = ports
        except OSError as error:
            self._failed = True
            log.error("ports cannot be written error=%s", error.strerror)

    def _warn(self, wanted: Wanted) -> None:
        http = self._open.get("api")
        self._stand(
            "clear_text",
            on=http is not None and not wanted.clear_ok and not _is_loopback(http.server.address),
            remedy="HTTP lets passwords and texts cross the network in clear: serve HTTPS and close HTTP, or put a TLS "
            "proxy before it and let HTTP listen on 127.0.0.1; if the network is yours alone, set api.http_clear_ok",
        )
        self._stand(
            "port_fixed",
            on=wanted.fixed,
            remedy="api.http_port has no effect: the start names the port (--api-port, or api_port of the boot file)",
        )

    def _stand(self, kind: str, *, on: bool, remedy: str) -> None:
        """Raise or clear a notice about HTTP; a new one is logged too."""
        if not on:
            self._alarms.clear(kind, "api")
        elif not any(alarm.kind == kind for alarm in self._alarms.standing):
            self._alarms.set(kind, "api", "notice", remedy)
            log.warning(remedy)


def _is_loopback(address: str) -> bool:
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return ip.is_loopback
