"""OPTIONS on our own paths: 204 and the methods of the path.

Litestar's own answer leaves out methods of a path whose handlers are registered one by one; its 405 names them all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from otppi.intake.rest.asgi import App, Message, Receive, Scope, Send

_NO_METHOD = "TRACE"
"""A method that no path of ours has."""


async def answer_options(app: App, scope: Scope, receive: Receive, send: Send) -> None:
    """Ask `app` for a method that is not there, and tell its 405 as 204."""
    allowed = False

    async def told(message: Message) -> None:
        nonlocal allowed
        if message["type"] == "http.response.start" and message["status"] == 405:
            allowed = True
            keep = [pair for pair in message["headers"] if pair[0].lower() == b"allow"]
            await send({"type": "http.response.start", "status": 204, "headers": keep})
        elif message["type"] == "http.response.body" and allowed:
            await send({"type": "http.response.body", "body": b""})
        else:
            await send(message)

    await app({**scope, "method": _NO_METHOD}, receive, told)
