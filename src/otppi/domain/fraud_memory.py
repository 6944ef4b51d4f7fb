"""What the rules against pumping remember: codes by receiver, end user, range and account, and blocked ranges. Pure.

Bounded: of receivers, end users and ranges the ones asked for longest ago are forgotten, those that are at a limit
last, and a block that runs never. The rules themselves are `domain.fraud`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otppi.domain import fraud
from otppi.domain.fraud import HOUR, MINUTE, RIPE_SECONDS, VELOCITIES, Block, Rule
from otppi.domain.newcomers import Newcomers
from otppi.domain.recent import Recent
from otppi.domain.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable

    from otppi.domain.fraud import Ask, Bounds, Objection, Velocity

MOST_RECEIVERS: Final = 20_000
MOST_RANGES: Final = 5_000
"""About 5 MB each at worst."""
MOST_SOURCES: Final = 20_000
"""Another 5 MB."""
JUDGED_SECONDS: Final = HOUR + RIPE_SECONDS
"""A range is judged by the hour that ended when the youngest code that counts was sent."""
_MADE_STEP: Final = 20.0
_SENT_STEP: Final = 30.0


class _Range:
    """What is known of one range: codes made, and of those sent and entered (None until the first)."""

    __slots__ = ("approved", "made", "sent")

    def __init__(self) -> None:
        self.made = Tally(_MADE_STEP, HOUR)
        self.sent: Tally | None = None
        self.approved: Tally | None = None


class Memory:
    """Ask `objections` first, then `note` what was made after all."""

    def __init__(self, receivers: int = MOST_RECEIVERS, ranges: int = MOST_RANGES) -> None:
        self._receivers: Recent[bytes, tuple[float, ...]] = Recent(receivers)
        self._sources: Recent[bytes, tuple[float, ...]] = Recent(MOST_SOURCES)
        self._ranges: Recent[str, _Range] = Recent(ranges)
        self._accounts: dict[str, Tally] = {}
        self.newcomers = Newcomers()
        self.blocks: dict[str, Block] = {}
        """The newest block of each range, those that are over too while they count for the next one."""

    # -- asking ------------------------------------------------------------------------------------------------------

    def objections(self, ask: Ask, bounds: Bounds, now: float) -> list[Objection]:
        """All that speaks against one more code now."""
        found = [fraud.country(ask, bounds), fraud.blocked(self.blocks.get(ask.range), bounds, now)]
        found.append(self.newcomers.objection(ask.account, bounds.most[Rule.NEW_ACCOUNT_DAY], now))
        for velocity in VELOCITIES:
            most = bounds.most[velocity.rule]
            wait = self._wait(velocity, most, ask, now) if most else 0.0
            found.append(fraud.too_fast(velocity, most, wait) if wait > 0 else None)
        return [objection for objection in found if objection is not None]

    def trip(self, range_: str, bounds: Bounds, now: float) -> Block | None:
        """The block that begins now because too few of the range's codes were entered; None where none does."""
        known = self._ranges.get(range_) if range_ and bounds.conversion else None
        before = self.blocks.get(range_)
        if known is None or known.sent is None or (before is not None and now < before.until):
            return None
        sent = known.sent.within(JUDGED_SECONDS, now) - known.sent.within(RIPE_SECONDS, now)
        approved = 0 if known.approved is None else known.approved.within(JUDGED_SECONDS, now)
        if not fraud.converts_badly(sent, approved, bounds.conversion):
            return None
        block = self.blocks[range_] = fraud.next_block(range_, before, now, sent, approved)
        return block

    def _wait(self, velocity: Velocity, most: int, ask: Ask, now: float) -> float:
        if velocity.of == "receiver":
            return fraud.wait_of(self._receivers.get(ask.tag) or (), most, velocity.span, now)
        if velocity.of == "source":
            times = self._sources.get(ask.source) if ask.source else None
            return fraud.wait_of(times or (), most, velocity.span, now)
        if velocity.of == "account":
            known = self._accounts.get(ask.account)
            return 0.0 if known is None else known.wait(most, velocity.span, now)
        there = self._ranges.get(ask.range) if ask.range else None
        return 0.0 if there is None else there.made.wait(most, velocity.span, now)

    # -- noting ------------------------------------------------------------------------------------------------------

    def note(self, ask: Ask, bounds: Bounds, at: float) -> None:
        """A code is made."""
        self.note_receiver(ask.tag, bounds, at)
        self.note_source(ask.source, bounds, at)
        self.note_account(ask.account, at)
        self.newcomers.note(ask.account, at, made=1)
        self.note_range(ask.range, bounds, at)

    def note_receiver(self, tag: bytes, bounds: Bounds, at: float) -> None:
        """One for a receiver."""
        _note(self._receivers, tag, "receiver", bounds, at)

    def note_source(self, source: bytes, bounds: Bounds, at: float) -> None:
        """One for an end user's address, where it is known."""
        if source:
            _note(self._sources, source, "source", bounds, at)

    def note_account(self, account: str, at: float) -> None:
        """One for an account."""
        self._accounts.setdefault(account, Tally(1.0, MINUTE)).note(at)

    def note_range(self, range_: str, bounds: Bounds, at: float, count: int = 1) -> None:
        """So many for a range."""
        if range_:
            self._range(range_, bounds, at).made.note(at, count)

    def note_sent(self, range_: str, bounds: Bounds, at: float, count: int = 1) -> None:
        """So many codes went out to a range."""
        if range_:
            known = self._range(range_, bounds, at)
            known.sent = known.sent or Tally(_SENT_STEP, JUDGED_SECONDS)
            known.sent.note(at, count)

    def note_approved(self, range_: str, bounds: Bounds, at: float, count: int = 1) -> None:
        """So many people of a range entered the right code."""
        if range_:
            known = self._range(range_, bounds, at)
            known.approved = known.approved or Tally(_SENT_STEP, JUDGED_SECONDS)
            known.approved.note(at, count)

    def take_back(self, ask: Ask, at: float) -> None:
        """The code noted at `at` was not made after all."""
        _forget(self._receivers, ask.tag, at)
        _forget(self._sources, ask.source, at)
        if ask.account in self._accounts:
            self._accounts[ask.account].take_back(at)
        self.newcomers.take_back(ask.account, at)
        known = self._ranges.get(ask.range) if ask.range else None
        if known is not None:
            known.made.take_back(at)

    # -- blocks --------------------------------------------------------------------------------------------------------

    def keep(self, blocks: Iterable[Block]) -> None:
        """These were made by an earlier run."""
        self.blocks.update((block.range, block) for block in blocks)

    def pardon(self, range_: str, now: float) -> Block | None:
        """The owner ends a block: what was sent so far speaks against the range no more. None where none runs."""
        block = self.blocks.get(range_)
        if block is None or now >= block.until:
            return None
        known = self._ranges.get(range_)
        if known is not None:
            known.sent = known.approved = None
        pardoned = self.blocks[range_] = block.pardon(now)
        return pardoned

    def forget(self, now: float) -> None:
        """Forget blocks that are over for so long that they count no more."""
        old = [range_ for range_, block in self.blocks.items() if now >= block.until + fraud.REMEMBERED]
        for range_ in old:
            del self.blocks[range_]

    def running(self, now: float) -> list[Block]:
        """The blocks that run, the oldest first."""
        return sorted((block for block in self.blocks.values() if now < block.until), key=lambda block: block.since)

    def _range(self, range_: str, bounds: Bounds, now: float) -> _Range:
        known = self._ranges.get(range_)
        if known is None:
            known = _Range()
            self._ranges.put(range_, known, lambda other: _is_busy(other, bounds, now))
        return known


