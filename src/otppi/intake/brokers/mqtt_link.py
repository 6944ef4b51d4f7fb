"""One connection to an MQTT broker, on gmqtt; the only file that knows this library. It decides nothing: a message is
handed on as it comes and acknowledged when `acknowledge` is called, with PUBACK (QoS 1) or PUBREC (QoS 2).

gmqtt would run a task for each message, connect anew by itself, write bodies to its log at debug, and hide PINGRESP,
the reason of a PUBACK and the flow of the stream. Where its public names do not reach, `_Inside` names every private
one we use; the library is therefore held below its next minor version, and tests/integration/test_mqtt.py sees to the
rest.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from gmqtt import Client, Message
from gmqtt.mqtt.constants import MQTTv50, MQTTv311
from gmqtt.mqtt.handler import MQTTConnectError
from gmqtt.storage import PersistentStorage

from otppi.ports.connector import BODY_MOST

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from otppi.domain.secret import Secret
    from otppi.domain.subscriber import MqttVersion

T = TypeVar("T")

ONLINE: Final = b"online"
OFFLINE: Final = b"offline"
_NEVER: Final = -2
"""Retries of the library: it tries once more at 0, and for ever at -1."""
_VERSIONS: Final = {"3.1.1": MQTTv311, "5": MQTTv50}
_FAILED: Final = 0x80
"""From this reason code on a packet says that something was refused (MQTT 5.0, 2.4)."""
_QUOTA: Final = 0x97

logging.getLogger("gmqtt").setLevel(logging.CRITICAL + 1)  # writes addresses and packets; all that matters is raised
_SILENT: Final = logging.getLogger("gmqtt.silent")
_SILENT.disabled = True


class Refused(Exception):
    """The broker refused: the code of its CONNACK or PUBACK."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Ended(Exception):
    """The connection has ended. The code of the broker's DISCONNECT, 0 where it gave none."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Login:
    """As whom we connect. `keep`: seconds the broker keeps the session after us, 0 for none (3.1.1 knows only whether).
    `most`: messages it may send before one is acknowledged (5 only). `status_topic`: where it tells how we are."""

    version: MqttVersion
    client_id: str
    username: str = ""
    password: Secret[str] | None = field(default=None, repr=False)
    keep: int = 0
    most: int = 65_535
    status_topic: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Publication:
    """A message as it came. `packet`: its number for as long as it is not acknowledged, 0 of QoS 0."""

    topic: str
    body: bytes = field(repr=False)
    qos: int = 0
    packet: int = 0
    again: bool = False
    retained: bool = False


class Link:
    """Used once: open, subscribe, end. `came` is called for each message, in the order they come; it must not raise."""

    def __init__(self, login: Login, came: Callable[[Publication], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._login = login
        self._came = came
        self._sent = _Sent()
        self._client = _client(login, self._sent)
        self._client.on_message = self._first
        self._client.on_subscribe = self._granted
        self._client.on_disconnect = self._gone
        self._inside = _Inside(self._client, self)
        self._ended: asyncio.Future[int] = self._loop.create_future()
        self._grants: dict[int, asyncio.Future[int]] = {}
        self._answers: dict[int, asyncio.Future[int]] = {}
        self._pongs: set[asyncio.Future[None]] = set()
        self._turn = asyncio.Lock()

    async def open(self, host: str, port: int, tls: ssl.SSLContext | None, keepalive: int) -> None:
        """Connect and sign in. Raises Refused, Ended, and OSError of network and TLS."""
        version = _VERSIONS[self._login.version]
        connecting = self._client.connect(
            host, port, ssl=tls or False, keepalive=keepalive, version=version, raise_exc=False
        )
        opening = asyncio.ensure_future(connecting)
        try:
            await asyncio.wait({opening, self._ended}, return_when=asyncio.FIRST_COMPLETED)
            self._inside.raise_refusal()
            if self._ended.done():
                raise Ended(self._ended.result())
            opening.result()
        finally:
            opening.cancel()

    async def subscribe(self, wanted: str, qos: int) -> int:
        """The quality of service that is granted, or the reason code (128 and up) why none is. Raises Ended."""
        # Version 5 lets us ask for retained messages at the first subscription only; they are not taken anyway.
        handling = 1 if self._login.version == "5" else 0
        granted: asyncio.Future[int] = self._loop.create_future()
        self._grants[self._client.subscribe(wanted, qos=qos, retain_handling_options=handling)] = granted
        return await self._unless_ended(granted)

    def unsubscribe(self, topic: str) -> None:
        """Ask for no more of it; the answer is not waited for."""
        if not self._ended.done():
            with contextlib.suppress(OverflowError):  # the broker allows no more open questions
                self._client.unsubscribe(topic)

    def acknowledge(self, publication: Publication) -> None:
        """Let the broker forget it; nothing happens once the connection has ended."""
        if not self._ended.done():
            self._inside.acknowledge(publication)

    async def publish(self, topic: str, body: bytes, *, retain: bool = False) -> None:
        """With QoS 1; returns after PUBACK. One at a time: the broker may allow no more. Raises Refused, Ended."""
        async with self._turn:
            if self._ended.done():
                raise Ended(self._ended.result())
            try:
                self._client.publish(topic, body, qos=1, retain=retain)
            except OverflowError:  # earlier ones were given up, and the broker allows no more
                raise Refused(_QUOTA) from None
            answer = self._answers[self._sent.newest] = self._loop.create_future()
            try:
                code = await self._unless_ended(answer)
            finally:
                self._answers.pop(self._sent.newest, None)
        if code >= _FAILED:
            raise Refused(code)

    async def ping(self) -> None:
        """Returns at the next PINGRESP. Raises Ended."""
        if self._ended.done():
            raise Ended(self._ended.result())
        pong: asyncio.Future[None] = self._loop.create_future()
        self._pongs.add(pong)
        try:
            self._inside.ask()
            await self._unless_ended(pong)
        finally:
            self._pongs.discard(pong)

    async def wait_ended(self) -> int:
        """The code of the broker's DISCONNECT, once the connection has ended."""
        return await asyncio.shield(self._ended)

    def pause(self, *, on: bool) -> None:
        """Whether nothing more is read from the broker for now."""
        if not self._ended.done():
            self._inside.pause(on=on)

    async def end(self, seconds: float) -> None:
        """DISCONNECT, which lets the broker drop our will, and close, cutting it off after so long. Never raises."""
        with contextlib.suppress(OSError):
            async with asyncio.timeout(seconds):
                await self._client.disconnect()
        self._inside.abort()
        await asyncio.sleep(0)  # the transport says in a turn of its own that it is closed

    async def _unless_ended(self, answer: asyncio.Future[T]) -> T:
        either: set[asyncio.Future[Any]] = {answer, self._ended}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            return answer.result()
        raise Ended(self._ended.result())

    def arrived(self, qos: int, packet: int, body: bytes, topic: str, properties: dict[str, Any]) -> None:
        """From gmqtt, which would run a task here."""
        if isinstance(topic, str):
            again, retained = bool(properties["dup"]), bool(properties["retain"])
            self._came(Publication(topic, bytes(body[:BODY_MOST]), qos, packet, again, retained))

    def pong(self) -> None:
        """From gmqtt: a PINGRESP."""
        for each in self._pongs:
            if not each.done():
                each.set_result(None)

    def published(self, packet: int, code: int) -> None:
        """From gmqtt: a PUBACK."""
        answer = self._answers.get(packet)
        if answer is not None and not answer.done():
            answer.set_result(code)

    def _first(self, _client: Any, topic: str, body: bytes, qos: int, properties: dict[str, Any]) -> None:
        self.arrived(qos, 0, body, topic, properties)

    def _granted(self, _client: Any, packet: int, codes: tuple[int, ...], _properties: Any) -> None:
        granted = self._grants.pop(packet, None)
        if granted is not None and not granted.done() and codes:
            granted.set_result(codes[0])

    def _gone(self, _client: Any, packet: object, _error: object = None) -> None:
        if not self._ended.done():
            self._ended.set_result(packet[0] if isinstance(packet, bytes) and packet else 0)


