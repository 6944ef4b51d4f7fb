"""All subscribers of the gateway: those that are configured and enabled are run, and follow every change."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from otppi.app.brokers.callbacks import Callbacks
from otppi.app.brokers.counts import Standing
from otppi.app.brokers.reception import Reception
from otppi.app.brokers.refusals import Refusals
from otppi.app.brokers.subscription import Subscription
from otppi.app.brokers.turns import Turns
from otppi.app.sign_in import caller_of
from otppi.domain.pace import Pace
from otppi.domain.rights import BROKERS, DEFAULT_RIGHTS, Caller, Right

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from otppi.app.alarms import Alarms
    from otppi.app.configuration import Configuration
    from otppi.domain.subscriber import Subscriber
    from otppi.ports.clock import Clock
    from otppi.ports.connector import Connect
    from otppi.ports.gateway import Gateway
    from otppi.ports.subscribers import Subscribers
    from otppi.ports.vault import Vault


class Subscriptions:
    """`follow` makes what runs what is wanted. `chance` gives random numbers from 0 to 1, for spreading."""

    def __init__(
        self,
        *,
        gateway: Gateway,
        vault: Vault,
        clock: Clock,
        alarms: Alarms,
        configuration: Configuration,
        rows: Subscribers,
        connect: Connect,
        chance: Callable[[], float],
    ) -> None:
        self._gateway = gateway
        self._vault = vault
        self._clock = clock
        self._alarms = alarms
        self._configuration = configuration
        self._rows = rows
        self._connect = connect
        self._chance = chance
        self._running: dict[str, Subscription] = {}
        self._standings: dict[str, Standing] = {}
        self._following = asyncio.Lock()

    async def follow(self, wanted: Iterable[Subscriber]) -> None:
        """Run exactly these, as far as they are enabled; one that was changed is connected anew."""
        async with self._following:
            enabled = {each.name: each for each in wanted if each.enabled}
            gone = [name for name, each in self._running.items() if enabled.get(name) != each.subscriber]
            await asyncio.gather(*(self._running.pop(name).stop() for name in gone))
            for name in self._standings.keys() - {each.name for each in wanted}:
                del self._standings[name]
            for name, subscriber in enabled.items():
                if name not in self._running:
                    self._start(subscriber)

    async def stop(self) -> None:
        """End all of them."""
        await self.follow(())

    def status(self) -> Mapping[str, Mapping[str, Any]]:
        """How each stands, by name."""
        return {name: standing.shown() for name, standing in self._standings.items()}

    @property
    def standings(self) -> Mapping[str, Standing]:
        """The same as numbers, for the meter."""
        return self._standings

    def _start(self, subscriber: Subscriber) -> None:
        standing = self._standings.setdefault(subscriber.name, Standing())
        running = Subscription(
            subscriber,
            connect=self._connect,
            standing=standing,
            alarms=self._alarms,
            clock=self._clock,
            chance=self._chance,
        )
        callbacks = Callbacks(
            subscriber, standing, lambda: running.connector, lambda: self._configuration.settings.four_digits
        )
        reception = Reception(
            subscriber,
            gateway=self._gateway,
            vault=self._vault,
            caller=lambda: self._caller(subscriber),
            standing=standing,
            refusals=Refusals(subscriber, standing, self._rows, self._alarms, self._clock),
            callbacks=callbacks,
            turns=Turns(),
            pace=Pace(subscriber.rate, self._clock.now()),
            now=self._clock.now,
        )
        self._running[subscriber.name] = running
        running.start(reception, callbacks)

    def _caller(self, subscriber: Subscriber) -> Caller | None:
        """In whose name its messages are taken, as that account is now. Codes only where the subscriber may."""
        door = subscriber.method.value
        if subscriber.account == BROKERS:
            caller = Caller(BROKERS, DEFAULT_RIGHTS, door, holds_back=True)
        else:
            account = self._configuration.account(subscriber.account)
            if account is None or not account.active:
                return None
            caller = caller_of(account, door, holds_back=True)
        return caller if subscriber.otp else replace(caller, rights=caller.rights - {Right.OTP})