def _note(known: Recent[bytes, tuple[float, ...]], key: bytes, of: str, bounds: Bounds, at: float) -> None:
    """One more. Only the newest times are kept, as many as any rule of these looks at."""
    looked_at = max(*(bounds.most[each.rule] for each in VELOCITIES if each.of == of), 1)
    times = (*(known.get(key) or ()), at)[-looked_at:]
    known.put(key, times, lambda other: _is_full(other, of, bounds, at))


def _forget(known: Recent[bytes, tuple[float, ...]], key: bytes, at: float) -> None:
    times = list(known.get(key) or ())
    if at in times:
        times.remove(at)
        known.put(key, tuple(times), lambda _: False)


def _is_full(times: tuple[float, ...], of: str, bounds: Bounds, now: float) -> bool:
    """Whether a receiver or an end user's address is at one of its limits."""
    spans = ((bounds.most[each.rule], each.span) for each in VELOCITIES if each.of == of)
    return any(most and fraud.wait_of(times, most, span, now) > 0 for most, span in spans)


def _is_busy(known: _Range, bounds: Bounds, now: float) -> bool:
    """Whether a range is at one of its limits."""
    spans = ((bounds.most[each.rule], each.span) for each in VELOCITIES if each.of == "range")
    return any(most and known.made.wait(most, span, now) > 0 for most, span in spans)
