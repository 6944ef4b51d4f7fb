"""A request's body, within its limit (64 KiB where none is given) and ten seconds, whatever its headers promise.

It counts the octets that arrive: a Content-Length is only believed where it is too large.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from otppi.wire import MAX_BODY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otppi.intake.rest.asgi import Receive

BODY_SECONDS: Final = 10.0
_DISCARD_OCTETS: Final = 1024 * 1024
_DISCARD_SECONDS: Final = 2.0


class BodyError(Exception):
    """Why there is no body."""


class BodyTooLarge(BodyError):
    """More than its limit (HTTP 413)."""


class BodyTooSlow(BodyError):
    """Not all of it in time (HTTP 408)."""


class ClientGone(BodyError):
    """The client has left; nobody waits for an answer."""


class Body:
    """Reads one request's body once."""

    def __init__(
        self,
        headers: Mapping[bytes, bytes],
        receive: Receive,
        *,
        seconds: float = BODY_SECONDS,
        limit: int = MAX_BODY,
    ) -> None:
        """`limit` is the most octets."""
        self._headers = headers
        self._receive = receive
        self._seconds = seconds
        self._limit = limit
        self._settled = False

    async def read(self) -> bytes:
        """The octets. Raises BodyTooLarge, BodyTooSlow or ClientGone."""
        if self._promises_too_much():
            raise BodyTooLarge
        try:
            async with asyncio.timeout(self._seconds):
                return await self._collect()
        except TimeoutError:
            self._settled = True
            raise BodyTooSlow from None

    async def abandon(self) -> bool:
        """Before an answer that does not wait for the body: True if the connection must be closed with it.

        A body still on its way is read and dropped for a moment, because closing on unread octets resets the
        connection and the client would never see the answer.
        """
        if self._settled or not (self._promises_too_much() or b"transfer-encoding" in self._headers):
            return b"expect" in self._headers and not self._settled
        if b"expect" not in self._headers:
            with suppress(TimeoutError):
                async with asyncio.timeout(_DISCARD_SECONDS):
                    await self._discard()
        return True

    def _promises_too_much(self) -> bool:
        length = self._headers.get(b"content-length", b"0")
        return not length.isdigit() or len(length) > 9 or int(length) > self._limit

    async def _collect(self) -> bytes:
        first, more = await self._next()
        if not more and len(first) <= self._limit:
            return first
        collected = bytearray(first)
        while more and len(collected) <= self._limit:
            part, more = await self._next()
            collected += part
        if len(collected) > self._limit:
            raise BodyTooLarge
        return bytes(collected)

    async def _discard(self) -> None:
        dropped, more = 0, True
        with suppress(ClientGone):
            while more and dropped < max(_DISCARD_OCTETS, 2 * self._limit):
                part, more = await self._next()
                dropped += len(part)

    async def _next(self) -> tuple[bytes, bool]:
        message = await self._receive()
        if message["type"] != "http.request":
            raise ClientGone
        more = bool(message.get("more_body"))
        self._settled = not more
        return message.get("body", b""), more
