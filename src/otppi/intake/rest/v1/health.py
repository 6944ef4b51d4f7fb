"""`/health`: how the gateway is, for anybody who asks, without a password."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar import Response, get
from litestar.openapi.datastructures import ResponseSpec

from otppi.intake.rest.answers import RETRY_SECONDS, retry_after

if TYPE_CHECKING:
    from litestar.handlers import HTTPRouteHandler

    from otppi.ports.gateway import Gateway


def handlers(gateway: Gateway) -> list[HTTPRouteHandler]:
    """The path of this subject."""

    @get(
        "/health",
        operation_id="showHealth",
        summary="Show how the gateway is",
        description="For monitors, without a password: `ok`, or `degraded` where an alarm above a notice stands or no"
        " modem can take a message. 503 while it stops, or where the store cannot commit.",
        tags=["gateway"],
        responses={503: ResponseSpec(dict[str, Any], generate_examples=False, description="unavailable")},
        sync_to_thread=False,
    )
    def show_health() -> Response[dict[str, Any]]:
        status, details = gateway.health()
        if gateway.stopping or status == "unavailable":
            name, value = retry_after(RETRY_SECONDS)
            headers = {name.decode(): value.decode()}
            return Response({"status": "unavailable", **details}, status_code=503, headers=headers)
        return Response({"status": status, **details})

    return [show_health]