class _Sent(PersistentStorage):  # type: ignore[misc]  # gmqtt has no types
    """What we published, as gmqtt keeps it until PUBACK: the only place that says which number a packet got."""

    newest = 0

    def push_message(self, mid: int, raw_package: bytes) -> None:
        self.newest = mid
        super().push_message(mid, raw_package)


class _Inside:
    """The private names of gmqtt 0.8, all of them here."""

    def __init__(self, client: Any, link: Link) -> None:
        self._client = client
        self._handler = handler = client._package_handler
        handler._handle_qos_1_publish_packet = partial(link.arrived, 1)
        handler._handle_qos_2_publish_packet = partial(link.arrived, 2)
        handler._handle_pingresp_packet = lambda _command, _packet: link.pong()
        self._free = handler._handle_puback_packet
        handler._handle_puback_packet = partial(self._puback, link)

    def raise_refusal(self) -> None:
        """Raises Refused where the CONNACK was one."""
        if self._handler.has_error:
            try:
                self._handler.propagate_error()
            except MQTTConnectError as error:
                raise Refused(int(error.args[0])) from None

    def acknowledge(self, publication: Publication) -> None:
        if publication.qos == 1:
            self._handler._send_puback(publication.packet)
        elif publication.qos:
            self._handler._send_pubrec(publication.packet)

    def ask(self) -> None:
        """PINGREQ."""
        self._client._connection._send_ping_request()

    def pause(self, *, on: bool) -> None:
        transport = self._client._connection._transport
        if on:
            transport.pause_reading()
        else:
            transport.resume_reading()

    def abort(self) -> None:
        if self._client._connection is not None:
            self._client._connection._transport.abort()

    def _puback(self, link: Link, command: int, packet: bytes) -> None:
        self._free(command, packet)
        link.published(int.from_bytes(packet[:2]), packet[2] if len(packet) > 2 else 0)


def _client(login: Login, sent: _Sent) -> Any:
    will = Message(login.status_topic, OFFLINE, qos=1, retain=True) if login.status_topic else None
    client = Client(
        login.client_id,
        clean_session=not login.keep,
        optimistic_acknowledgement=False,
        will_message=will,
        persistent_storage=sent,
        logger=_SILENT,
        # Properties of CONNECT, left out in 3.1.1.
        session_expiry_interval=login.keep,
        receive_maximum=login.most,
    )
    client.set_config({"reconnect_retries": _NEVER})
    if login.username:
        client.set_auth_credentials(login.username, login.password.reveal() if login.password is not None else None)
    return client
