"""Which modems may take a message, best first (decisions 5). Pure; says nothing about who is free or healthy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Lane:
    """One modem's place in the routing: what the owner configured."""

    name: str
    prefixes: tuple[str, ...] = ()
    default: bool = False
    api: bool = True
    internet: bool = False
    active: bool = True

    @property
    def open_to_api(self) -> bool:
        """Never an inactive, API-disabled or internet modem."""
        return self.active and self.api and not self.internet


@dataclass(frozen=True, slots=True)
class Tier:
    """Modems that are equal for a message, and in words why they are asked."""

    why: str
    modems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """The tiers for one receiver, best first. Empty: no modem may take it."""

    tiers: tuple[Tier, ...]

    @property
    def modems(self) -> tuple[str, ...]:
        """Every modem of every tier, best first."""
        return tuple(name for tier in self.tiers for name in tier.modems)

    def reason(self, modem: str) -> str:
        """Why `modem` is on this route, in words."""
        return next((tier.why for tier in self.tiers if modem in tier.modems), "not on the route")

    def without(self, barred: Iterable[str]) -> Route:
        """The route less these modems; tiers left empty fall away."""
        gone = set(barred)
        tiers = (Tier(t.why, tuple(m for m in t.modems if m not in gone)) for t in self.tiers)
        return Route(tuple(tier for tier in tiers if tier.modems))


NO_ROUTE = Route(())


class RouteTable:
    """Longest prefix, then default modems, then every other API-enabled modem; only the first `prefix_length`
    digits of a number take part, and a stored prefix that is longer is cut to them."""

    def __init__(self, lanes: Iterable[Lane], prefix_length: int) -> None:
        self._lanes = {lane.name: lane for lane in lanes}
        self._length = prefix_length
        self._by_prefix: dict[str, list[str]] = {}
        self._known: dict[str, Route] = {}
        for lane in self._lanes.values():
            self._index(lane)

    def route(self, msisdn: str) -> Route:
        """The tiers for a receiver (digits without `+`). Routes of one prefix are one object."""
        head = msisdn[: self._length]
        found = self._known.get(head)
        if found is None:
            found = self._known[head] = self._build(head)
        return found

    def pinned(self, name: str) -> Route:
        """A route to one modem only, as manual sending uses it: ignores `api`, not `active` or `internet`."""
        lane = self._lanes.get(name)
        if lane is None or not lane.active or lane.internet:
            return NO_ROUTE
        return Route((Tier(f"sent by hand through {name}", (name,)),))

    def cut(self) -> dict[str, tuple[str, ...]]:
        """Modems with prefixes longer than the prefix length, and those prefixes: worth a notice."""
        long = {n: tuple(p for p in lane.prefixes if len(p) > self._length) for n, lane in self._lanes.items()}
        return {name: prefixes for name, prefixes in long.items() if prefixes}

    def _index(self, lane: Lane) -> None:
        if not lane.open_to_api:
            return
        for prefix in {p[: self._length] for p in lane.prefixes}:
            self._by_prefix.setdefault(prefix, []).append(lane.name)

    def _build(self, head: str) -> Route:
        usable = [lane for lane in self._lanes.values() if lane.open_to_api]
        prefix, matching = self._longest(head)
        defaults = [lane.name for lane in usable if lane.default and lane.name not in matching]
        others = [lane.name for lane in usable if lane.name not in matching and lane.name not in defaults]
        tiers = (
            Tier(f"prefix {prefix}", tuple(matching)),
            Tier("default modem", tuple(defaults)),
            Tier("any other modem", tuple(others)),
        )
        return Route(tuple(tier for tier in tiers if tier.modems))

    def _longest(self, head: str) -> tuple[str, list[str]]:
        for size in range(len(head), 0, -1):
            names = self._by_prefix.get(head[:size])
            if names:
                return head[:size], names
        return "", []
