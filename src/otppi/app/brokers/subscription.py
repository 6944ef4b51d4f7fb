"""One subscriber for as long as it is configured: connecting, consuming, looking whether the line lives, connecting
anew. Knows no protocol, and of messages only that they go to the reception."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from otppi.ports.connector import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable

    from otppi.app.alarms import Alarms
    from otppi.app.brokers.callbacks import Callbacks
    from otppi.app.brokers.counts import Standing, State
    from otppi.app.brokers.reception import Reception
    from otppi.domain.subscriber import Subscriber
    from otppi.ports.clock import Clock
    from otppi.ports.connector import Connect, Connector

log = logging.getLogger(__name__)

CLOSE_SECONDS: Final = 8.0
"""A connector ends its messages within 5 seconds and itself within 2 (`ports.connector`)."""


class Subscription:
    """`run` until cancelled; `stop` lets messages that were brought end first."""

    def __init__(
        self,
        subscriber: Subscriber,
        *,
        connect: Connect,
        standing: Standing,
        alarms: Alarms,
        clock: Clock,
        chance: Callable[[], float],
    ) -> None:
        self.subscriber = subscriber
        self.standing = standing
        self._connect = connect
        self._alarms = alarms
        self._clock = clock
        self._chance = chance
        self._task: asyncio.Task[None] | None = None
        self._said = ""
        self._stopped = False
        self.connector: Connector | None = None
        """The connection that stands, None while none does."""

    def start(self, reception: Reception, callbacks: Callbacks) -> None:
        """Begin. Errors of the broker are told, never raised."""
        self._reception, self._callbacks = reception, callbacks
        self._task = asyncio.create_task(self._run(), name=f"subscriber {self.subscriber.name}")

    async def stop(self) -> None:
        """End it: no more messages are asked for, those that were brought end, what waits is left to the broker."""
        self._stopped = True
        self._reception.close()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=CLOSE_SECONDS)
        await self._callbacks.stop()
        self._tell("off")
        for kind in ("subscriber_down", "requests_refused"):
            self._alarms.clear(kind, self.subscriber.name)

    async def _run(self) -> None:
        # A broker's library may turn our cancellation into an error of its own; `_stopped` ends it all the same.
        while not self._stopped:
            try:
                await self._once()
            except Trouble as trouble:
                await self._pause(trouble.words, trouble.what)
            except Exception as error:  # noqa: BLE001 - one broken door must never stop the others
                log.error("subscriber failed subscriber=%s kind=%s", self.subscriber.name, type(error).__name__)
                words = f"the connection failed for an unknown reason ({type(error).__name__}): see the log"
                await self._pause(words, "?")

    async def _pause(self, words: str, what: str) -> None:
        """After a connection that failed, unless it failed because it was stopped."""
        if not self._stopped:
            self._failed(words, what)
            await asyncio.sleep(self.subscriber.reconnect_delay * (0.9 + 0.2 * self._chance()))

    async def _once(self) -> None:
        """One connection, from its beginning to its end. Returns where it is refreshed or stopped; raises Trouble."""
        self._tell("connecting", self._said)  # what was wrong last is said until it is connected
        connector = self._connect(self.subscriber)
        try:
            await self._connected(connector)
            if self._stopped:
                return
            self.connector = connector
            self._said = ""
            self._tell("connected")
            self._alarms.clear("subscriber_down", self.subscriber.name)
            log.info("subscriber connected subscriber=%s", self.subscriber.name)
            await self._use(connector)
        finally:
            self.connector = None
            await asyncio.shield(connector.close())

    async def _connected(self, connector: Connector) -> None:
        seconds = self.subscriber.timeout
        try:
            async with asyncio.timeout(seconds + 1):
                await connector.connect()
        except TimeoutError:
            words = f"{self.subscriber.host} port {self.subscriber.port} did not answer within {seconds:g} s"
            raise Trouble("connect", f"{words}: check host, port and firewall") from None

    async def _use(self, connector: Connector) -> None:
        consuming = asyncio.create_task(connector.consume(self._reception.take, self._reception.room), name="consume")
        watching = asyncio.create_task(self._watch(connector), name="health")
        refresh = asyncio.create_task(self._refresh(), name="refresh")
        tasks = {consuming, watching, refresh}
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            ended = [task for task in tasks if not task.cancelled() and task.exception() is not None]
        for task in ended:
            task.result()
        if consuming in done:
            raise Trouble("lost", "the broker ended the connection")

    async def _watch(self, connector: Connector) -> None:
        """Ask whether the line lives; a broker that has gone without a word is noticed here."""
        while True:
            await asyncio.sleep(self.subscriber.heartbeat)
            try:
                async with asyncio.timeout(self.subscriber.timeout):
                    await connector.health()
            except TimeoutError:
                raise Trouble("lost", "the broker answers no more") from None

    async def _refresh(self) -> None:
        if not self.subscriber.refresh:
            await asyncio.Event().wait()
        await asyncio.sleep(self.subscriber.refresh)
        log.info("subscriber refreshed subscriber=%s", self.subscriber.name)

    def _failed(self, words: str, what: str) -> None:
        level = logging.DEBUG if words == self._said else logging.WARNING  # once for each outage, not for each try
        self._said = words
        log.log(level, "subscriber down subscriber=%s what=%s words=%s", self.subscriber.name, what, words)
        self._tell("trouble", words)
        self._alarms.set("subscriber_down", self.subscriber.name, "warning", words)

    def _tell(self, link: State, words: str = "") -> None:
        standing = self.standing
        if standing.link != link:
            standing.link, standing.since = link, self._clock.now()
        standing.words = words
