"""What a request to our own paths passes before Litestar sees it: sign-in, then size, time and form of its body.

The web framework would read a body of any depth before it knows who asks; so these checks stand in front of it, with
the same limits as on the documented paths.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from otppi.domain.replies import Unavailable
from otppi.intake.rest.addresses import client_address
from otppi.intake.rest.body import Body, ClientGone
from otppi.intake.rest.observed import CODE
from otppi.intake.rest.v1.options import answer_options
from otppi.intake.rest.v1.parameters import CALLER
from otppi.intake.rest.v1.problems import problem_of
from otppi.wire import MAX_BODY
from otppi.wire.document import check_strict

if TYPE_CHECKING:
    from collections.abc import Callable

    from otppi.app.sign_in import SignIn
    from otppi.intake.rest.asgi import App, Message, Receive, Scope, Send
    from otppi.intake.rest.settings import RestSettings
    from otppi.ports.gateway import Gateway

LARGE_BODIES: Final = {"/v1/messages/batch": 2 * 1024 * 1024}
"""Paths whose body may be larger than 64 KiB, and how large, in octets (decisions 2)."""

_OPEN: Final = ("/health", "/v1/docs", "/v1/openapi.json")
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class Guard:
    """An ASGI application round another."""

    def __init__(
        self,
        app: App,
        gateway: Gateway,
        sign_in: SignIn,
        settings: Callable[[], RestSettings],
        is_open: Callable[[str], bool] = lambda _path: False,
    ) -> None:
        """`is_open` says of a path whether it needs no sign-in at the moment, beside those that never do."""
        self._is_open = is_open
        self._app = app
        self._gateway = gateway
        self._sign_in = sign_in
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["path"] in _OPEN or self._is_open(scope["path"]):
            await self._app(scope, receive, send)
            return
        headers: dict[bytes, bytes] = dict(scope["headers"])
        body = Body(headers, receive, limit=LARGE_BODIES.get(scope["path"], MAX_BODY))
        try:
            octets = await self._checked(scope, headers, body)
        except ClientGone:
            return
        except Exception as error:  # noqa: BLE001 - the edge of the process: nothing may reach the server's own log
            problem = problem_of(error)
            scope[CODE] = problem.code
            await problem.send(send, close=await body.abandon())
            return
        if scope["method"] == "OPTIONS":
            await answer_options(self._app, scope, _once(octets, receive), send)
        else:
            await self._app(scope, _once(octets, receive), send)

    async def _checked(self, scope: Scope, headers: dict[bytes, bytes], body: Body) -> bytes:
        if self._gateway.stopping:
            raise Unavailable
        authorization = headers.get(b"authorization", b"").decode("latin-1").strip()
        scope[CALLER] = await self._sign_in.caller(authorization, client_address(scope, self._settings()))
        if scope["method"] not in _WITH_BODY:
            return b""
        octets = await body.read()
        if len(octets) > MAX_BODY:
            await asyncio.to_thread(check_strict, octets)  # tens of milliseconds, in which others are served
        elif octets:
            check_strict(octets)
        return octets


def _once(octets: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body that was read already, then whatever comes."""
    left = [octets]

    async def replay() -> Message:
        if left:
            return {"type": "http.request", "body": left.pop(), "more_body": False}
        return await receive()

    return replay
