"""The rules against pumping at work: what is judged, what is told the owner, and what outlives the process.

`fraud.mode` off: nothing is counted. watch: everything is counted and told, nothing refused. enforce: refused as well.
The rules are `domain.fraud`, their memory `domain.fraud_memory`; no receiver and no code is written anywhere here.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from otppi.domain import fraud as rules
from otppi.domain.fraud import DAY, MINUTE, VELOCITIES, Ask, Block, Bounds, Rule
from otppi.domain.fraud_memory import JUDGED_SECONDS, Memory
from otppi.domain.message import Kind, State
from otppi.domain.newcomers import Newcomers
from otppi.domain.settings import ROWS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from otppi.app.alarms import Alarms
    from otppi.app.configuration import Configuration
    from otppi.app.limit_counts import LimitCounts
    from otppi.domain.fraud import Objection
    from otppi.domain.message import Message
    from otppi.domain.settings import Settings
    from otppi.ports.clock import Clock
    from otppi.ports.limits import Limits

log = logging.getLogger(__name__)

LOADED_CODES: Final = 200_000
"""So many of the newest codes are looked at when the memory is filled at the start."""
LOGGED_EVERY: Final = 100
_RULES: Final = [*(each.rule for each in VELOCITIES), Rule.NEW_ACCOUNT_DAY]
_SENT_BY: Final = frozenset({"d", "l"})
"""The edges by which a message becomes sent."""
_WATCHED: Final = "codes would have been refused with fraud.mode enforce: see `otppi fraud list`"
_REFUSED: Final = "codes are refused: see `otppi fraud list`"
_BLOCKED: Final = {
    True: "of {} codes sent to this range {} were entered: it is blocked; `otppi fraud unblock {}` if that is wrong",
    False: "of {} codes sent to this range {} were entered: fraud.mode enforce would block it",
}


class Fraud:
    """Call `load` before the first request. `work` is called when something should be written: then call `flush`."""

    def __init__(
        self,
        *,
        store: Limits,
        clock: Clock,
        alarms: Alarms,
        configuration: Configuration,
        counts: LimitCounts,
        work: Callable[[], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._alarms = alarms
        self._configuration = configuration
        self._counts = counts
        self._work = work
        self._memory = Memory()
        self._loaded = False
        self._unwritten: dict[str, Block] = {}
        self._unwritten_proven: dict[str, float] = {}
        self._most: tuple[Settings | None, dict[str, int]] = (None, {})

    @property
    def on(self) -> bool:
        """Whether anything is counted."""
        return self._configuration.settings.fraud_mode != "off"

    @property
    def enforced(self) -> bool:
        """Whether what speaks against a code refuses it."""
        return self._configuration.settings.fraud_mode == "enforce"

    # -- codes -------------------------------------------------------------------------------------------------------

    def judge(self, ask: Ask) -> Objection | None:
        """What speaks against this code most; None where nothing does, or the rules are off."""
        if not self.on:
            return None
        now, bounds = self._clock.now(), self._bounds(ask.account)
        block = self._memory.trip(ask.range, bounds, now)
        if block is not None:
            log.warning("range blocked level=%s sent=%s entered=%s", block.level, block.sent, block.approved)
            self._keep(block)
        return rules.weightiest(self._memory.objections(ask, bounds, now))

    def note(self, ask: Ask, at: float) -> None:
        """The code is being made."""
        if self.on:
            self._memory.note(ask, self._bounds(ask.account), at)

    def take_back(self, ask: Ask, at: float) -> None:
        """It was not made after all."""
        self._memory.take_back(ask, at)

    def settled(self, message: Message) -> None:
        """A message has moved: if it is a code and has just been sent, that speaks against its range until somebody
        enters it. What no modem has sent does not."""
        if message.verification != message.id:
            return  # the code once more: it speaks against its range once
        just_sent = message.shown is State.SENT and any(entry[0] in _SENT_BY for entry in message.history[-1:])
        if self.on and message.kind is Kind.OTP and just_sent:
            now = self._clock.now()
            self._memory.note_sent(rules.range_of(message.receiver), self._bounds(message.account), now)
            self._memory.newcomers.note(message.account, now, sent=1)

    def approved(self, account: str, receiver: str) -> None:
        """Somebody has entered the right code, or the account says that somebody has."""
        if self.on:
            now = self._clock.now()
            self._memory.note_approved(rules.range_of(receiver), self._bounds(account), now)
            self._memory.newcomers.note(account, now, approved=1)
            self._prove(self._memory, account, now)

    # -- the owner -----------------------------------------------------------------------------------------------------

    def tell_watched(self, account: str, objection: Objection) -> None:
        """A code was made that would have been refused."""
        self._counts.watched[account, objection.rule] += 1
        self._alarms.set("fraud_watched", f"{account} {objection.rule}", "notice", _WATCHED)

    def tell_refused(self, account: str, rule: str) -> None:
        """A code was refused. Of a flood the log gets one line in a hundred."""
        refused = self._counts.refused[account, rule]
        if refused % LOGGED_EVERY == 1:
            log.warning("codes refused account=%s rule=%s refused=%s", account, rule, refused)
        self._alarms.set("fraud_refused", f"{account} {rule}", "warning", _REFUSED)

    def blocks(self) -> list[Block]:
        """The blocks that run."""
        return self._memory.running(self._clock.now())

    def pardon(self, range_: str) -> bool:
        """End a block. False where none runs."""
        block = self._memory.pardon(range_, self._clock.now())
        if block is not None:
            self._keep(block)
        return block is not None

    def has_proved(self, account: str) -> bool | None:
        """Whether enough of an account's codes were entered that it counts as new no more; None while nothing is
        counted."""
        return self._memory.newcomers.has_proved(account) if self.on else None

    def keep(self, accounts: Collection[str]) -> None:
        """These are all the accounts there are."""
        self._memory.newcomers.keep(accounts)

    def review(self) -> None:
        """Clear the alarms of blocks that are over."""
        running = {block.range for block in self.blocks()} if self.on else set()
        for alarm in self._alarms.standing:
            if alarm.kind == "range_blocked" and alarm.object not in running:
                self._alarms.clear(alarm.kind, alarm.object)
        self._memory.forget(self._clock.now())

    # -- over restarts -------------------------------------------------------------------------------------------------

    async def load(self) -> None:
        """Fill the memory from what is stored, where the rules are on."""
        self._loaded = self.on
        if not self._loaded:
            self._memory = Memory()
            return
        memory, now = Memory(), self._clock.now()
        memory.keep([*await self._store.blocks(), *self._unwritten.values()])
        for code in await self._store.codes(since=now - DAY, limit=LOADED_CODES):
            memory.note_receiver(code.tag, self._bounds(code.account), code.at)
            memory.note_source(code.source, self._bounds(code.account), code.at)
            if code.at > now - MINUTE:
                memory.note_account(code.account, code.at)
        await self._load_ranges(memory, now)
        await self._load_accounts(memory, now)
        self._memory = memory
        for block in self.blocks():
            self._tell(block)

    async def _load_ranges(self, memory: Memory, now: float) -> None:
        bounds = self._bounds("")
        for use in await self._store.ranges(since=now - JUDGED_SECONDS):
            memory.note_range(use.range, bounds, use.at, use.made)
            before = memory.blocks.get(use.range)
            if before is None or use.at >= before.pardoned:
                for count, note in ((use.sent, memory.note_sent), (use.approved, memory.note_approved)):
                    if count:
                        note(use.range, bounds, use.at, count)

    async def _load_accounts(self, memory: Memory, now: float) -> None:
        proven = {*await self._store.proven(), *self._unwritten_proven}
        newcomers = memory.newcomers = Newcomers(proven)
        for use in await self._store.uses(since=now - DAY, but=proven):
            newcomers.note(use.account, use.at, made=use.made, sent=use.sent, approved=use.approved)
        for account in newcomers.waiting:
            self._prove(memory, account, now)

    async def follow(self) -> None:
        """The settings changed: rules that were off have seen nothing, and learn it now."""
        if self.on != self._loaded:
            await self.load()
        self.review()
        for block in self.blocks() if self.on else []:
            self._tell(block)

    async def flush(self) -> None:
        """Write down new blocks, pardons and accounts that are new no more. Raises StoreUnavailable."""
        while self._unwritten:
            range_, block = next(iter(self._unwritten.items()))
            await self._store.put_block(block, forget_before=self._clock.now() - rules.REMEMBERED)
            if self._unwritten.get(range_) is block:
                del self._unwritten[range_]
        while self._unwritten_proven:
            account, at = next(iter(self._unwritten_proven.items()))
            await self._store.put_proven(account, at)
            self._unwritten_proven.pop(account, None)

    def _prove(self, memory: Memory, account: str, now: float) -> None:
        if memory.newcomers.prove(account, now):
            self._unwritten_proven[account] = now
            self._work()
            log.info("account is new no more account=%s", account)

    def _keep(self, block: Block) -> None:
        self._unwritten[block.range] = block
        self._work()
        self._tell(block)

    def _tell(self, block: Block) -> None:
        if self._clock.now() < block.until:
            remedy = _BLOCKED[self.enforced].format(block.sent, block.approved, block.range)
            self._alarms.set("range_blocked", block.range, "warning" if self.enforced else "notice", remedy)
        else:
            self._alarms.clear("range_blocked", block.range)

    def _bounds(self, account: str) -> Bounds:
        settings, known = self._configuration.settings, self._configuration.account(account)
        own = () if known is None else known.countries
        if self._most[0] is not settings:
            self._most = (settings, {rule: settings.values.get(rule, ROWS[rule].default) for rule in _RULES})
        countries = own or settings.fraud_countries or (settings.country_code,)
        return Bounds(countries, settings.fraud_conversion, self._most[1])
