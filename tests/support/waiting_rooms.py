"""Waiting rooms for tests: who waits, and the modems that are asked."""

from __future__ import annotations

import math
from typing import Any

from otppi.domain.message import Class
from otppi.domain.routing import Route, Tier
from otppi.domain.waiting import ModemView, Pair, Waiting, WaitingRoom

PATIENCE = {Class.OTP: 0.0, Class.NORMAL: 60.0, Class.BULK: math.inf}
ONE = Route((Tier("any", ("a",)),))
TWO = Route((Tier("any", ("a", "b")),))
DOWN = Route((Tier("prefix", ("a",)), Tier("default", ("b",)), Tier("others", ("c",))))
FREE = ModemView(free=True, cannot_since=None, usual=3.0, turn=0)
BUSY = FREE._replace(free=False)


def gone(since: float) -> ModemView:
    return FREE._replace(cannot_since=since)


def waiting(number: int, klass: Class = Class.NORMAL, **fields: Any) -> Waiting:
    usual = {"account": "shop", "deadline": 10_000.0, "order": number, "route": ONE}
    return Waiting(message_id=f"m{number}", klass=klass, **{**usual, **fields})


def room(*entries: Waiting, now: float = 0.0) -> WaitingRoom:
    made = WaitingRoom(PATIENCE)
    for entry in entries:
        made.add(entry, now)
    return made


def taken(pair: Pair | None) -> tuple[str, str] | None:
    return None if pair is None else (pair.waiting.message_id, pair.modem)


def drain(made: WaitingRoom, modems: dict[str, ModemView], now: float = 0.0) -> list[str]:
    order = []
    while pair := made.take(now, modems, {}):
        order.append(pair.waiting.message_id)
    return order
