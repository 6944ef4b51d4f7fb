"""HTTP answers of the documented paths: status, headers, body. What each error says stands here, and only here."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from otppi.domain.replies import Code, Reply
from otppi.wire import encode_reply

if TYPE_CHECKING:
    from otppi.intake.rest.asgi import Send

Header = tuple[bytes, bytes]

SECURITY_HEADERS: Final[tuple[Header, ...]] = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)
REALM: Final = b'Basic realm="OTP-Pi", charset="UTF-8"'
RETRY_SECONDS: Final = 5.0
_JSON: Final[tuple[Header, ...]] = ((b"content-type", b"application/json"), *SECURITY_HEADERS)
_CLOSE: Final[Header] = (b"connection", b"close")


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer."""

    status: int
    body: bytes = field(repr=False)
    headers: tuple[Header, ...] = ()
    close: bool = False

    async def send(self, send: Send, *, close: bool = False) -> None:
        """Put it on the wire; `close` ends the connection after it."""
        headers = [*_JSON, (b"content-length", b"%d" % len(self.body)), *self.headers]
        if close or self.close:
            headers.append(_CLOSE)
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


def retry_after(seconds: float) -> Header:
    """Whole seconds, at least 1."""
    return b"retry-after", b"%d" % max(1, math.ceil(seconds))


def reply_answer(reply: Reply, four_digits: bool | None) -> Answer:
    """200: the body could be read as an envelope with a command."""
    headers = (retry_after(reply.retry_after),) if reply.retry_after is not None else ()
    return Answer(200, encode_reply(reply, four_digits), headers)


def not_an_envelope(reason: str) -> Answer:
    """400, with the reason."""
    return Answer(400, _error(Code.INVALID, reason))


def busy(seconds: float) -> Answer:
    """429: too many sign-ins wait."""
    return Answer(429, _error(Code.LIMITED, "too many sign-ins are waiting, try again later"), (retry_after(seconds),))


def _error(code: Code, sentence: str) -> bytes:
    return encode_reply(Reply("", code, error=sentence))


NOT_SIGNED_IN: Final = Answer(
    401, _error(Code.UNAUTHORISED, "a valid user name and password are needed"), ((b"www-authenticate", REALM),)
)
WRONG_METHOD: Final = Answer(405, _error(Code.INVALID, "the method must be POST or PUT"), ((b"allow", b"POST, PUT"),))
TOO_SLOW: Final = Answer(408, _error(Code.INVALID, "the body did not arrive in time"), close=True)
TOO_LARGE: Final = Answer(413, _error(Code.INVALID, "the body must be at most 64 KiB"))
BROKEN: Final = Answer(500, _error(Code.FAILED, "the gateway failed, see its log"))
UNAVAILABLE: Final = Answer(
    503, _error(Code.FAILED, "the gateway takes no requests at the moment"), (retry_after(RETRY_SECONDS),)
)
