"""What handlers of our own paths document of their errors."""

from __future__ import annotations

from typing import Annotated

from litestar.openapi.datastructures import ResponseSpec
from msgspec import Meta, Struct

from otppi.intake.rest.v1.problems import PROBLEM, title_of


class ProblemBody(Struct, omit_defaults=True):
    """An error, as `application/problem+json` (RFC 9457)."""

    type: Annotated[str, Meta(description="Always `about:blank`: the status says it all.", examples=["about:blank"])]
    title: Annotated[str, Meta(description="The status in words.", examples=["Unprocessable Content"])]
    status: Annotated[int, Meta(description="The HTTP status.", examples=[422])]
    detail: Annotated[
        str,
        Meta(description="One sentence that names field and rule, never a value.", examples=["to must hold digits"]),
    ] = ""
    code: Annotated[
        str, Meta(description="The response code that the documented paths give for it.", examples=["1103"])
    ] = ""


def problems(*statuses: int) -> dict[int, ResponseSpec]:
    """For `responses=` of a handler: these statuses, besides 401, 429 and 503, which every path has."""
    return {
        status: ResponseSpec(ProblemBody, generate_examples=False, description=title_of(status), media_type=PROBLEM)
        for status in (401, 429, 503, *statuses)
    }
