"""One request to an ASGI application without a socket."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rest_world import AUTHORIZATION

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from otppi.intake.rest.asgi import App


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


async def ask(
    app: App, path: str, method: str = "GET", body: bytes = b"", *, authorization: str = AUTHORIZATION
) -> Answered:
    """Ask `app` for `path`; `authorization` empty for nobody."""
    head = [(b"host", b"x"), *([(b"authorization", authorization.encode())] if authorization else [])]
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http",
        "root_path": "",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": head,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
        "extensions": {},
    }
    told: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        told.append(message)

    await app(scope, receive, send)
    headers = {name.decode().lower(): value.decode() for name, value in told[0]["headers"]}
    return Answered(told[0]["status"], headers, b"".join(each.get("body", b"") for each in told[1:]))
