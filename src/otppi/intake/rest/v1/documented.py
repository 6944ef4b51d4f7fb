"""How a handler says which problems it may answer with, for the documentation made from it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Final

import msgspec
from litestar.openapi.datastructures import ResponseSpec

from otppi.intake.rest.v1.problems import PROBLEM


class ProblemBody(msgspec.Struct, frozen=True, kw_only=True):
    """One error, as RFC 9457 writes it."""

    type: Annotated[str, msgspec.Meta(description="Always about:blank.", examples=["about:blank"])]
    title: Annotated[str, msgspec.Meta(description="The status in words.", examples=["Not Found"])]
    status: Annotated[int, msgspec.Meta(description="The HTTP status once more.", examples=[404])]
    detail: Annotated[str, msgspec.Meta(description="One sentence that names field and rule, never a value.")] = ""
    code: Annotated[str, msgspec.Meta(description="The response code of the documented commands.")] = ""


_ALWAYS: Final = (401, 429, 503)


def problems(*statuses: int) -> dict[int, ResponseSpec]:
    """The statuses of errors a handler may answer with, beside those every path has: 401, 429 and 503."""
    told = sorted({*statuses, *_ALWAYS})
    return {status: _spec(status) for status in told}


def _spec(status: int) -> ResponseSpec:
    body: Any = ProblemBody
    return ResponseSpec(
        data_container=body,
        description=HTTPStatus(status).phrase,
        media_type=PROBLEM,
        generate_examples=False,
    )
