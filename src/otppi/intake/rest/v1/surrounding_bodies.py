"""The bodies of `/v1/blocks`, `/v1/modems`, `/v1/alarms`, `/v1/routes` and `/v1/account`, each member with its rule."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from otppi.wire.fields import SHORT

ModemState = Literal[
    "absent",
    "probing",
    "starting",
    "pin_needed",
    "searching",
    "ready",
    "busy",
    "slow",
    "degraded",
    "resetting",
    "quarantined",
    "disabled",
]

_NUMBER = "Telephone number, international with `+` or `00`, or national."


class NewBlock(Struct, forbid_unknown_fields=True):
    """A number to block."""

    number: Annotated[str, Meta(max_length=SHORT, description=_NUMBER, examples=["+6281200009999"])]


class BlockRecord(Struct, kw_only=True):
    """A row of the block list."""

    number: Annotated[str, Meta(description="International with `+`.", examples=["+6281200009999"])]
    active: Annotated[bool, Meta(description="Whether it is blocked; an unblocked row stays.", examples=[True])]
    changed: Annotated[float, Meta(description="When that was said, in Unix seconds.", examples=[1795346734.5])]
    by: Annotated[str, Meta(description="The account that said it.", examples=["shop"])]


class BlockPage(Struct, kw_only=True):
    """Rows by number."""

    items: list[BlockRecord]
    next: Annotated[str | None, Meta(description="The `cursor` of the next page; null at the end.", examples=[None])]


class ModemRecord(Struct, kw_only=True):
    """A configured modem."""

    name: Annotated[str, Meta(description="Its name.", examples=["east"])]
    port: Annotated[str, Meta(description="Where it was plugged in when it was added.", examples=["/dev/ttyUSB0"])]
    state: Annotated[ModemState, Meta(description="What it does now.", examples=["ready"])]
    operator: Annotated[str, Meta(description="The network it is registered with.", examples=["51089"])]
    signal: Annotated[
        int | None, Meta(description="0 to 31 (3GPP TS 27.007 8.5); null where it is not known.", examples=[21])
    ]
    imei: Annotated[str, Meta(description="Its IMEI, masked.", examples=["XXXXXXXXXXX2518"])]
    sim: Annotated[str, Meta(description="What the SIM answers.", examples=["ready"])]
    queue: Annotated[int, Meta(description="Messages that wait for this modem.", examples=[0])]


class ModemList(Struct, kw_only=True):
    """Every configured modem."""

    items: list[ModemRecord]


class AlarmRecord(Struct, kw_only=True):
    """Something the owner should know."""

    kind: Annotated[str, Meta(description="What it is.", examples=["modem_searching"])]
    object: Annotated[str, Meta(description="What it is about.", examples=["east"])]
    since: Annotated[float, Meta(description="Since when, in Unix seconds.", examples=[1795346734.5])]
    severity: Literal["notice", "warning", "critical"]
    remedy: Annotated[str, Meta(description="What to do, in a sentence.", examples=["check the antenna"])]


class AlarmList(Struct, kw_only=True):
    """The alarms that stand."""

    items: list[AlarmRecord]


class RouteQuestion(Struct, forbid_unknown_fields=True):
    """A receiver."""

    to: Annotated[str, Meta(max_length=SHORT, description=_NUMBER, examples=["+6281200001234"])]


class RouteModem(Struct, kw_only=True):
    """A modem of a route."""

    name: Annotated[str, Meta(description="Its name.", examples=["east"])]
    state: ModemState
    able: Annotated[bool, Meta(description="Whether it can take a message now.", examples=[True])]
    why_not: Annotated[str | None, Meta(description="What keeps it from that.", examples=[None])]
    usual_seconds: Annotated[float, Meta(description="What a send takes here usually.", examples=[2.9])]


class RouteTier(Struct, kw_only=True):
    """Modems that are equal for this receiver."""

    why: Annotated[str, Meta(description="Why they are asked.", examples=["prefix 62812"])]
    modems: list[RouteModem]


class RouteExplanation(Struct, kw_only=True):
    """Which modems would be asked, tier by tier."""

    to: Annotated[str, Meta(description="The receiver, masked.", examples=["62812000012XXX"])]
    blocked: Annotated[bool, Meta(description="Whether it is on the block list.", examples=[False])]
    sentence: Annotated[str, Meta(description="What would happen now.", examples=["default modem: east would send it"])]
    tiers: list[RouteTier]


class AccountRecord(Struct, kw_only=True):
    """The account behind the request."""

    name: Annotated[str, Meta(description="Its name.", examples=["shop"])]
    email: Annotated[str, Meta(description="E-mail address of its owner.", examples=["shop@example.com"])]
    phone: Annotated[str, Meta(description="Telephone number of its owner.", examples=["+6281200000001"])]
    rights: Annotated[
        list[str], Meta(description="What this request may do: of a token, its scopes.", examples=[["otp", "sms"]])
    ]
    policy: Annotated[
        str | None,
        Meta(description="What happens where a modem gives no answer; null: by class.", examples=["hold"]),
    ]
