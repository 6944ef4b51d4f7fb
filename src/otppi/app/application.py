"""The application put together from ports: the same parts in the same order for the product and for simulations.

Knows no implementation; `otppi.bootstrap` chooses those.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from otppi.app import message_log
from otppi.app.acceptance import Acceptance
from otppi.app.acquaintance import Acquaintance
from otppi.app.alarms import Alarms
from otppi.app.bearer import BearerTokens
from otppi.app.blocking import Blocking
from otppi.app.book import Book
from otppi.app.brokers.subscriptions import Subscriptions
from otppi.app.codes import Codes
from otppi.app.configuration import NO_PASSWORD, NOT_RUN, Configuration, Part
from otppi.app.delivery import Delivery
from otppi.app.feed import Feed, ModemChanged
from otppi.app.fitness import Fitness
from otppi.app.fleet import Fleet
from otppi.app.gateway import Gateway
from otppi.app.housekeeping import Housekeeping
from otppi.app.limits import Limits
from otppi.app.metering.meter import Meter
from otppi.app.outgoing import Outgoing
from otppi.app.pins import StoredPins
from otppi.app.resending import Resending
from otppi.app.retention import Retention
from otppi.ports.connector import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from otppi.domain.message import Message
    from otppi.domain.subscriber import Subscriber
    from otppi.ports.clock import Clock
    from otppi.ports.connector import Connect, Connector
    from otppi.ports.modem import Line, LineEvents, LineSettings
    from otppi.ports.process import ProcessUse
    from otppi.ports.sms_log import SmsLog
    from otppi.ports.store import Store
    from otppi.ports.vault import Vault

log = logging.getLogger(__name__)

NOTICE_PREFIX_CUT: Final = "prefix_cut"


@dataclass(frozen=True, slots=True)
class Outside:
    """Everything the application needs of the outside."""

    store: Store
    vault: Vault
    clock: Clock
    open_line: Callable[[LineSettings, LineEvents], Line]
    disk_used: Callable[[], float]
    clock_mark: Callable[[], str]
    process_use: Callable[[], ProcessUse] | None = None
    sms_log: SmsLog | None = None
    connect: Connect | None = None
    """Makes connectors to brokers; without it subscribers are told so."""
    chance: Callable[[], float] = lambda: 0.5
    """Random numbers from 0 to 1, for what should not happen everywhere at once."""


def _no_brokers(_subscriber: Subscriber) -> Connector:
    raise Trouble("protocol", "this gateway has no connectors to brokers")


class Application:
    """Start it, use `gateway`, tell it what `changed`, stop it."""

    def __init__(self, outside: Outside) -> None:
        self.outside = outside
        store, vault, clock = outside.store, outside.vault, outside.clock
        self.configuration = Configuration(store, vault)
        self.alarms = Alarms(store.registry, clock)
        self.pins = StoredPins(store.registry, vault)
        self.bearer = BearerTokens(self.configuration.token, store.tokens.note_uses, vault, clock)
        self.feed = Feed(lambda: self.configuration.settings.monitor_sms)
        self.fitness = Fitness(
            clock=clock, alarms=self.alarms, store=store.sims, vault=vault, limits=self.configuration.limits
        )
        self.fleet = Fleet(outside.open_line, clock, self.alarms, self.fitness)
        self.acquaintance = Acquaintance(store.modems, self.configuration, self.alarms)
        self.fleet.on_status = self.acquaintance.told
        self.book = Book(store.outbox)
        self.limits = Limits(
            store=store, clock=clock, alarms=self.alarms, configuration=self.configuration, book=self.book
        )
        self._join_delivery(outside)
        self._join_doors(outside)
        self.meter = self._meter(outside)
        self.subscriptions = Subscriptions(
            gateway=self.gateway,
            vault=vault,
            clock=clock,
            alarms=self.alarms,
            configuration=self.configuration,
            rows=store.subscribers,
            connect=outside.connect or _no_brokers,
            chance=outside.chance,
        )
        self.meter.standings = lambda: self.subscriptions.standings
        self.housekeeping = self._housekeeping(outside)
        self.on_reload: list[Callable[[Part], None]] = []
        self.died = asyncio.Event()
        """Set when a loop the gateway cannot do without has died: end the process, it recovers by a new start."""
        self._tasks: list[asyncio.Task[None]] = []
        self.outgoing = self._outgoing(outside)
        retention = Retention(store.history, clock, lambda: self.configuration.settings)
        self.housekeeping.chores.append(retention.round)
        self._fill_feed()
        self._fill_meter()

    def _join_delivery(self, outside: Outside) -> None:
        self.delivery = Delivery(
            book=self.book,
            outbox=outside.store.outbox,
            vault=outside.vault,
            fleet=self.fleet,
            clock=outside.clock,
            alarms=self.alarms,
            settings=lambda: self.configuration.settings,
            routes=lambda: self.configuration.routes,
            blocked=self.configuration.blocked,
        )

    def _join_doors(self, outside: Outside) -> None:
        store, vault, clock = outside.store, outside.vault, outside.clock
        self.acceptance = Acceptance(
            configuration=self.configuration,
            outbox=store.outbox,
            vault=vault,
            clock=clock,
            fleet=self.fleet,
            book=self.book,
            delivery=self.delivery,
            alarms=self.alarms,
            limits=self.limits,
        )
        self.codes = Codes(
            acceptance=self.acceptance,
            verifications=store.verifications,
            vault=vault,
            clock=clock,
            configuration=self.configuration,
            delivery=self.delivery,
            limits=self.limits,
        )
        self.resending = Resending(
            acceptance=self.acceptance,
            verifications=store.verifications,
            vault=vault,
            clock=clock,
            book=self.book,
            delivery=self.delivery,
        )
        self.blocking = Blocking(store.registry, self.configuration, self.delivery, clock)
        self.gateway = Gateway(
            store=store,
            vault=vault,
            clock=clock,
            configuration=self.configuration,
            book=self.book,
            fleet=self.fleet,
            delivery=self.delivery,
            acceptance=self.acceptance,
            codes=self.codes,
            resending=self.resending,
            blocking=self.blocking,
            alarms=self.alarms,
            limits=self.limits,
        )

    def _housekeeping(self, outside: Outside) -> Housekeeping:
        return Housekeeping(
            store=outside.store,
            clock=outside.clock,
            alarms=self.alarms,
            gateway=self.gateway,
            disk_used=outside.disk_used,
            mark=outside.clock_mark,
            review=self._review,
        )

    def _fill_feed(self) -> None:
        """Whatever happens to a modem or a message is told to the feed."""
        self.book.on_settled = self._settled
        self.delivery.on_accepted = self.feed.accepted
        self.delivery.on_claim = self.feed.claimed

    def _settled(self, message: Message) -> None:
        self.feed.settled(message)
        self.limits.fraud.settled(message)

    def _review(self) -> None:
        """Troubles that are over are cleared."""
        self.fleet.troubles.review()
        self.limits.review()

    def _meter(self, outside: Outside) -> Meter:
        return Meter(
            book=self.book,
            fleet=self.fleet,
            delivery=self.delivery,
            alarms=self.alarms,
            clock=outside.clock,
            settings=lambda: self.configuration.settings,
            use=outside.process_use,
        )

    def _outgoing(self, outside: Outside) -> Outgoing | None:
        if outside.sms_log is None:
            return None
        outgoing = Outgoing(outside.sms_log, self.configuration, outside.clock, self.alarms)
        self.housekeeping.chores.append(outgoing.round)
        return outgoing

    def _fill_meter(self) -> None:
        """Whatever happens is counted for /metrics, and logged."""
        self.fleet.on_change = self._modem_changed
        self.delivery.on_ended = self.meter.send_ended
        self.delivery.on_first_octet = self.meter.first_octet
        self.acceptance.on_duplicate = self.meter.duplicate
        self.codes.on_checked = self.meter.code_checked
        self.book.on_admitted = self.meter.outbox.admitted
        self.book.on_moved = self._moved

    def _modem_changed(self, event: ModemChanged) -> None:
        self.feed.modem_changed(event)
        self.meter.modem_changed(event)

    def _moved(self, before: Message, after: Message) -> None:
        self.meter.moved(before, after)
        if self.outgoing is not None:
            self.outgoing.moved(before, after)
        message_log.moved(before, after)

    async def start(self) -> None:
        """Read the configuration, take over what an earlier run left, open the modems, begin to deliver."""
        await self.configuration.load()
        await self.alarms.load()
        await self.fitness.load()
        await self.limits.load()
        await self.delivery.recover()
        self.meter.outbox.begin(self.book)
        await self._run_modems()
        self._notice_cut_prefixes()
        self._notice_subscribers()
        loops: dict[str, Coroutine[None, None, None]] = {
            "delivery": self.delivery.run(),
            "alarms": self.alarms.run(),
            "acquaintance": self.acquaintance.run(),
            "limits": self.limits.run(),
            "housekeeping": self.housekeeping.run(),
            "tokens": self.bearer.run(),
        }
        self._tasks = [asyncio.create_task(loop, name=name) for name, loop in loops.items()]
        for task in self._tasks:
            task.add_done_callback(self._watch)
        await self.subscriptions.follow(self.configuration.subscribers)

    async def changed(self, part: Part) -> None:
        """The owner changed something: in effect when this returns."""
        await self.configuration.reload(part)
        await self.limits.follow(part)
        self.delivery.placing.reroute()
        if part == "subscribers":
            self._notice_subscribers()
            await self.subscriptions.follow(self.configuration.subscribers)
        if part == "modems":
            self.acquaintance.refresh()
            await self.fitness.reload()
            await self._run_modems()
            self._tell_again()
        self._notice_cut_prefixes()
        for listener in self.on_reload:
            listener(part)

    async def stop(self, grace: float) -> None:
        """Refuse new work, let sends in flight end within `grace` seconds, settle, close the modems."""
        await self.subscriptions.stop()
        self.gateway.stopping = True
        await self.delivery.stop(grace)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self.fleet.close()
        with contextlib.suppress(Exception):
            await self.acquaintance.flush()
            await self.bearer.flush()
        with contextlib.suppress(Exception):
            await self.limits.flush()
            await self.alarms.flush()

    async def _run_modems(self) -> None:
        """Run the modems that are configured. What was tried of their PINs is known before one may be tried."""
        lines = self.configuration.lines()
        await self.pins.load(line.pin_entry for line in lines.values())
        await self.fleet.apply(lines)

    def _tell_again(self) -> None:
        """What the modems said of themselves is learned anew where the owner made it forgotten."""
        for name in self.fleet.names:
            self.acquaintance.told(name, self.fleet.status(name))

    def _watch(self, task: asyncio.Task[None]) -> None:
        """A loop that dies is an alarm the owner sees; /health says so."""
        if task.cancelled() or (error := task.exception()) is None:
            return
        log.error("background task died task=%s error=%s", task.get_name(), type(error).__name__)
        self.alarms.set("task", task.get_name(), "critical", "the gateway restarts; report this with the log")
        self.died.set()

    def _notice_cut_prefixes(self) -> None:
        cut = self.configuration.routes.cut()
        for entry in self.configuration.modems:
            if entry.name in cut:
                remedy = f"only the first {self.configuration.settings.prefix_length} digits of its prefixes count"
                self.alarms.set(NOTICE_PREFIX_CUT, entry.name, "notice", remedy)
            else:
                self.alarms.clear(NOTICE_PREFIX_CUT, entry.name)

    def _notice_subscribers(self) -> None:
        faults = self.configuration.subscriber_faults
        for alarm in self.alarms.standing:
            if alarm.kind in (NO_PASSWORD, NOT_RUN) and (alarm.kind, alarm.object) not in faults:
                self.alarms.clear(alarm.kind, alarm.object)
        for (kind, name), remedy in faults.items():
            self.alarms.set(kind, name, "warning", remedy)
