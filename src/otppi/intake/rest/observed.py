"""What surrounds every request: its id, which the caller gets back as `x-request-id`, and the count of it.

It changes nothing else of a request or an answer, and knows no path but those it is told.
"""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Final, Protocol

from otppi.app.requests import CURRENT, RequestIds

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from otppi.intake.rest.asgi import App, Message, Receive, Scope, Send
    from otppi.intake.rest.settings import RestSettings

CODE: Final = "otppi.code"
"""The key of a request's scope under which a door leaves the response code of a refusal."""

_TEMPLATE: Final = "path_template"
_OTHER: Final = "other"


class RequestMeter(Protocol):
    """Counts requests. Implementation: `otppi.app.metering.http.HttpMeter`."""

    in_flight: int
    """Requests that are being answered; whoever begins one adds it."""

    def ended(self, path: str, status: int, code: str, seconds: float) -> None:
        """One of them was answered, or its client left (status 0). `path` is a configured or templated path, never what
        a client wrote; `code` the response code of a refusal, or empty."""


class Observed:
    """An ASGI application round another."""

    def __init__(self, app: App, settings: Callable[[], RestSettings], meter: RequestMeter) -> None:
        self._app = app
        self._settings = settings
        self._meter = meter
        self._ids = RequestIds(secrets.token_hex(4))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        # Every request pays for this: few calls, and no coroutine but the application's own.
        name = self._ids.new()
        token = CURRENT.set(name)
        answer = _Answer(send, name)
        began = time.perf_counter()
        self._meter.in_flight += 1
        try:
            await self._app(scope, receive, answer.send)
        finally:
            CURRENT.reset(token)
            seconds = time.perf_counter() - began
            self._meter.ended(self._path(scope), answer.status, scope.get(CODE, ""), seconds)

    def _path(self, scope: Scope) -> str:
        """The template of the path; what no route knows is `other`, so that nobody can make up endless names."""
        if _TEMPLATE in scope:
            return scope[_TEMPLATE] or _OTHER
        path: str = scope["path"]
        for each in self._settings().paths:
            if path.startswith(each):
                return each
        return _OTHER


class _Answer:
    """Puts the id into the head of an answer, and remembers its status."""

    __slots__ = ("_header", "_send", "status")

    def __init__(self, send: Send, name: str) -> None:
        self._send = send
        self._header = (b"x-request-id", name.encode())
        self.status = 0

    def send(self, message: Message) -> Awaitable[None]:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message["headers"], self._header]
        return self._send(message)
