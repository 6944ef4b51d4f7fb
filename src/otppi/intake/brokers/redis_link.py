"""A connection to Redis and what its errors mean, for both modes. It never connects anew and repeats no command: that
is the application's to decide. Library: redis-py, its `Connection` alone: pools and clients would do both."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Final

from redis import exceptions as errors
from redis.asyncio import Connection, SSLConnection

from otppi.intake.brokers.troubles import network_trouble, said
from otppi.ports.connector import Trouble

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Container, Coroutine

    from otppi.domain.subscriber import Subscriber
    from otppi.intake.brokers.takings import Takings

CLOSE_SECONDS: Final = 1.5
_RESP: Final = 2
"""The protocol's version every Redis speaks; a subscribed connection of it still answers PING."""
_FAULTS: Final = (errors.RedisError, OSError)


class Link:
    """One connection, used once. One command at a time; what waits for its turn gets it in order."""

    def __init__(self, subscriber: Subscriber, context: ssl.SSLContext | None) -> None:
        self._subscriber = subscriber
        self._connection = _connection(subscriber, context)
        self._turn = asyncio.Lock()
        self._stood = False

    async def open(self) -> None:
        """Connect, sign in and give our name; `connecting` bounds it. Raises Trouble."""
        try:
            await self._connection.connect()
            if self._subscriber.username:
                await self._name()
            await self._exchange("PING")
        except _FAULTS as error:
            raise trouble_of(error, self._subscriber) from None
        self._stood = True

    async def ask(self, *words: str | bytes | int, patience: float = 0.0, about: str = "") -> Any:
        """The answer to one command, in RESP2 terms, octets as bytes. It may take `patience` seconds beyond the
        subscriber's timeout. Raises Trouble, which names the topic `about`, or else the subscriber's; `lost` closes the
        connection, as being cancelled does."""
        try:
            return await self._in_turn(words, patience)
        except _FAULTS as error:
            raise trouble_of(error, self._subscriber, stood=self._stood, about=about) from None

    async def refusal(self, expected: Container[str], *words: str | bytes | int) -> str:
        """The code the broker refused a command with, where it is one of the expected; empty where it did as it was
        told. Raises Trouble for all else."""
        try:
            await self._in_turn(words, 0.0)
        except _FAULTS as error:
            if isinstance(error, errors.ResponseError) and (code := _code(error)) in expected:
                return code
            raise trouble_of(error, self._subscriber, stood=self._stood) from None
        return ""

    async def send(self, *words: str | bytes | int) -> None:
        """A command whose answer somebody hears. Raises Trouble."""
        try:
            async with asyncio.timeout(self._subscriber.timeout):
                await self._send(*words)
        except _FAULTS as error:
            raise trouble_of(error, self._subscriber, stood=self._stood) from None

    async def hear(self) -> Any:
        """What the broker says next, however long that takes. Raises Trouble."""
        try:
            return await self._read()
        except _FAULTS as error:
            raise trouble_of(error, self._subscriber, stood=self._stood) from None

    async def close(self) -> None:
        """Never raises; within 1.5 seconds."""
        with contextlib.suppress(*_FAULTS):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._connection.disconnect()

    async def _name(self) -> None:
        try:
            await self._exchange("CLIENT", "SETNAME", self._subscriber.username)
        except errors.ResponseError as error:
            if isinstance(error, errors.NoPermissionError):
                raise
            words = "Redis does not take this username as the name of a client: use letters and digits without spaces"
            raise Trouble("login", words) from None

    async def _in_turn(self, words: tuple[str | bytes | int, ...], patience: float) -> Any:
        async with self._turn, asyncio.timeout(self._subscriber.timeout + patience):
            return await self._exchange(*words)

    async def _exchange(self, *words: str | bytes | int) -> Any:
        await self._send(*words)
        return await self._read()

    async def _send(self, *words: str | bytes | int) -> None:
        if not self._connection.is_connected:
            # The library would connect anew by itself here, to a broker that knows nothing of what was before.
            raise errors.ConnectionError
        try:
            await self._connection.send_command(*words)
        except (AttributeError, RuntimeError):
            # How asyncio of Python 3.13, and uvloop, say that the transport below has just been closed.
            raise errors.ConnectionError from None

    async def _read(self) -> Any:
        # Without a time of the library's own: whoever asks bounds it, a blocking read among them.
        return await self._connection.read_response(timeout=float("inf"))


def _connection(subscriber: Subscriber, context: ssl.SSLContext | None) -> Any:
    """The library's connection; its methods bear no types."""
    known: dict[str, Any] = {
        "host": subscriber.host,
        "port": subscriber.port,
        "username": subscriber.acl_user or None,
        "password": subscriber.password.reveal() if subscriber.password is not None else None,
        "protocol": _RESP,
        "socket_timeout": None,
        "socket_connect_timeout": subscriber.timeout,
        # Says nothing of itself (CLIENT SETINFO): older servers and narrow users refuse it.
        "driver_info": None,
    }
    if context is None:
        return Connection(**known)
    connection = SSLConnection(**known)
    # The library would believe the system's authorities beside the owner's.
    connection.ssl_context.context = context
    return connection


