"""The broker itself: listens, lets in, passes on, and ends in order. Every message goes on in the moment it is read, to
each of the others, and waits nowhere but in their send buffers."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from websockets.asyncio.server import broadcast, serve
from websockets.exceptions import ConnectionClosed

from otppi.domain.pace import Pace
from otppi.ports.operations import Refused
from otppi.security.passwords import Passwords
from otppi.wsbroker.certificate import ServedCertificate
from otppi.wsbroker.connection import CLOSE_SECONDS, WAITING_MOST, BrokerConnection
from otppi.wsbroker.door import Door, TurnedAway
from otppi.wsbroker.slowing import Slowing
from otppi.wsbroker.topics import Topics
from otppi.wsbroker.users import UsersFile

if TYPE_CHECKING:
    import ssl

    from websockets.asyncio.server import Server, ServerConnection
    from websockets.http11 import Request, Response

    from otppi.wsbroker.door import Guest
    from otppi.wsbroker.options import BrokerOptions

log = logging.getLogger(__name__)

MESSAGE_MOST: Final = 64 * 1024
LOOK_SECONDS: Final = 1.0
"""How often users file and certificate are looked at."""
HANDSHAKE_SECONDS: Final = 10.0
PING_SECONDS: Final = 20.0
PONG_SECONDS: Final = 60.0
"""Long, since a client that sends faster than its rate has its pong read late."""

_library_log = logging.getLogger("otppi.wsbroker.library")
# At debug the library writes down headers, the password among them, and frames.
_library_log.setLevel(logging.ERROR)


class Broker:
    """Serves from `start` to `stop`. `ports` are those in use: plain, and TLS."""

    def __init__(self, options: BrokerOptions) -> None:
        """Reads the users and the certificate. Raises Refused."""
        self._options = options
        self._users = UsersFile(options.users)
        self._certificate = ServedCertificate.of(options.certificate, options.key)
        self._passwords = Passwords()
        self._door = Door(self._users, self._passwords, Slowing(), options.path, time.monotonic)
        self._topics: Topics[BrokerConnection] = Topics()
        self._servers: list[Server] = []
        self._watch: asyncio.Task[None] | None = None
        self.ports: tuple[int | None, int | None] = (None, None)

    async def start(self) -> None:
        """Raises Refused where it cannot listen."""
        options, certificate = self._options, self._certificate
        if certificate is None:
            self.ports = await self._listen(options.port, None), None
        elif options.tls_port is None:
            self.ports = None, await self._listen(options.port, certificate.context)
        else:
            plain = await self._listen(options.port, None)
            self.ports = plain, await self._listen(options.tls_port, certificate.context)
        self._watch = asyncio.create_task(self._watching(), name="ws-broker watch")

    async def stop(self) -> None:
        """Close every connection with 1001 (going away), and be gone within about CLOSE_SECONDS."""
        if self._watch is not None:
            self._watch.cancel()
        for server in self._servers:
            server.close(close_connections=False)
        for _, connection in list(self._topics.all()):
            connection.dismiss(1001, "")
        # Whoever is in the middle of a handshake is not waited for.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS + 1):
                for server in self._servers:
                    await server.wait_closed()
        await asyncio.to_thread(self._passwords.close)

    async def _listen(self, port: int, context: ssl.SSLContext | None) -> int:
        host = self._options.host
        try:
            server = await serve(
                self._serve,
                host,
                port,
                ssl=context,
                process_request=self._let_in,
                create_connection=BrokerConnection,
                compression=None,
                server_header=None,
                open_timeout=HANDSHAKE_SECONDS,
                ping_interval=PING_SECONDS,
                ping_timeout=PONG_SECONDS,
                close_timeout=CLOSE_SECONDS,
                max_size=MESSAGE_MOST,
                # Writing must never wait for a client, not even that of a ping.
                write_limit=2 * WAITING_MOST,
                logger=_library_log,
            )
        except OSError as error:
            await self.stop()
            raise Refused(f"ws-broker cannot listen on {host} port {port}: {_why(error)}") from None
        self._servers.append(server)
        used: int = server.sockets[0].getsockname()[1]
        return used

    async def _let_in(self, connection: ServerConnection, request: Request) -> Response | None:
        """Called with the request, before the upgrade; a response refuses it."""
        assert isinstance(connection, BrokerConnection)  # noqa: S101 - by create_connection
        headers = request.headers.get_all("Authorization")
        address = str((connection.remote_address or ("",))[0])
        try:
            guest = await self._door.enter(request.path, headers[0] if len(headers) == 1 else None, address)
            self._topics.join(guest, connection)
        except TurnedAway as refusal:
            log.info("client turned away status=%s address=%s", refusal.status, address)
            return _response(connection, refusal)
        # Joined before the answer leaves: who has read the 101 misses nothing from then on.
        connection.guest, connection.on_lost = guest, self._topics.leave
        return None

    async def _serve(self, connection: ServerConnection) -> None:
        """From the upgrade to the end of one client."""
        assert isinstance(connection, BrokerConnection)  # noqa: S101 - by create_connection
        guest = connection.guest
        assert guest is not None  # noqa: S101 - it was let in
        log.info("client connected user=%s topic=%s address=%s", guest.user, guest.topic, guest.address)
        with contextlib.suppress(ConnectionClosed):
            await self._pass_on(connection, guest)
        log.info("client left user=%s topic=%s code=%s", guest.user, guest.topic, connection.close_code)

    async def _pass_on(self, connection: BrokerConnection, guest: Guest) -> None:
        loop = asyncio.get_running_loop()
        pace = Pace(self._options.rate, loop.time())
        while True:
            message = await connection.recv()
            others = self._topics.others(guest)
            broadcast(others, message)
            for other in others:
                if other.overflows:
                    other.dismiss(1013, "too slow")
            # Also where it is 0: one message of each client in turn.
            await asyncio.sleep(pace.take(loop.time()))

    async def _watching(self) -> None:
        """Take up what was changed in the files; who may not sign in any more is not served any more."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if self._certificate is not None:
                self._certificate.look()
            try:
                if not self._users.refresh():
                    continue
            except Refused as error:
                log.error("users stay as they were: %s", error)
                continue
            log.info("users file read again")
            for guest, connection in list(self._topics.all()):
                if self._users.stored(guest.user) != guest.stored:
                    connection.dismiss(1008, "sign in again")


def _response(connection: ServerConnection, refusal: TurnedAway) -> Response:
    response = connection.respond(HTTPStatus(refusal.status), f"{refusal.words}\n")
    if refusal.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Basic realm="ws-broker", charset="UTF-8"'
    if refusal.retry_after:
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response


def _why(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
