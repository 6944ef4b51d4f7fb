"""`/metrics`: the counts of the gateway, for Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from litestar import Response, get

from otppi.app.metering.numbers import CONTENT_TYPE
from otppi.app.v1.metrics import Metrics
from otppi.domain.rights import Caller
from otppi.intake.rest.v1.documented import problems
from otppi.intake.rest.v1.parameters import CALLER, AnyRequest

if TYPE_CHECKING:
    from litestar.handlers import HTTPRouteHandler

PATH = "/metrics"


def is_open(counts: Metrics, path: str) -> bool:
    """Whether this path is the counts, and nobody has to sign in for them."""
    return path == PATH and counts.open


def handlers(counts: Metrics) -> list[HTTPRouteHandler]:
    """The path of this subject."""

    @get(
        PATH,
        operation_id="showMetrics",
        summary="Show the counts for Prometheus",
        description="Counts of modems, outbox, codes, HTTP and the process, without personal data. Needs the right"
        " `modems`, unless the setting `metrics.open` is true.",
        tags=["gateway"],
        media_type=CONTENT_TYPE,
        responses=problems(403, 404),
        sync_to_thread=False,
    )
    def show_metrics(request: AnyRequest) -> Response[str]:
        caller: Caller | None = request.scope.get(CALLER)  # type: ignore[assignment]  # nobody but the guard puts it there
        return Response(counts.text(caller))

    return [show_metrics]
