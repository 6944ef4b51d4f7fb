"""`/health`: how the gateway is, for anybody who asks, without a password."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar import Response, get

from otppi.intake.rest.answers import RETRY_SECONDS, retry_after

if TYPE_CHECKING:
    from litestar.handlers import HTTPRouteHandler

    from otppi.ports.gateway import Gateway


def handlers(gateway: Gateway) -> list[HTTPRouteHandler]:
    """The path of this subject."""

    @get("/health", sync_to_thread=False)
    def show_health() -> Response[dict[str, Any]]:
        status, details = gateway.health()
        if gateway.stopping or status == "unavailable":
            name, value = retry_after(RETRY_SECONDS)
            headers = {name.decode(): value.decode()}
            return Response({"status": "unavailable", **details}, status_code=503, headers=headers)
        return Response({"status": status, **details})

    return [show_health]
