"""Limits: whether an account may have one more message made now, and the count of what it has.

A request claims its place before it is written and gives it back if nothing came of it (a duplicate, a refusal for
another reason, a store that cannot commit). So of any number of parallel requests no more than the limit are accepted,
and duplicates and refused requests do not count. The counts themselves are read off the stored messages at the start.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, Self

from otppi.app.fraud import Fraud
from otppi.app.guesses import LIMIT as GUESSES
from otppi.app.guesses import Guesses
from otppi.app.limit_counts import LimitCounts
from otppi.domain.durations import rough
from otppi.domain.limits import SECONDS
from otppi.domain.limits import Limits as Rates
from otppi.domain.rates import Made
from otppi.domain.replies import Code, Refusal
from otppi.ports.store import StoreUnavailable

if TYPE_CHECKING:
    from types import TracebackType

    from otppi.app.alarms import Alarms
    from otppi.app.book import Book
    from otppi.app.configuration import Configuration
    from otppi.domain.fraud import Ask, Block, Objection
    from otppi.ports.clock import Clock
    from otppi.ports.store import Account, Store

OWN_QUEUE: Final = "limits.queue_per_account"
WHOLE_QUEUE: Final = "limits.queue"
RETRY_SECONDS: Final = 10.0
"""After this a client may find a place in a full queue; how fast it empties, nobody can promise."""
PAUSE_SECONDS: Final = 1.0
_A: Final = {"minute": "a minute", "hour": "an hour", "day": "a day"}
_REMEDY: Final = "requests are refused: see `otppi user show`, and `otppi user set` for its limits"


class Limited(Refusal):
    """1105 because of a limit, which is named as in `LimitCounts`. `wait` is infinite where no time helps."""

    def __init__(self, limit: str, sentence: str, wait: float) -> None:
        finite = wait < float("inf")
        when = f"; try again in {rough(max(wait, 1.0))}" if finite else ""
        super().__init__(Code.LIMITED, f"{sentence}{when}", retry_after=wait if finite else None)
        self.limit = limit


class Claim:
    """One request's place. `refusal` is what stands against it. Enter `held` before the write, with the refusal the
    request will get for whatever reason, and set `new` once the store has said that it is no duplicate."""

    def __init__(self, limits: Limits, account: str, ask: Ask | None) -> None:
        self._limits = limits
        self.account = account
        self.ask = ask
        self.refusal, self.watched = limits.look(account, ask)
        self.new = False
        self.at = 0.0
        self._given: Refusal | None = None

    def held(self, given: Refusal | None, at: float) -> Self:
        """For a message made at `at`, gateway seconds. Nothing may be awaited between the claim's making and this."""
        self._given = given
        self.at = at
        return self

    def __enter__(self) -> Self:
        if self._given is None:
            self._limits.begin(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._given is None:
            # A cancelled request may have been written all the same: it counts.
            surely_not = error is None or isinstance(error, Exception)
            self._limits.end(self, made=self.new or not surely_not)
        elif self.new and self._given is self.refusal is not None:
            self._limits.refused(self.account, self.refusal)


class Limits:
    """Call `load` before the first request, `follow` when the owner changed something."""

    def __init__(self, *, store: Store, clock: Clock, alarms: Alarms, configuration: Configuration, book: Book) -> None:
        self._store = store.limits
        self._clock = clock
        self._alarms = alarms
        self._configuration = configuration
        self._book = book
        self._made: dict[str, Made] = {}
        self._flying: Counter[str] = Counter()
        self._all_flying = 0
        self._work = asyncio.Event()
        self.counts = LimitCounts()
        shared: dict[str, Any] = {"store": store.limits, "clock": clock, "alarms": alarms}
        shared |= {"counts": self.counts, "work": self._work.set}
        self.fraud = Fraud(configuration=configuration, **shared)
        self.guesses = Guesses(enforced=lambda: self.fraud.enforced, **shared)

    async def load(self) -> None:
        """Take over what earlier runs have made and seen."""
        await self._take_over()
        await self.fraud.load()
        await self.guesses.load()

    async def run(self) -> None:
        """Write what must outlive the process, until cancelled. A store that refuses is asked again."""
        while True:
            await self._work.wait()
            self._work.clear()
            try:
                await self.flush()
            except StoreUnavailable:
                self._work.set()
                await asyncio.sleep(PAUSE_SECONDS)

    async def flush(self) -> None:
        """Write it now. Raises StoreUnavailable."""
        await self.fraud.flush()
        await self.guesses.flush()

    def review(self) -> None:
        """Clear the alarms of what is over; called now and then."""
        self.fraud.review()
        self.guesses.review()

    async def follow(self, part: str) -> None:
        """The owner changed accounts or settings: in effect when this returns."""
        if part == "accounts":
            self.fraud.keep(self._configuration.account_names)
            await self._take_over()
        if part == "settings":
            await self.fraud.follow()

    # -- asking ------------------------------------------------------------------------------------------------------

    def claim(self, account: str, ask: Ask | None) -> Claim:
        """A place for one more message; `ask` is given where it carries a new code."""
        return Claim(self, account, ask)

    def look(self, account: str, ask: Ask | None) -> tuple[Limited | None, Objection | None]:
        """What refuses one more message, and what would refuse it if fraud rules did more than watch."""
        limited = self._rate(account) or self._queue(account)
        objection = None if ask is None else self.fraud.judge(ask)
        if objection is None or limited is not None:
            return limited, None
        if not self.fraud.enforced:
            return None, objection
        return Limited(objection.rule, objection.sentence, objection.wait), None

    def room(self, account: str) -> int:
        """How many more messages of an account there are places for now; 0 too where one of its rates is reached."""
        own, whole = self._places(account)
        return 0 if self._rate(account) else max(0, min(own, whole))

    def usage(self, account: str) -> dict[str, Any]:
        """For the owner: what counts now of each rate that is set, how many messages wait, how often it was
        refused, and whether it counts as new no more (None: nobody looks)."""
        made, now = self._made.get(account), self._clock.now()
        used = {span: None if made is None else made.used(span, now) for span in SECONDS}
        counts = {"waiting": self._book.count(account), "refused": self.counts.of(account)}
        return {"used": used, **counts, "proven": self.fraud.has_proved(account)}

    def fraud_counts(self) -> dict[str, list[dict[str, Any]]]:
        """See `ports.live.LiveLimits`."""
        both = {"refused": self.counts.refused, "watched": self.counts.watched}
        return {
            what: [
                {"account": account, "limit": str(limit), "count": count}
                for (account, limit), count in sorted(counts.items())
                if limit.startswith("fraud.") or limit == GUESSES
            ]
            for what, counts in both.items()
        }

    def blocks(self) -> list[Block]:
        """The blocks of ranges that run."""
        return self.fraud.blocks()

    async def pardon(self, range_: str) -> None:
        """End the block of a range; durable when this returns. Raises StoreUnavailable."""
        self.fraud.pardon(range_)
        await self.fraud.flush()

    def _rate(self, account: str) -> Limited | None:
        made = self._made.get(account)
        full = None if made is None else made.full(_rates(self._configuration.account(account)), self._clock.now())
        if full is None:
            return None
        words = f"the account's limit of {full.most} messages {_A[full.span]} is reached (rate_{full.span})"
        return Limited(f"rate_{full.span}", words, full.wait)

    def _queue(self, account: str) -> Limited | None:
        own, whole = self._places(account)
        if own <= 0:
            sentence = f"{self._own_most(account)} messages of the account wait already, as many as may ({OWN_QUEUE})"
            return Limited(OWN_QUEUE, sentence, RETRY_SECONDS)
        if whole <= 0:
            return Limited(WHOLE_QUEUE, f"the gateway's queue is full ({WHOLE_QUEUE})", RETRY_SECONDS)
        return None

    def _places(self, account: str) -> tuple[int, int]:
        """What is left of the account's queue and of the whole one; below 0 where a limit was lowered."""
        own = self._own_most(account) - self._book.count(account) - self._flying[account]
        return own, self._configuration.settings.queue - len(self._book) - self._all_flying

    def _own_most(self, account: str) -> int:
        known = self._configuration.account(account)
        return (known.queue if known is not None else 0) or self._configuration.settings.queue_per_account

    # -- counting ----------------------------------------------------------------------------------------------------

    def begin(self, claim: Claim) -> None:
        """It counts from now on."""
        self._flying[claim.account] += 1
        self._all_flying += 1
        if claim.account in self._made:
            self._made[claim.account].note(claim.at)
        if claim.ask is not None:
            self.fraud.note(claim.ask, claim.at)

    def end(self, claim: Claim, *, made: bool) -> None:
        """It is settled whether a message was made."""
        self._flying[claim.account] -= 1
        self._all_flying -= 1
        if not made:
            if claim.account in self._made:
                self._made[claim.account].take_back(claim.at)
            if claim.ask is not None:
                self.fraud.take_back(claim.ask, claim.at)
        elif claim.watched is not None:
            self.fraud.tell_watched(claim.account, claim.watched)

    def refused(self, account: str, refusal: Limited) -> None:
        """A request gets this refusal."""
        self.counts.refused[account, refusal.limit] += 1
        if refusal.limit.startswith("fraud."):
            self.fraud.tell_refused(account, refusal.limit)
        else:
            self._alarms.set("limit_reached", account, "notice", _REMEDY)

    async def _take_over(self) -> None:
        """Count for every account that has a rate, and for no other. Those that are new to it are counted from now on
        first, and then what they made before is read and put in front of that."""
        wanted = {name for name in self._configuration.account_names if _rates(self._configuration.account(name))}
        self._made = {name: made for name, made in self._made.items() if name in wanted}
        live = {name: Made() for name in wanted - self._made.keys()}
        if not live:
            return
        self._made |= live
        begun = self._clock.now()
        past = {name: Made() for name in live}
        for each in await self._store.accepted(live, since=begun - SECONDS["day"] - 1.0):
            if each.at <= begun:
                past[each.account].note(each.at, each.count)
        for name, made in live.items():
            past[name].add(made)
            if self._made.get(name) is made:
                self._made[name] = past[name]


def _rates(account: Account | None) -> Rates:
    return Rates() if account is None else Rates(account.rate_minute, account.rate_hour, account.rate_day)
