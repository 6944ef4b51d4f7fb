"""`/v1/messages`: what became of a message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar import Response, get
from litestar.params import FromPath

from otppi.intake.rest.v1.parameters import Signed, known_length

if TYPE_CHECKING:
    from litestar.handlers import HTTPRouteHandler

    from otppi.ports.gateway import Gateway


def handlers(gateway: Gateway) -> list[HTTPRouteHandler]:
    """The paths of this subject."""

    @get("/v1/messages/{message_id:str}")
    async def show_message(caller: Signed, message_id: FromPath[str]) -> Response[dict[str, Any]]:
        return Response(dict(await gateway.message(caller, known_length(message_id))))

    return [show_message]
