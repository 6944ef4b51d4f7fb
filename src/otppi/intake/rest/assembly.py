"""The whole HTTP door: the documented paths in front, our own paths behind them.

Litestar is imported here, while the door is put together, so that no request waits for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from otppi.app.metering.http import HttpMeter
from otppi.intake.rest.answers import SECURITY_HEADERS
from otppi.intake.rest.commands import CommandDoor
from otppi.intake.rest.observed import Observed

if TYPE_CHECKING:
    from collections.abc import Callable

    from otppi.app.sign_in import SignIn
    from otppi.app.v1.desks import Desks
    from otppi.intake.rest.asgi import App, Message, Receive, Scope, Send
    from otppi.intake.rest.settings import RestSettings
    from otppi.ports.gateway import Gateway


def rest_app(
    gateway: Gateway, sign_in: SignIn, settings: Callable[[], RestSettings], desks: Desks | None = None
) -> App:
    """The ASGI application to serve. `settings` is asked at each request; `desks` as in `v1_app`."""
    from otppi.intake.rest.v1.assembly import v1_app  # the web framework: only a process that serves pays for it

    door = RestDoor(CommandDoor(gateway, sign_in, settings), v1_app(gateway, sign_in, settings, desks), settings)
    return Observed(door, settings, HttpMeter() if desks is None else desks.metrics.http)


class RestDoor:
    """Sends each request to the documented paths or to our own."""

    def __init__(self, commands: App, own: App, settings: Callable[[], RestSettings]) -> None:
        self._commands = commands
        self._own = own
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI. Only `http` is spoken: no lifespan, no websocket."""
        if scope["type"] != "http":
            raise ValueError("this door speaks HTTP only")
        path: str = scope["path"]
        if _is_ours(path) or not path.startswith(self._settings().paths):
            await self._own(scope, receive, _secured(send))
        else:
            await self._commands(scope, receive, send)


def _is_ours(path: str) -> bool:
    return path in ("/health", "/metrics") or path.startswith("/v1/")


def _secured(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *SECURITY_HEADERS]
        await send(message)

    return send_with_headers
