"""Answers to the topic that a request named: for the commands whose answer is their point, and for others where the
subscriber's settings allow it. Best effort: what was asked for is done whether or not its answer arrives."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from otppi.domain import mqtt_topics
from otppi.domain.commands import COMMAND_WORDS
from otppi.domain.rights import Right
from otppi.domain.subscriber import Method
from otppi.ports.connector import Trouble
from otppi.wire.responses import encode_reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from otppi.app.brokers.counts import Standing
    from otppi.domain.replies import Reply
    from otppi.domain.subscriber import Subscriber
    from otppi.ports.connector import Connector
    from otppi.wire.envelope import Envelope

log = logging.getLogger(__name__)

DEFAULT_DELAY: Final = 0.010
MOST_DELAY: Final = 60.0
MOST_OPEN: Final = 1000
TRIES: Final = 3
MOST_TOPIC: Final = 256
ANSWERED: Final = ("echo", "get-modem-list", "request-ussd")
"""Commands whose answer is their point: it is given whatever the settings say."""


class Callbacks:
    """For one subscriber. `connector` gives the connection that stands now, None while none does."""

    def __init__(
        self,
        subscriber: Subscriber,
        standing: Standing,
        connector: Callable[[], Connector | None],
        four_digits: Callable[[], bool | None],
    ) -> None:
        self._subscriber = subscriber
        self._standing = standing
        self._connector = connector
        self._four_digits = four_digits
        self._tasks: set[asyncio.Task[None]] = set()

    def answer(self, envelope: Envelope, reply: Reply) -> None:
        """Have it answered after its delay, if it asked and may have an answer. Never waits."""
        if not self._wanted(envelope):
            return
        if len(self._tasks) >= MOST_OPEN:
            self._standing.unanswered += 1
            return
        work = self._give(envelope, encode_reply(reply, self._four_digits()))
        task = asyncio.create_task(work, name=f"callback {self._subscriber.name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Give up what has not been answered."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(set(self._tasks))

    def _wanted(self, envelope: Envelope) -> bool:
        topic = envelope.callback_topic
        if not topic or len(topic) > MOST_TOPIC or not topic.isprintable() or self._own(topic):
            return False
        if envelope.command in ANSWERED:
            return True
        word = COMMAND_WORDS.get(envelope.command)
        if word is not None and word.right is Right.OTP:
            return self._subscriber.otp
        return self._subscriber.results

    def _own(self, topic: str) -> bool:
        """Whether an answer there would come back to us as a request, or could not be published at all."""
        own = self._subscriber.topic
        if self._subscriber.method is not Method.MQTT:
            return topic == own
        return not mqtt_topics.is_name(topic) or mqtt_topics.matches(own, topic)

    async def _give(self, envelope: Envelope, body: bytes) -> None:
        delay = envelope.callback_delay_ms / 1000 or DEFAULT_DELAY
        await asyncio.sleep(min(delay, MOST_DELAY))
        for attempt in range(1, TRIES + 1):
            connector = self._connector()
            if connector is not None and await self._published(connector, envelope.callback_topic, body, attempt):
                return
            await asyncio.sleep(self._subscriber.reconnect_delay)
        self._standing.unanswered += 1

    async def _published(self, connector: Connector, topic: str, body: bytes, attempt: int) -> bool:
        try:
            async with asyncio.timeout(self._subscriber.timeout):
                await connector.reply(topic, body)
        except (Trouble, TimeoutError) as error:
            why = error.words if isinstance(error, Trouble) else "no answer in time"
            log.info("callback failed subscriber=%s try=%s why=%s", self._subscriber.name, attempt, why)
            return False
        return True
