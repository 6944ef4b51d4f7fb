"""`/v1/modems`, `/v1/alarms`, `/v1/routes/explain` and `/v1/account`: what surrounds a message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody

from otppi.app.v1.own_account import OwnAccount
from otppi.app.v1.surroundings import Surroundings
from otppi.intake.rest.v1.documented import problems
from otppi.intake.rest.v1.parameters import Signed, known_length
from otppi.intake.rest.v1.surrounding_bodies import (
    AccountRecord,
    AlarmList,
    AlarmRecord,
    ModemList,
    ModemRecord,
    RouteExplanation,
    RouteQuestion,
)

if TYPE_CHECKING:
    from litestar.handlers import HTTPRouteHandler

    from otppi.app.v1.surroundings import Explanation

TAGS: Final = ["modems and account"]


def handlers(around: Surroundings, own: OwnAccount) -> list[HTTPRouteHandler]:
    """The paths of these subjects."""
    return [*_modems(around), *_others(around, own)]


def _modems(around: Surroundings) -> list[HTTPRouteHandler]:
    @get(
        "/v1/modems",
        operation_id="listModems",
        summary="List modems",
        description="Every configured modem and what it does now. Needs the right `modems`.",
        tags=TAGS,
        responses=problems(403),
        sync_to_thread=False,
    )
    def list_modems(caller: Signed) -> ModemList:
        return ModemList(items=[msgspec.convert(row, ModemRecord) for row in around.modems(caller)])

    @get(
        "/v1/modems/{name:str}",
        operation_id="showModem",
        summary="Show a modem",
        description="One modem by its name. Needs the right `modems`.",
        tags=TAGS,
        responses=problems(403, 404),
        sync_to_thread=False,
    )
    def show_modem(caller: Signed, name: FromPath[str]) -> ModemRecord:
        return msgspec.convert(around.modem(caller, known_length(name)), ModemRecord)

    return [list_modems, show_modem]


def _others(around: Surroundings, own: OwnAccount) -> list[HTTPRouteHandler]:
    @get(
        "/v1/alarms",
        operation_id="listAlarms",
        summary="List alarms",
        description="What the owner should know, oldest first, each with its remedy. Needs the right `modems`.",
        tags=TAGS,
        responses=problems(403),
        sync_to_thread=False,
    )
    def list_alarms(caller: Signed) -> AlarmList:
        return AlarmList(
            items=[
                AlarmRecord(kind=a.kind, object=a.object, since=a.since, severity=a.severity, remedy=a.remedy)
                for a in around.alarms(caller)
            ]
        )

    @post(
        "/v1/routes/explain",
        operation_id="explainRoute",
        summary="Explain a route",
        description="Which modems would be asked for a message to this number, tier by tier, and what keeps those that"
        " cannot take it. Nothing is sent. Needs the right `modems`.",
        status_code=200,
        tags=TAGS,
        responses=problems(400, 403, 413, 422),
        sync_to_thread=False,
    )
    def explain_route(caller: Signed, data: JSONBody[RouteQuestion]) -> RouteExplanation:
        return _explained(around.explain(caller, data.to))

    @get(
        "/v1/account",
        operation_id="showAccount",
        summary="Show your account",
        description="The account behind the request, and what this request may do.",
        tags=TAGS,
        responses=problems(404),
        sync_to_thread=False,
    )
    def show_account(caller: Signed) -> AccountRecord:
        view = own.show(caller)
        return AccountRecord(
            name=view.name,
            email=view.email,
            phone=view.phone,
            rights=list(view.rights),
            policy=view.policy or None,
        )

    return [list_alarms, explain_route, show_account]


def _explained(explanation: Explanation) -> RouteExplanation:
    """A modem that is able has no reason against it."""
    plain = msgspec.to_builtins(explanation)
    for tier in plain["tiers"]:
        for modem in tier["modems"]:
            modem["why_not"] = modem["why_not"] or None
    return msgspec.convert(plain, RouteExplanation)
