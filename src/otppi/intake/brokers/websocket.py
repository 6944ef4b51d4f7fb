"""A topic of a WSMessageBroker as a door, by the handshake of the OTP-Pi README: at most once. The broker keeps
nothing: what comes while nobody listens, or is in our hands when the process dies, is lost. Nothing is acknowledged,
and on the connection that consumes nothing is ever sent but pings and the closing handshake. A reply goes over a
connection of its own."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote_plus

from websockets.asyncio.client import connect as _connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.protocol import State
from websockets.uri import WebSocketURI

from otppi.intake.brokers.takings import END_SECONDS, Takings
from otppi.intake.brokers.troubles import network_trouble, said
from otppi.intake.brokers.trust import trust
from otppi.ports.connector import BODY_MOST, OPEN_MOST, Arrival, Trouble, ample

if TYPE_CHECKING:
    import ssl

    from websockets.asyncio.client import ClientConnection

    from otppi.domain.subscriber import Subscriber
    from otppi.ports.connector import Room, Take

FRAME_MOST: Final = 1024 * 1024
"""A message beyond this ends the connection (RFC 6455 7.4.1, code 1009)."""
QUEUE_MOST: Final = 16
"""Frames the library holds for us before it reads no further."""
CLOSE_SECONDS: Final = 1.5
REPLIES_MOST: Final = 4
"""Connections for replies at a time; brokers turn away who opens many at once."""

_NORMAL_ENDS: Final = frozenset({1000, 1001, 1005})
"""What a broker may answer to our 1000: the same, that it is going, or no code at all."""
_PROTOCOL_ENDS: Final = frozenset({1002, 1003, 1007, 1009, 1010})

_library_log = logging.getLogger("otppi.intake.brokers.websocket.library")
# At debug the library writes down headers, the password among them, and frames.
_library_log.setLevel(logging.ERROR)


class WebSocketConnector:
    """`ports.connector.Connector`. Text and binary messages are taken alike, as their octets."""

    def __init__(self, subscriber: Subscriber) -> None:
        """Raises Trouble `tls` where the file of authorities cannot be read."""
        self._context = trust(subscriber)
        self._subscriber = subscriber
        self._connection: ClientConnection | None = None
        self._takings: Takings | None = None
        self._replies = asyncio.Semaphore(REPLIES_MOST)

    async def connect(self) -> None:
        self._connection = await self._open(self._subscriber.topic)

    async def consume(self, take: Take, _room: Room = ample, /) -> None:
        connection = self._standing()
        takings = self._takings = Takings(take, OPEN_MOST)
        reading = asyncio.create_task(_read(connection, takings), name="websocket reading")
        try:
            await asyncio.wait({reading, takings.broken}, return_when=asyncio.FIRST_COMPLETED)
            if takings.broken.done():
                takings.broken.result()
            reading.result()
        except ConnectionClosed as closed:
            raise self._ended(closed) from None
        finally:
            await _finish(connection, reading, takings)

    async def reply(self, topic: str, body: bytes) -> None:
        """Over a connection of its own, closed with the closing handshake: a broker that answers it has read all that
        came before."""
        async with self._replies:
            await self._reply(topic, body)

    async def _reply(self, topic: str, body: bytes) -> None:
        connection = await self._open(topic, unread=True)
        connection.close_timeout = self._subscriber.timeout
        try:
            async with asyncio.timeout(self._subscriber.timeout):
                await connection.send(body, text=True)
                await connection.close()
        except ConnectionClosed as closed:
            raise self._ended(closed) from None
        except TimeoutError:
            raise self._silent() from None
        finally:
            connection.transport.abort()
        if connection.close_code not in _NORMAL_ENDS:
            raise Trouble("lost", f"{self._place()} did not take the reply: it ended with code {connection.close_code}")

    async def health(self) -> None:
        connection = self._standing()
        if connection.state is State.OPEN and self._takings is not None and len(self._takings) >= OPEN_MOST:
            return  # we do not read now, and would not see the answer
        try:
            await (await connection.ping())
        except ConnectionClosed as closed:
            raise self._ended(closed) from None

    async def close(self) -> None:
        if self._connection is not None:
            await _close(self._connection)

    async def check(self) -> None:
        """Connects and pings. Some brokers refuse a wrong password only after the handshake, by hanging up."""
        await self.connect()
        connection = self._standing()
        try:
            async with asyncio.timeout(self._subscriber.timeout):
                await (await connection.ping())
        except ConnectionClosed as closed:
            words = f"{self._place()} hung up right after the handshake: check username, password and topic"
            raise (Trouble("login", words) if closed.rcvd is None else self._ended(closed)) from None
        except TimeoutError:
            raise self._silent() from None
        finally:
            await self.close()

    async def _open(self, topic: str, *, unread: bool = False) -> ClientConnection:
        subscriber = self._subscriber
        if ":" in subscriber.username:
            raise Trouble("login", "username holds a colon, which Basic authentication cannot carry")
        try:
            return await _Opening(subscriber, topic, self._context, unread=unread)
        except (OSError, UnicodeError, WebSocketException) as error:
            raise self._refused(error) from None

    def _standing(self) -> ClientConnection:
        if self._connection is None:
            raise Trouble("lost", f"there is no connection to {self._place()}")
        return self._connection

    def _refused(self, error: BaseException) -> Trouble:
        """Why the handshake did not come to an end."""
        if isinstance(error, InvalidStatus):
            return self._status(error.response.status_code)
        if (trouble := network_trouble(error, self._subscriber)) is not None:
            return trouble
        match error:
            case UnicodeError():
                return Trouble("name", f"{self._subscriber.host} cannot be the name of a host: check host")
            case ConnectionError() if self._context is not None:
                return Trouble("tls", f"{self._place()} hung up instead of speaking TLS: check tls and port")
            case OSError():
                why = said(error.strerror or type(error).__name__)
                return Trouble("connect", f"{self._place()} cannot be reached ({why}): check host and port")
            case _:
                words = f"{self._place()} does not answer as a WebSocket server: check host, port, tls and path"
                return Trouble("protocol", words)

    def _status(self, status: int) -> Trouble:
        place = self._place()
        match status:
            case 401 | 403:
                return Trouble("login", f"{place} refuses us (status {status}): check username and password")
            case 429 | 503:
                return Trouble(
                    "protocol", f"{place} takes no connection of ours now (status {status}): it is full or busy"
                )
            case 404:
                return Trouble("topic", f"{place} has no such path (status 404): check path and topic")
            case _ if 300 <= status < 400:
                words = f"{place} sends us elsewhere (status {status}), which is not followed: check host, port and tls"
                return Trouble("protocol", words)
            case _:
                return Trouble("protocol", f"{place} refuses the WebSocket (status {status}): check path and topic")

    def _ended(self, closed: ConnectionClosed) -> Trouble:
        """Why a connection that stood has ended: by whom, and with which code (RFC 6455 7.4)."""
        place, theirs, ours = self._place(), closed.rcvd, closed.sent
        if ours is not None and not closed.rcvd_then_sent and ours.code in _PROTOCOL_ENDS:
            return Trouble("protocol", f"{place} sent what we cannot take (code {ours.code}, {said(ours.reason)})")
        if theirs is None and ours is not None and ours.code == 1011:
            return self._silent()
        if theirs is None:
            words = f"{place} is gone without a word; where that comes at once: check username, password and topic"
            return Trouble("lost", words)
        why = f"code {theirs.code}, {said(theirs.reason)}" if theirs.reason else f"code {theirs.code}"
        if theirs.code == 1008:
            return Trouble("permission", f"{place} does not let us ({why}): check what this user may do")
        return Trouble("lost", f"{place} closed the connection ({why})")

    def _silent(self) -> Trouble:
        return Trouble("lost", f"{self._place()} did not answer within {self._subscriber.timeout:g} s")

    def _place(self) -> str:
        return f"{self._subscriber.host} port {self._subscriber.port}"


class _Opening(_connect):
    """The library's handshake, as the README writes it: nothing offered, nothing more said, nobody in between.
    `unread`: nobody takes what comes; the library reads on all the same, or would not see the end behind it."""

    def __init__(self, subscriber: Subscriber, topic: str, context: ssl.SSLContext | None, *, unread: bool) -> None:
        super().__init__(
            # Stands for what is put in below, so that no password is ever part of a text.
            "ws://broker" if context is None else "wss://broker",
            compression=None,
            user_agent_header=None,
            proxy=None,
            open_timeout=subscriber.timeout,
            ping_interval=subscriber.heartbeat,
            ping_timeout=subscriber.timeout,
            close_timeout=CLOSE_SECONDS,
            max_size=FRAME_MOST,
            max_queue=None if unread else QUEUE_MOST,
            logger=_library_log,
            ssl=context,
        )
        path, query = target(subscriber.path, topic)
        password = "" if subscriber.password is None else subscriber.password.reveal()
        user = (subscriber.username, password) if subscriber.username or password else (None, None)
        self.ws_uri = WebSocketURI(context is not None, subscriber.host, subscriber.port, path, query, *user)

    def process_redirect(self, exc: Exception) -> Exception:
        """Never followed: whoever answers first must not choose who gets the password."""
        return exc


def target(path: str, topic: str) -> tuple[str, str]:
    """Path and query of the request: the other arguments of the path are kept as they are, a `topic` is replaced."""
    before, _, query = path.partition("?")
    kept = [each for each in query.split("&") if each and unquote_plus(each.partition("=")[0]) != "topic"]
    place = quote("/" + before.removeprefix("/"), safe="/:@!$&'()*+,;=%-._~")
    return place, "&".join(
        [*(quote(each, safe="/?:@!$'()*+,;=%-._~") for each in kept), f"topic={quote(topic, safe='')}"]
    )


async def _read(connection: ClientConnection, takings: Takings) -> None:
    """Until the connection is lost. What is no UTF-8 is handed on all the same and refused as no JSON."""
    while True:
        body = await connection.recv(decode=False)
        await takings.begin(Arrival(body[:BODY_MOST]))


async def _finish(connection: ClientConnection, reading: asyncio.Task[None], takings: Takings) -> None:
    """Ask for no more, but take what was on its way until the broker has answered our close."""
    until = asyncio.get_running_loop().time() + END_SECONDS
    closing = asyncio.create_task(_close(connection), name="websocket closing")
    await asyncio.wait({reading, closing}, return_when=asyncio.ALL_COMPLETED, timeout=CLOSE_SECONDS)
    reading.cancel()
    await asyncio.wait({reading, closing})
    if not reading.cancelled():
        reading.exception()  # seen: it is the end of the connection
    await takings.end(max(0.0, until - asyncio.get_running_loop().time()))


async def _close(connection: ClientConnection) -> None:
    """The closing handshake, or within CLOSE_SECONDS without it."""
    with contextlib.suppress(TimeoutError, OSError):
        async with asyncio.timeout(CLOSE_SECONDS):
            await connection.close()
    connection.transport.abort()
