"""Our own paths, a small Litestar application: `/v1/messages/{id}` and `/health`.

Proper REST statuses; every error is problem+json (RFC 9457). This is the one module that imports Litestar.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from litestar import Litestar, MediaType, Request, Response, get
from litestar.exceptions import HTTPException, MethodNotAllowedException
from litestar.params import FromPath

from otppi.app.sign_in import NotSignedIn, TooBusy
from otppi.domain.replies import Unavailable
from otppi.intake.rest.addresses import client_address
from otppi.intake.rest.answers import REALM, RETRY_SECONDS, retry_after
from otppi.intake.rest.faults import report
from otppi.ports.store import NotFound

if TYPE_CHECKING:
    from collections.abc import Callable

    from otppi.app.sign_in import SignIn
    from otppi.intake.rest.asgi import App
    from otppi.intake.rest.settings import RestSettings
    from otppi.ports.gateway import Gateway

AnyRequest = Request[Any, Any, Any]
MessageId = FromPath[str]
PROBLEM: Final = "application/problem+json"
_MAX_ID: Final = 64


def v1_app(gateway: Gateway, sign_in: SignIn, settings: Callable[[], RestSettings]) -> App:
    """The application. It needs no lifespan events."""

    @get("/v1/messages/{message_id:str}")
    async def show_message(request: AnyRequest, message_id: MessageId) -> Response[dict[str, Any]]:
        if gateway.stopping:
            raise Unavailable
        address = client_address(request.scope, settings())
        caller = await sign_in.basic(request.headers.get("authorization"), address)
        if len(message_id) > _MAX_ID:
            raise NotFound
        return Response(dict(await gateway.message(caller, message_id)), media_type=MediaType.JSON)

    @get("/health", sync_to_thread=False)
    def show_health() -> Response[dict[str, Any]]:
        status, details = gateway.health()
        if gateway.stopping or status == "unavailable":
            return Response({"status": "unavailable", **details}, status_code=503, headers=_retry(RETRY_SECONDS))
        return Response({"status": status, **details}, media_type=MediaType.JSON)

    return Litestar(
        [show_message, show_health],
        openapi_config=None,
        logging_config=None,
        exception_handlers={Exception: _problem_of},
        signature_namespace={"AnyRequest": AnyRequest, "MessageId": MessageId},
    )


def _problem_of(_request: AnyRequest, error: Exception) -> Response[dict[str, Any]]:
    if isinstance(error, NotSignedIn):
        return _problem(401, headers={"www-authenticate": REALM.decode()})
    if isinstance(error, TooBusy):
        return _problem(429, headers=_retry(error.retry_after))
    if isinstance(error, NotFound):
        return _problem(404)
    if isinstance(error, Unavailable):
        return _problem(503, headers=_retry(RETRY_SECONDS))
    if isinstance(error, MethodNotAllowedException):
        return _problem(405, headers={"allow": "GET"})
    if isinstance(error, HTTPException) and error.status_code < 500:
        return _problem(error.status_code)
    report(error)
    return _problem(500)


def _problem(status: int, *, headers: dict[str, str] | None = None) -> Response[dict[str, Any]]:
    content = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    return Response(content, status_code=status, media_type=PROBLEM, headers=headers)


def _retry(seconds: float) -> dict[str, str]:
    name, value = retry_after(seconds)
    return {name.decode(): value.decode()}
