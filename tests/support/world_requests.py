"""What the clients of the simulated world ask for, decided by the seed alone, and how they ask."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from world_sims import WorldSims, make_sims

from otppi.app.v1.desks import desks
from otppi.app.v1.orders import Order
from otppi.domain.replies import Code, Refusal
from otppi.domain.rights import DEFAULT_RIGHTS, Caller
from otppi.domain.secret import Secret
from otppi.wire.envelope import read_envelope

if TYPE_CHECKING:
    from otppi.app.application import Application

EPOCH = 1_800_000_000.0
CALLER = Caller("shop", frozenset(DEFAULT_RIGHTS), "rest")
OTHER = Caller("bank", frozenset(DEFAULT_RIGHTS), "rest")

_HOLDS = ("1min", "4min", "4min", "15min")
"""How long a doubt is held: shorter and longer than the latest late answer. An idle hour costs as much as a busy one,
so most seeds do not wait for the longest."""


@dataclass(slots=True)
class Request:
    """One request of a client, as often as the client sends it. `replies` are (code, message id). One with a `send_at`
    is ordered through /v1, all others through the documented commands."""

    at: float
    caller: Caller
    receiver: str
    command: str
    data: dict[str, Any]
    again: bool = False
    send_at: float | None = None
    replies: list[tuple[str, str]] = field(default_factory=list)
    unanswered: int = 0


@dataclass(slots=True)
class Plan:
    """What one seed decides beforehand."""

    random: random.Random
    prefixes: list[tuple[str, ...]]
    requests: list[Request]
    ends: list[int]
    hold_for: str
    sims: WorldSims


def make_plan(seed: int) -> Plan:
    """The plan of a seed."""
    rng = random.Random(seed)  # noqa: S311 - the same seed must give the same history
    modems = rng.randint(1, 4)
    prefixes = [rng.choice([(), ("62812",), ("62813",), ("62812", "62813")]) for _ in range(modems)]
    requests = [_request(rng, number) for number in range(rng.randint(3, 10))]
    _schedule(random.Random(-1 - seed), requests)  # noqa: S311 - its own, so that all else stays as the seed has it
    doubles = [_double(rng, request) for request in requests if rng.random() < 0.3]
    ends = [rng.randint(1, 70) for _ in range(rng.choice([0, 1, 1, 2, 3, 4]))]
    asked = sorted([*requests, *doubles], key=lambda r: r.at)
    return Plan(rng, prefixes, asked, ends, rng.choice(_HOLDS), make_sims(rng, modems))


def _double(rng: random.Random, request: Request) -> Request:
    """The same request once more, later."""
    at = request.at + rng.uniform(0, 40)
    return replace(request, at=at, again=True, replies=[])


def _schedule(rng: random.Random, requests: list[Request]) -> None:
    """Some of the plain messages are for later, a few for the past of their own second copy."""
    for request in requests:
        if request.command == "send-sms" and rng.random() < 0.2:
            request.send_at = EPOCH + request.at + rng.choice((2.0, 20.0, 70.0, 600.0))


def _request(rng: random.Random, number: int) -> Request:
    """Every request has a receiver of its own, so that the air tells whose segment it carries."""
    at = rng.uniform(0, 30)
    receiver = f"+62{rng.choice(('812', '813', '815'))}0000{number:04d}"
    caller = rng.choice((CALLER, CALLER, OTHER))
    if rng.random() < 0.5:
        data: dict[str, Any] = {"reference": f"ref{number}", "receiver": receiver, "message": "Kode %s"}
        if rng.random() < 0.5:
            data["expiration"] = EPOCH + at + rng.choice((20, 45, 90, 300))
        return Request(at, caller, receiver, "create-otp", data)
    data = {"id": f"id{number}", "receiver": receiver, "message": "Halo " * rng.choice((3, 3, 60, 110))}
    if rng.random() < 0.4:
        data["expiration"] = EPOCH + at + rng.choice((15, 60, 400, 1200))
    if rng.random() < 0.5:
        data["reference"] = f"ref{number}"
    return Request(at, caller, receiver, "send-sms", data)


async def ask(application: Application, request: Request) -> tuple[str, str]:
    """One request, through the front door or /v1: the code and the message's id. Raises Unavailable."""
    if request.send_at is not None:
        return await _order(application, request, request.send_at)
    body = json.dumps({"command": request.command, "data": request.data}).encode()
    reply = await application.gateway.handle(read_envelope(body), request.caller)
    return reply.code, str(reply.data.get("id", ""))


async def _order(application: Application, request: Request, send_at: float) -> tuple[str, str]:
    """Through /v1, with a time to send it at."""
    life = request.data.get("expiration")
    order = Order(
        to=request.receiver,
        text=Secret(request.data["message"]),
        send_at=send_at,
        expires_in=None if life is None else life - EPOCH - request.at,
        reference=request.data.get("reference", ""),
        key=("idempotency-key", request.data["id"]),
    )
    try:
        taken = await desks(application).messages.send(order, request.caller)
    except Refusal as refusal:
        return refusal.code, ""
    return Code.SUCCESS, str(taken.record["id"])
