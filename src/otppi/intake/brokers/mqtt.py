"""Messages from an MQTT broker, versions 3.1.1 and 5. Must not decide what becomes of one (`ports.connector`).

What is kept, by quality of service:

- **1**: PUBACK goes out after `take`. Cut off before it, the broker sends the message again, marked.
- **2**: PUBREC goes out after `take`, so that the broker keeps the message until then. If the PUBREC is lost, the
  message comes again, marked: our duplicate keys see to that, not the protocol's packet numbers, which we do not
  remember over connections.
- **0**: the broker keeps nothing.

Acknowledgements go out in the order the messages came, as 4.6 of both versions demands; only at the end, when earlier
ones are left to the broker, those that are safe here are acknowledged all the same. With QoS 1 and 2 the broker keeps a
session under our client id while we are away, for a week (5) or for as long as it likes (3.1.1).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from otppi.domain import mqtt_topics
from otppi.intake.brokers import mqtt_codes
from otppi.intake.brokers.mqtt_link import OFFLINE, ONLINE, Ended, Link, Login, Publication, Refused
from otppi.intake.brokers.takings import Takings
from otppi.intake.brokers.troubles import network_trouble
from otppi.intake.brokers.trust import trust
from otppi.ports.connector import Arrival, Trouble, ample

if TYPE_CHECKING:
    from otppi.domain.subscriber import Subscriber
    from otppi.ports.connector import Room, Take

log = logging.getLogger(__name__)

SESSION_SECONDS: Final = 7 * 86_400
"""How long a broker of version 5 keeps our session while we are away."""
HELD_MOST: Final = 4 * 1024 * 1024
"""Octets of bodies that wait for room here before the connection is no longer read: a broker of version 3.1.1 may send
any number of messages without an acknowledgement, and none of QoS 0 has one."""
_LEFT_MOST: Final = 16
"""Old topics we unsubscribe from in one connection. Of an old filter with wildcards this is in vain: only a new client
id ends it."""
_FAREWELL_SECONDS: Final = 0.7
_END_SECONDS: Final = 1.0


@dataclass(slots=True, eq=False)
class _Open:
    """A message the broker still keeps; `safe`: it may forget it."""

    publication: Publication
    safe: bool = False


class MqttConnector:
    """See `ports.connector.Connector`. Raises Trouble `tls`."""

    def __init__(self, subscriber: Subscriber) -> None:
        self._subscriber = subscriber
        self._tls = trust(subscriber)
        self._link: Link | None = None
        self._waiting: asyncio.Queue[_Open] = asyncio.Queue()
        self._open: deque[_Open] = deque()
        self._held = 0
        self._consuming = self._paused = self._online = self._acknowledged = False
        self._noticed: set[str] = set()
        self._left: set[str] = set()

    async def connect(self) -> None:
        own = self._subscriber
        login = Login(
            own.version,
            mqtt_topics.client_id(own),
            own.username,
            own.password,
            keep=SESSION_SECONDS if own.qos else 0,
            most=own.prefetch,
            status_topic=own.status_topic,
        )
        await self._sign_in(login, own.qos, own.topic)

    async def consume(self, take: Take, _room: Room = ample, /) -> None:
        link = self._connected()
        takings = Takings(take, self._subscriber.prefetch)
        self._consuming = True
        pumping = asyncio.create_task(self._pump(takings), name="mqtt")
        ending = asyncio.create_task(link.wait_ended(), name="mqtt end")
        waits: set[asyncio.Future[Any]] = {pumping, ending, takings.broken}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            if ending.done():
                raise mqtt_codes.end(ending.result(), self._subscriber)
            # What is left is a take that broke its contract, or a defect of ours: it is raised as it is.
            await (takings.broken if takings.broken.done() else pumping)
        finally:
            pumping.cancel()
            ending.cancel()
            self._pause(on=False)
            await takings.end()
            self._leave()

    async def reply(self, topic: str, body: bytes) -> None:
        """With QoS 1, not retained. A broker of version 3.1.1 says nothing when it drops it for want of rights."""
        if not mqtt_topics.is_name(topic):
            raise Trouble("topic", "the answer's topic is none that can be published to: no + and #")
        await self._publish(topic, body)

    async def health(self) -> None:
        """By PINGREQ. While the broker has sent more than we have room for, nothing is read from it, and so it is not
        asked."""
        link = self._connected()
        if self._paused:
            return
        try:
            await link.ping()
        except Ended as end:
            raise mqtt_codes.end(end.code, self._subscriber) from None

    async def close(self) -> None:
        link, self._link = self._link, None
        if link is None:
            return
        with contextlib.suppress(Refused, Ended, TimeoutError):
            async with asyncio.timeout(_FAREWELL_SECONDS):
                if self._online:
                    await link.publish(self._subscriber.status_topic, OFFLINE, retain=True)
                elif self._acknowledged:
                    await link.ping()  # once it is answered, our acknowledgements before it have been read as well
        await link.end(_END_SECONDS)

    async def check(self) -> None:
        """With a client id of its own and no session. A shared topic is not subscribed to, for messages would be dealt
        to us; of any other a copy would come, with QoS 0, and is dropped."""
        own = self._subscriber
        login = Login(own.version, f"otppi-{secrets.token_hex(6)}", own.username, own.password)
        try:
            await self._sign_in(login, 0, "" if mqtt_topics.is_shared(own.topic) else own.topic)
        finally:
            link, self._link = self._link, None
            if link is not None:
                await link.end(_END_SECONDS)

    async def _sign_in(self, login: Login, qos: int, topic: str) -> None:
        own = self._subscriber
        self._link = link = Link(login, self._came)
        signed_in = False
        try:
            async with asyncio.timeout(own.timeout):
                await link.open(own.host, own.port, self._tls, max(1, round(own.heartbeat)))
                signed_in = True
                if topic:
                    self._granted(await link.subscribe(topic, qos), qos)
                if login.status_topic:
                    await self._publish(login.status_topic, ONLINE, retain=True)
                    self._online = True
        except Refused as refused:
            raise mqtt_codes.refusal(refused.code, own) from None
        except Ended as end:
            raise (mqtt_codes.end(end.code, own) if signed_in else mqtt_codes.no_answer(own)) from None
        except OSError as error:
            raise network_trouble(error, own) or mqtt_codes.no_connection(own) from None

    def _granted(self, granted: int, wanted: int) -> None:
        if granted >= 0x80:
            raise mqtt_codes.not_granted(granted, self._subscriber)
        if wanted and not granted:
            words = "grants only QoS 0 of this topic, by which messages are lost: set qos to 0 to have it so"
            raise Trouble("topic", f"the broker at {self._subscriber.host} {words}")

    async def _publish(self, topic: str, body: bytes, *, retain: bool = False) -> None:
        own = self._subscriber
        try:
            async with asyncio.timeout(own.timeout):
                await self._connected().publish(topic, body, retain=retain)
        except Refused as refused:
            words = f"the broker at {own.host} does not take what we publish (code {refused.code}): check the rights"
            raise Trouble("permission", words) from None
        except Ended as end:
            raise mqtt_codes.end(end.code, own) from None
        except TimeoutError:
            words = f"the broker at {own.host} did not acknowledge what we published within {own.timeout:g} s"
            raise Trouble("lost", words) from None

    def _connected(self) -> Link:
        if self._link is None:
            raise Trouble("lost", f"there is no connection to the broker at {self._subscriber.host}")
        return self._link

    def _came(self, publication: Publication) -> None:
        """Called by the link, in the order of arrival."""
        arrived = _Open(publication)
        if publication.qos:
            self._open.append(arrived)
        if self._ignored(publication):
            self._settle(arrived)
            return
        self._held += len(publication.body)
        self._waiting.put_nowait(arrived)
        if self._consuming and self._held > HELD_MOST:
            self._pause(on=True)

    def _ignored(self, publication: Publication) -> bool:
        if publication.retained:
            self._notice("ignored retained messages of the broker: nobody knows how old they are")
            return True
        if not mqtt_topics.matches(self._subscriber.topic, publication.topic):
            # The session remembers the filter of a time before the topic was changed.
            self._notice("ignored messages of a topic that is no longer subscribed to")
            self._unsubscribe(publication.topic)
            return True
        return False

    def _unsubscribe(self, topic: str) -> None:
        if self._link is not None and topic not in self._left and len(self._left) < _LEFT_MOST:
            self._left.add(topic)
            self._link.unsubscribe(topic)

    def _notice(self, words: str) -> None:
        if words not in self._noticed:
            self._noticed.add(words)
            log.warning("%s subscriber=%s", words, self._subscriber.name)

    async def _pump(self, takings: Takings) -> None:
        while True:
            arrived = await self._waiting.get()
            publication = arrived.publication
            arrival = Arrival(publication.body, repeated=publication.again)
            await takings.begin(arrival, partial(self._acknowledge, arrived))
            self._held -= len(publication.body)
            if self._paused and self._held <= HELD_MOST // 2:
                self._pause(on=False)

    async def _acknowledge(self, arrived: _Open) -> None:
        self._settle(arrived)

    def _settle(self, arrived: _Open) -> None:
        arrived.safe = True
        while self._open and self._open[0].safe:
            self._forget(self._open.popleft())

    def _leave(self) -> None:
        """Nothing more will be taken: what is safe behind something that is not must not come again."""
        self._consuming = False
        for each in self._open:
            if each.safe:
                self._forget(each)
        self._open.clear()

    def _forget(self, arrived: _Open) -> None:
        if self._link is not None:
            self._acknowledged = True
            self._link.acknowledge(arrived.publication)

    def _pause(self, *, on: bool) -> None:
        # Said again at each message that comes all the same: the stream below ends its own pauses, and ours with them.
        if self._link is not None and (on or self._paused):
            self._paused = on
            self._link.pause(on=on)
