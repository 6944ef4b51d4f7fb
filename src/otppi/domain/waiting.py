"""Who goes next: the messages that wait for a modem, and the choice of the next pair (message, modem).

Rules (decisions 4 Classes, 5 Tiers):
1. otp before all else, earliest deadline first; of the slots otp leaves, bulk gets 1 in 10 while both wait. Within
   normal and bulk accounts take turns (`domain.turns`), each in order of acceptance.
2. While otp of several accounts waits, none holds more than half of the modems with it.
3. A message waits for a busy modem of its tier; it goes one tier down only when no modem of the tier can take it,
   and its class's patience, counted from that moment, is over; or when the tier's backlog would miss its deadline.
4. Among equals the modem that was used longest ago takes it (round robin, also among modems of unequal speed).
5. A message that cannot go now never holds up another that can.
6. A modem on trial gets one message of the lowest class that waits for it; an otp only if no other modem can take it.
   One that rests and answers is on trial for such an otp alone.

Pure and synchronous: the time and the modems' state come in with each question.
"""

from __future__ import annotations

import heapq
import math
from bisect import bisect_left, insort
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from otppi.domain.message import Class
from otppi.domain.turns import Turns, slots_before

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Set

    from otppi.domain.routing import Route

LOOK_AHEAD: Final = 50
"""How deep a queue is searched for a message that would be late; deeper down only the last is looked at."""
_STALE_WAKES: Final = 64
"""How many moments that no longer hold are kept before they are thrown away."""
BULK_SHARE: Final = 10
"""Of this many slots that otp leaves, one goes to bulk while both wait."""


class ModemView(NamedTuple):
    """A modem as the choice sees it. `cannot_since` is the moment it became unable, None while it can take;
    `usual` the seconds from one of its sends to the next; `turn` grows with each use. `trial`: it cannot, but for one
    message that tries whether it can again; `code_trial`: it cannot, but for an otp that tries it (rule 6)."""

    free: bool
    cannot_since: float | None
    usual: float
    turn: int
    trial: bool = False
    code_trial: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """One message that waits. `order` is its place among equals (accept order). `barred` modems are asked last.
    `affinity` is the modem that carried its earlier segments: a phone joins segments of one sender only."""

    message_id: str
    klass: Class
    account: str
    deadline: float
    order: int
    route: Route
    barred: tuple[str, ...] = ()
    affinity: str = ""
    not_before: float = 0.0

    @property
    def rank(self) -> tuple[float, int]:
        """otp by deadline, all else in order of acceptance."""
        return (self.deadline if self.klass is Class.OTP else 0.0, self.order)


@dataclass(frozen=True, slots=True)
class Pair:
    """The choice: this message goes to this modem now."""

    waiting: Waiting
    modem: str


_CLASSES: Final = {klass: place for place, klass in enumerate(Class)}
_Member = tuple[tuple[float, int], Waiting]
_Key = tuple[Class, str, "Route", tuple[str, ...], str]


@dataclass(slots=True)
class _Group:
    """Messages that any modem may take or leave alike, sorted by rank. `late_since` is when the backlog of their first
    tier was first seen to miss a deadline among them."""

    klass: Class
    late_since: float | None = None
    members: list[_Member] = field(default_factory=list)


