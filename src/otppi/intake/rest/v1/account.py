"""`/v1/account`: the account behind the request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from litestar import get

from otppi.app.v1.own_account import AccountView, OwnAccount
from otppi.intake.rest.v1.parameters import Signed

if TYPE_CHECKING:
    from litestar.handlers import HTTPRouteHandler


def handlers(own: OwnAccount) -> list[HTTPRouteHandler]:
    """The paths of this subject."""

    @get("/v1/account", sync_to_thread=False)
    def show_account(caller: Signed) -> AccountView:
        return own.show(caller)

    return [show_account]
