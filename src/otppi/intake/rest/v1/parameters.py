"""What handlers of our own paths take, by name."""

from __future__ import annotations

from typing import Annotated, Any, Final

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import HeaderParameter

from otppi.domain.rights import Caller
from otppi.ports.store import NotFound

AnyRequest = Request[Any, Any, Any]
Signed = NamedDependency[Caller]
"""Who asks; the guard has seen to it."""

CALLER: Final = "otppi.caller"
"""The key of the request's scope that holds the Caller."""

MAX_ID: Final = 64

IdempotencyKey = Annotated[
    str,
    HeaderParameter(
        name="Idempotency-Key",
        max_length=256,
        description="Names this request, so that sending it again makes nothing twice. Remembered for `dedupe.window`.",
    ),
]
"""The header of that name; empty where there is none."""


def caller_of(request: AnyRequest) -> Caller:
    """The dependency behind `Signed`."""
    caller: Caller = request.scope[CALLER]  # type: ignore[typeddict-item]  # the guard put it there
    return caller


def known_length(identifier: str) -> str:
    """An id from a path, which no row can have if it is longer than 64. Raises NotFound."""
    if len(identifier) > MAX_ID:
        raise NotFound
    return identifier
