"""From an accepted request to the air: how soon, how close together, and how much of the modems' time is used."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Final

from gateway import until

from benchmarks.bare import bare_gaps, bare_use
from benchmarks.kit import Client, gaps, place, use, wait_for_answers
from benchmarks.results import Baseline, Figure, at_least, at_most, percentile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.kit import Place
    from benchmarks.plan import Plan

AIR: Final = 2.5


def first_octet(plan: Plan) -> Iterator[Figure]:
    """From the moment a client begins to send its request to the first octet of AT+CMGS at an idle modem."""
    halves, tails, answers = [], [], []
    for number in range(plan.rounds):
        with place(plan.folder / "first", 1, 0.0) as made:
            client, asked = Client(made.port), []
            for each in range(plan.count(300)):
                time.sleep(random.uniform(0.02, 0.08))  # noqa: S311 - spread over the loop's doings
                asked.append(time.monotonic())
                client.code(each, f"r{number}")
                answers.append(time.monotonic() - asked[-1])
                wait_for_answers(made, each + 1, 10)
            seen = [event.at for event in made.trace() if event.what == "asked"]
            took = [1000 * (at - begun) for begun, at in zip(asked, seen, strict=True)]
            halves.append(percentile(took, 0.5))
            tails.append(percentile(took, 0.99))
    reply = Baseline("the client's own answer", (1000 * percentile(answers, 0.5),))
    command = "create-otp one at a time to one idle modem; request begun -> AT+CMGS at the modem"
    yield Figure("accepted -> first AT octet: p50", "ms", tuple(halves), at_most(10), command, reply)
    yield Figure("accepted -> first AT octet: p99", "ms", tuple(tails), at_most(50), command)


def gap(plan: Plan) -> Iterator[Figure]:
    """From `+CMGS:` to the next AT+CMGS on the same modem, with a queue."""
    bare = Baseline("a loop without any gateway", (1000 * bare_gaps(plan, 200),))
    for modems, air, sends in ((1, 0.0, 1000), (4, AIR, 12), (16, AIR, 12), (64, AIR, 12)):
        halves, tails = [], []
        for _ in range(plan.rounds):
            with place(plan.folder / "gap", modems, air) as made:
                count = modems * (plan.count(sends) if air == 0 else sends)
                _queue(Client(made.port), count)
                found = gaps(wait_for_answers(made, count, 120))
            halves.append(1000 * percentile(found, 0.5))
            tails.append(1000 * percentile(found, 0.99))
        name = f"gap between two SMS, {modems} modem{'s' if modems > 1 else ''}, {air:g} s air"
        command = f"{count} SMS queued over REST for {modems} modems"
        yield Figure(f"{name}: p50", "ms", tuple(halves), at_most(10), command, bare if modems == 1 else None)
        yield Figure(f"{name}: p99", "ms", tuple(tails), at_most(30), command)


def modem_use(plan: Plan) -> Iterator[Figure]:
    """How much of the modems' own speed is used."""
    bare = Baseline("a loop without any gateway", (bare_use(plan, AIR, 6),))
    for modems, goal in ((20, 99.0), (64, 98.0)):
        shares = []
        for _ in range(plan.rounds):
            with place(plan.folder / "use", modems, AIR) as made:
                count = modems * (6 if plan.quick else 16)
                _queue(Client(made.port), count)
                shares.append(use(wait_for_answers(made, count, 180), AIR))
        command = f"{count} SMS queued over REST for {modems} modems with {AIR:g} s air"
        yield Figure(
            f"use of the modems' own speed, {modems} modems", "%", tuple(shares), at_least(goal), command, bare
        )


def priority(plan: Plan) -> Iterator[Figure]:
    """Codes while 10,000 bulk messages wait: from the request to the modem's answer."""
    idle, busy = [], []
    for number in range(plan.rounds):
        with place(plan.folder / "priority", 4, AIR) as made:
            client = Client(made.port)
            idle.append(_codes_take(made, client, plan.count(30), f"i{number}", 0))
            for first in range(0, 10_000, 500):
                items = [{"to": f"62813{n:08}", "text": "Halo", "class": "bulk"} for n in range(first, first + 500)]
                client.post("/v1/messages/batch", {"messages": items})
            busy.append(_codes_take(made, client, plan.count(40), f"b{number}", 10_000))
    goal = at_most(percentile(idle, 0.5) + AIR)
    command = "40 create-otp a second apart, 4 modems with 2.5 s air, 10,000 bulk messages queued; request -> +CMGS"
    yield Figure("OTP with 10,000 bulk queued: p99", "s", tuple(busy), goal, command, Baseline("idle", tuple(idle)))


def _codes_take(made: Place, client: Client, count: int, run: str, first: int) -> float:
    took = []
    for each in range(count):
        begun = time.monotonic()
        reply = client.code(first + each, run)
        made.becomes(reply["data"]["id"], "sent", 60)
        took.append(time.monotonic() - begun)
        time.sleep(max(0.0, 1.0 - took[-1]))
    return percentile(took, 0.99)


def replug(plan: Plan) -> Iterator[Figure]:
    """A modem that was away for ten seconds, until it sends again."""
    took = []
    for number in range(plan.rounds):
        with place(plan.folder / "replug", 1, 0.0) as made:
            client = Client(made.port)
            made.control.order("unplug")
            until(lambda: set(made.health()["modems"]) == {"absent"}, "it is missed")
            client.send(number)
            time.sleep(10)
            made.control.order("replug")
            back = time.monotonic()
            wait_for_answers(made, 1, 30)
            took.append(time.monotonic() - back)
    command = "unplug, one SMS queued, replug after 10 s; replug -> +CMGS"
    yield Figure("modem gone 10 s, then used again after", "s", tuple(took), at_most(5), command)


def _queue(client: Client, count: int) -> None:
    """So many messages; they begin to go out while the rest comes."""
    for number in range(count):
        client.send(number)