class WaitingRoom:
    """All that waits. Every method is quick: the cost grows with the number of groups, not of messages."""

    def __init__(self, patience: Mapping[Class, float]) -> None:
        self.patience = dict(patience)
        self._groups: dict[_Key, _Group] = {}
        self._index: dict[str, Waiting] = {}
        self._resting: dict[str, Waiting] = {}
        self._wakes: list[tuple[float, str]] = []
        self._since_bulk = 0
        self._turns = Turns()

    def __len__(self) -> int:
        return len(self._index)

    def __contains__(self, message_id: str) -> bool:
        return message_id in self._index

    def __iter__(self) -> Iterator[Waiting]:
        return iter(list(self._index.values()))

    def add(self, waiting: Waiting, now: float) -> None:
        """Put a message in; one that was in already takes its new place."""
        self.remove(waiting.message_id)
        self._index[waiting.message_id] = waiting
        if waiting.not_before > now:
            self._resting[waiting.message_id] = waiting
            self._note_wake(waiting)
        else:
            self._enter(waiting)

    def remove(self, message_id: str) -> None:
        """Take a message out, if it is in."""
        waiting = self._index.pop(message_id, None)
        if waiting is None or self._resting.pop(message_id, None) is not None:
            return
        group = self._groups[_key(waiting)]
        place = bisect_left(group.members, waiting.rank, key=lambda member: member[0])
        del group.members[place]
        if not group.members:
            del self._groups[_key(waiting)]

    def take(
        self,
        now: float,
        modems: Mapping[str, ModemView],
        holding: Mapping[str, int],
        idle: Collection[str] | None = None,
    ) -> Pair | None:
        """The next pair, taken out of the room; None where nothing can go now. `holding` says how many modems
        each account's otp holds at present. `idle`: those of the modems that may be free, where the caller knows; with
        many modems, looking at those that are not would cost more than all else."""
        self.wake(now)
        free = [name for name in (modems if idle is None else idle) if modems[name].free]
        pair = self._trial(now, modems, free)
        able = {name for name in free if _able(name, modems)}
        if pair is None and able:
            pair = self._next_otp(now, modems, holding, able)
            pair = pair or self._rescue(now, modems) or self._next_plain(now, modems, able)
        if pair is not None:
            self.remove(pair.waiting.message_id)
            self._turns.served(pair.waiting.klass, pair.waiting.account)
        return pair

    def wake(self, now: float) -> None:
        """Let those in whose rest is over; `take` does it too."""
        while self._first_wake() <= now:
            _, message_id = heapq.heappop(self._wakes)
            self._enter(self._resting.pop(message_id))

    def next_moment(self, now: float, modems: Mapping[str, ModemView]) -> float:
        """When to ask again if nothing else happens: a rest or a patience ends. Infinity where nothing will."""
        moments = [self._first_wake()]
        moments.extend(self._patience_ends(key, now, modems) for key in self._groups)
        moments.extend(self._rescue_moment(group, now) for group in self._groups.values())
        return min(moments, default=math.inf)

    def ahead(self, message_id: str, modem: str) -> int:
        """How many waiting messages whose first tier holds `modem` come before this one."""
        rivals = [(key, group) for key, group in self._groups.items() if _first(key, modem)]
        return self._ahead(rivals, self._index[message_id])

    def find(self, message_id: str) -> Waiting | None:
        """The entry of a message, None if it does not wait."""
        return self._index.get(message_id)

    def depth(self, modem: str) -> int:
        """How many messages wait whose first tier holds `modem`."""
        return sum(len(group.members) for key, group in self._groups.items() if _first(key, modem))

    def in_turn(self, waiting: Waiting, now: float, modems: Mapping[str, ModemView]) -> list[str]:
        """The modems a message may go to as things stand, free or busy (rule 3); empty while patience is kept."""
        return self._in_turn(_key(waiting), now, modems)

    def others_asked_at(self, waiting: Waiting, now: float, modems: Mapping[str, ModemView]) -> float:
        """When the patience a message keeps is over and the next tier is asked; infinity where none is kept."""
        return self._patience_ends(_key(waiting), now, modems)

    # -- choosing ------------------------------------------------------------------------------------------------

    def _trial(self, now: float, modems: Mapping[str, ModemView], free: list[str]) -> Pair | None:
        """Rule 6. Such a modem is no use to anybody else, so it takes nothing from those that come first."""
        tried = (name for name in free if modems[name].trial or modems[name].code_trial)
        pairs = (self._trial_of(name, now, modems) for name in tried)
        return next((pair for pair in pairs if pair is not None), None)

    def _trial_of(self, name: str, now: float, modems: Mapping[str, ModemView]) -> Pair | None:
        as_if_able = {**modems, name: modems[name]._replace(cannot_since=None)}
        for klass in reversed(Class) if modems[name].trial else (Class.OTP,):
            heads = [
                group.members[0][1]
                for key, group in self._groups.items()
                if key[0] is klass
                and name in self._in_turn(key, now, as_if_able)
                and not (klass is Class.OTP and any(_able(other, modems) for other in key[2].modems))
            ]
            if heads:
                return Pair(min(heads, key=lambda waiting: waiting.rank), name)
        return None

    def _next_otp(
        self, now: float, modems: Mapping[str, ModemView], holding: Mapping[str, int], able: Set[str]
    ) -> Pair | None:
        pairs = list(self._heads(Class.OTP, now, modems, able))
        if len({pair.waiting.account for pair in pairs}) > 1:
            half = max(1, sum(1 for view in modems.values() if view.cannot_since is None) // 2)
            pairs = [pair for pair in pairs if holding.get(pair.waiting.account, 0) < half] or pairs
        return min(pairs, key=_rank, default=None)

    def _next_plain(self, now: float, modems: Mapping[str, ModemView], able: Set[str]) -> Pair | None:
        normal = min(self._heads(Class.NORMAL, now, modems, able), key=self._turn, default=None)
        bulk = min(self._heads(Class.BULK, now, modems, able), key=self._turn, default=None)
        if normal is None or bulk is None:
            return normal or bulk
        self._since_bulk = (self._since_bulk + 1) % BULK_SHARE
        return bulk if self._since_bulk == 0 else normal

    def _turn(self, pair: Pair) -> tuple[int, tuple[float, int]]:
        return self._turns.last(pair.waiting.klass, pair.waiting.account), pair.waiting.rank

    def _heads(self, klass: Class, now: float, modems: Mapping[str, ModemView], able: Set[str]) -> Iterator[Pair]:
        """The first of each group that one of `able`, which are free, may take; with that modem."""
        for key, group in self._groups.items():
            if key[0] is klass:
                free = [name for name in self._tier(key, now, modems) if name in able]
                if free:
                    yield Pair(group.members[0][1], min(free, key=lambda name: modems[name].turn))

    def _in_turn(self, key: _Key, now: float, modems: Mapping[str, ModemView]) -> list[str]:
        """The able modems of the tier this group may use now (rule 3)."""
        return [name for name in self._tier(key, now, modems) if _able(name, modems)]

    def _tier(self, key: _Key, now: float, modems: Mapping[str, ModemView]) -> tuple[str, ...]:
        """The modems, able or not, of the tier this group may use now (rule 3); none while patience is kept."""
        klass, _, route, barred, affinity = key
        if affinity in route.modems and affinity not in barred and _able(affinity, modems):
            return (affinity,)
        allowed = route.without(barred) if barred else route
        if allowed.tiers:
            found, _ = self._descend(allowed, 0.0 if barred else self.patience[klass], now, modems)
            if found or not barred:
                return found
        found, _ = self._descend(route, self.patience[klass], now, modems)
        return found

    def _descend(
        self, route: Route, patience: float, now: float, modems: Mapping[str, ModemView]
    ) -> tuple[tuple[str, ...], float]:
        """The modems of the first tier in turn that has an able one, and when the next tier comes in turn (infinity: it
        has)."""
        for tier in route.tiers:
            if any(_able(name, modems) for name in tier.modems):  # mostly the first is: nothing more is looked at
                return tier.modems, math.inf
            since = max((_cannot_since(name, modems) for name in tier.modems), default=0.0)
            if now < since + patience:
                return (), since + patience
        return (), math.inf

    def _patience_ends(self, key: _Key, now: float, modems: Mapping[str, ModemView]) -> float:
        _, moment = self._descend(key[2], self.patience[key[0]], now, modems)
        return moment

    def _rescue_moment(self, group: _Group, now: float) -> float:
        moment = math.inf if group.late_since is None else group.late_since + self.patience[group.klass]
        return moment if moment > now else math.inf

    def _rescue(self, now: float, modems: Mapping[str, ModemView]) -> Pair | None:
        """Rule 3, second half: a message whose tier's backlog would miss its deadline goes a tier down."""
        for key, group in self._groups.items():
            late = self._late(key, group, now, modems)
            if late is None:
                group.late_since = None
                continue
            group.late_since = now if group.late_since is None else group.late_since
            below = _free_below(key, modems)
            if below and now >= group.late_since + self.patience[key[0]]:
                return Pair(late, min(below, key=lambda name: modems[name].turn))
        return None

    def _late(self, key: _Key, group: _Group, now: float, modems: Mapping[str, ModemView]) -> Waiting | None:
        """The first message that would be late, looked for among the first `LOOK_AHEAD` of a group and its last."""
        klass, _, route, _, affinity = key
        if len(route.tiers) < 2 or affinity or self.patience[klass] == math.inf:
            return None
        able = [name for name in route.tiers[0].modems if _able(name, modems)]
        if not able:
            return None
        pace = sum(modems[name].usual for name in able) / len(able) ** 2
        busy = sum(1 for name in able if not modems[name].free)
        rivals = [(k, g) for k, g in self._groups.items() if _before(k, key)]
        most = sum(len(rival.members) for _, rival in rivals) - len(group.members)
        for place, (_, waiting) in _sample(group.members):
            left = waiting.deadline - now
            if (most + place + 1 + busy) * pace > left and (self._ahead(rivals, waiting) + 1 + busy) * pace > left:
                return waiting
        return None

    def _ahead(self, rivals: list[tuple[_Key, _Group]], waiting: Waiting) -> int:
        """How many messages of these groups, its own among them, come before one."""
        earlier = sum(len(group.members) for key, group in rivals if _CLASSES[key[0]] < _CLASSES[waiting.klass])
        same = [(key[1], group.members) for key, group in rivals if key[0] is waiting.klass]
        if waiting.klass is Class.OTP:
            return sum(_place(members, waiting.rank) for _, members in same)
        own = sum(_place(members, waiting.rank) for account, members in same if account == waiting.account)
        return earlier + slots_before(own, *self._round(same, waiting.account))

    def _round(self, same: list[tuple[str, list[_Member]]], mine: str) -> tuple[int, dict[int, int]]:
        """The place of an account in the round of these, and how many messages each other has, by its place."""
        counts: Counter[str] = Counter()
        first: dict[str, tuple[int, tuple[float, int]]] = {}
        for account, members in same:
            counts[account] += len(members)
            turn = (self._turns.last(members[0][1].klass, account), members[0][0])
            first[account] = min(turn, first.get(account, turn))
        accounts = sorted(first, key=first.__getitem__)
        others = {place: counts[account] for place, account in enumerate(accounts) if account != mine}
        return accounts.index(mine) if mine in first else len(accounts), others

    # -- keeping -------------------------------------------------------------------------------------------------

    def _enter(self, waiting: Waiting) -> None:
        group = self._groups.setdefault(_key(waiting), _Group(waiting.klass))
        insort(group.members, (waiting.rank, waiting), key=lambda member: member[0])

    def _note_wake(self, waiting: Waiting) -> None:
        if len(self._wakes) > 2 * len(self._resting) + _STALE_WAKES:
            self._wakes = [(resting.not_before, resting.message_id) for resting in self._resting.values()]
            heapq.heapify(self._wakes)
        else:
            heapq.heappush(self._wakes, (waiting.not_before, waiting.message_id))

    def _first_wake(self) -> float:
        """When the next message has rested long enough; infinity where none rests. Forgets what no longer holds."""
        while self._wakes:
            moment, message_id = self._wakes[0]
            resting = self._resting.get(message_id)
            if resting is not None and resting.not_before == moment:
                return moment
            heapq.heappop(self._wakes)
        return math.inf


def _key(waiting: Waiting) -> _Key:
    return (waiting.klass, waiting.account, waiting.route, waiting.barred, waiting.affinity)


def _first(key: _Key, modem: str) -> bool:
    """Whether the first tier of a group's route holds this modem."""
    tiers = key[2].tiers
    return bool(tiers) and modem in tiers[0].modems


def _rank(pair: Pair) -> tuple[float, int]:
    return pair.waiting.rank


def _sample(members: list[_Member]) -> Iterator[tuple[int, _Member]]:
    """The first `LOOK_AHEAD` of them and the last, each with its place."""
    last = len(members) - 1
    yield from enumerate(members[: min(LOOK_AHEAD, last)])
    yield last, members[last]


def _before(key: _Key, mine: _Key) -> bool:
    """Whether messages of a group can come before those of `mine` at the modems of its first tier."""
    return key[2].tiers[:1] == mine[2].tiers[:1] and _CLASSES[key[0]] <= _CLASSES[mine[0]]


def _place(members: list[_Member], rank: tuple[float, int]) -> int:
    """How many of them come before one of this rank."""
    return bisect_left(members, rank, key=lambda member: member[0])


def _free_below(key: _Key, modems: Mapping[str, ModemView]) -> list[str]:
    """The free modems of the first lower tier that has one which did not refuse the message."""
    tiers = key[2].without(key[3]).tiers
    first = key[2].tiers[0].why
    free = ([n for n in tier.modems if _able(n, modems) and modems[n].free] for tier in tiers if tier.why != first)
    return next((names for names in free if names), [])


def _able(name: str, modems: Mapping[str, ModemView]) -> bool:
    view = modems.get(name)
    return view is not None and view.cannot_since is None


def _cannot_since(name: str, modems: Mapping[str, ModemView]) -> float:
    view = modems.get(name)
    return 0.0 if view is None or view.cannot_since is None else view.cannot_since