@contextlib.asynccontextmanager
async def connecting(subscriber: Subscriber, *links: Link) -> AsyncIterator[None]:
    """What is done inside ends within the subscriber's timeout, or they are closed and Trouble is raised."""
    try:
        async with asyncio.timeout(subscriber.timeout):
            yield
    except BaseException as error:
        await close_all(*links)
        if isinstance(error, TimeoutError):
            raise trouble_of(error, subscriber) from None
        raise


async def close_all(*links: Link) -> None:
    """Close them at once. Never raises."""
    await asyncio.gather(*(link.close() for link in links))


async def run_until_lost(takings: Takings, *works: Coroutine[Any, Any, None]) -> None:
    """Run them until one ends or an acknowledgement fails, and raise why. Then, and when cancelled, they are stopped at
    once, and what was brought already may end."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        ended, _ = await asyncio.wait({*tasks, takings.broken}, return_when=asyncio.FIRST_COMPLETED)
        for each in ended:
            each.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await takings.end()


def trouble_of(error: BaseException, subscriber: Subscriber, *, stood: bool = False, about: str = "") -> Trouble:
    """What an error of the library means. `stood`: the connection was made before. `about`: the topic where it is not
    the subscriber's. The broker's sentence is quoted only where it cannot repeat what we sent."""
    match error:
        case Trouble():
            return error
        case errors.AuthenticationError() | errors.AuthenticationWrongNumberOfArgsError():
            return _login(error, subscriber)
        case errors.BusyLoadingError():
            return Trouble("connect", f"Redis at {subscriber.host} is still loading its data: wait")
        case errors.ResponseError():
            return _refused(error, subscriber, about or subscriber.topic)
        case errors.InvalidResponse():
            where = f"{subscriber.host} port {subscriber.port}"
            return Trouble("protocol", f"what answers at {where} does not speak Redis: check port and tls")
        case _:
            return _network(error, subscriber, stood=stood)


def _login(error: errors.RedisError, subscriber: Subscriber) -> Trouble:
    who = f"user {subscriber.acl_user}" if subscriber.acl_user else "the default user"
    if error.status_code == "NOAUTH":
        return Trouble("login", f"Redis at {subscriber.host} wants a password: set it, and acl_user where it has users")
    if error.status_code == "ERR":
        return Trouble("login", f"Redis at {subscriber.host} has no password for {who}: check password and acl_user")
    return Trouble("login", f"Redis at {subscriber.host} does not know {who} with this password, or it is off")


def _refused(error: errors.ResponseError, subscriber: Subscriber, topic: str) -> Trouble:
    match _code(error):
        case "NOPERM":
            who = f"user {subscriber.acl_user}" if subscriber.acl_user else "the default user"
            return Trouble("permission", f"{who} may not do at Redis what is needed for {topic}: see its ACL rules")
        case "WRONGTYPE":
            return Trouble("topic", f"a key that is meant as a stream, such as {topic}, is something else at Redis")
        case "NOGROUP" | "UNBLOCKED":
            return Trouble(
                "topic", f"the stream {topic} or its group {subscriber.group} is gone: it will be made again"
            )
        case "DENIED":
            return Trouble("login", f"Redis at {subscriber.host} is in protected mode: give it a password")
        case "READONLY":
            return Trouble(
                "protocol", f"Redis at {subscriber.host} is a replica that takes no changes: name its master"
            )
        case "MOVED" | "ASK" | "CLUSTERDOWN" | "CROSSSLOT" | "TRYAGAIN":
            return Trouble("protocol", f"Redis at {subscriber.host} is part of a cluster, which is not supported")
        case "MISCONF":
            return Trouble("protocol", f"Redis at {subscriber.host} cannot write to its disk and takes no changes")
        case "OOM":
            return Trouble("protocol", f"Redis at {subscriber.host} has no memory left and takes no changes: maxmemory")
        case "UNKNOWN":
            # Its sentence repeats the arguments, a body among them.
            return Trouble("protocol", f"Redis at {subscriber.host} lacks a command: streams need Redis 6.2 or later")
        case _:
            return Trouble("protocol", f"Redis at {subscriber.host} refused a command: {said(error)}")


def _code(error: errors.RedisError) -> str:
    """The word an answer of refusal begins with; UNKNOWN, which is none of Redis's, for a command it does not have."""
    text = str(error)
    return "UNKNOWN" if "unknown command" in text.lower() else error.status_code or text.split(" ", 1)[0]


def _network(error: BaseException, subscriber: Subscriber, *, stood: bool) -> Trouble:
    where = f"{subscriber.host} port {subscriber.port}"
    late = isinstance(error, TimeoutError | errors.TimeoutError)
    if stood:
        how = f"did not answer within {subscriber.timeout:g} s" if late else "closed the connection"
        return Trouble("lost", f"Redis at {where} {how}")
    if "max number of clients" in str(error):
        return Trouble("connect", f"Redis at {where} has as many clients as it may: see its maxclients")
    known = network_trouble(error, subscriber)
    if known is not None and late and subscriber.tls:
        # A Redis without TLS waits for the end of what it takes for a command.
        return Trouble("connect", f"{known.words}; or TLS is not spoken at this port: check tls")
    return known or Trouble("connect", f"{where} closed the connection at once: check port, tls and the broker's log")
