"""`/v1/account`: the account behind the request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from litestar import get
from msgspec import Meta, Struct

from otppi.intake.rest.v1.documented import problems
from otppi.intake.rest.v1.parameters import Signed

if TYPE_CHECKING:
    from litestar.handlers import HTTPRouteHandler

    from otppi.app.v1.own_account import OwnAccount


class AccountRecord(Struct, frozen=True, kw_only=True):
    """The account behind a request."""

    name: Annotated[str, Meta(description="What the account signs in with.", examples=["shop"])]
    email: Annotated[str, Meta(description="Its owner's e-mail address, or empty.", examples=["ops@shop.example"])]
    phone: Annotated[
        str, Meta(description="Its owner's number, international without +, or empty.", examples=["6281200004321"])
    ]
    rights: Annotated[
        tuple[str, ...],
        Meta(
            description="What this request may do: with a token, the account's rights that are among its scopes.",
            examples=[["otp", "sms"]],
        ),
    ]
    policy: Annotated[
        str,
        Meta(
            description="What becomes of its messages of unknown outcome; empty: the default of each kind of message.",
            examples=["hold"],
        ),
    ]


def handlers(own: OwnAccount) -> list[HTTPRouteHandler]:
    """The paths of this subject."""

    @get(
        "/v1/account",
        operation_id="showAccount",
        summary="Show the own account",
        description="The account that the password or token of this request belongs to, and what the request may do.",
        responses=problems(404),
        sync_to_thread=False,
    )
    def show_account(caller: Signed) -> AccountRecord:
        view = own.show(caller)
        return AccountRecord(name=view.name, email=view.email, phone=view.phone, rights=view.rights, policy=view.policy)

    return [show_account]
