"""Our own paths put together: Litestar behind the guard. Only `otppi.intake.rest.v1` imports Litestar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar import Litestar, Response
from litestar.di import Provide

from otppi.intake.rest.observed import CODE
from otppi.intake.rest.v1 import blocks, documentation, health, messages, metrics, surroundings, verifications
from otppi.intake.rest.v1.guard import Guard
from otppi.intake.rest.v1.parameters import AnyRequest, caller_of
from otppi.intake.rest.v1.problems import problem_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from litestar.handlers import HTTPRouteHandler
    from litestar.openapi import OpenAPIConfig

    from otppi.app.sign_in import SignIn
    from otppi.app.v1.desks import Desks
    from otppi.intake.rest.asgi import App
    from otppi.intake.rest.settings import RestSettings
    from otppi.ports.gateway import Gateway


def v1_app(gateway: Gateway, sign_in: SignIn, settings: Callable[[], RestSettings], desks: Desks | None) -> App:
    """The application. It needs no lifespan events. Without `desks`: only what the gateway itself answers."""
    app = framework(routes(gateway, desks))
    return Guard(
        app, gateway, sign_in, settings, lambda path: desks is not None and metrics.is_open(desks.metrics, path)
    )


def routes(gateway: Gateway, desks: Desks | None) -> list[HTTPRouteHandler]:
    """Every path of ours."""
    found = [*health.handlers(gateway), *documentation.handlers(), *messages.handlers(gateway)]
    if desks is not None:
        found += messages.desk_handlers(desks)
        found += verifications.handlers(desks.verifications)
        found += blocks.handlers(desks.block_list)
        found += surroundings.handlers(desks.surroundings, desks.own_account)
        found += metrics.handlers(desks.metrics)
    return found


def framework(handlers: Sequence[HTTPRouteHandler], openapi: OpenAPIConfig | None = None) -> Litestar:
    """Litestar round these handlers; `openapi` only where the document is made."""
    return Litestar(
        handlers,
        openapi_config=openapi,
        logging_config=None,
        dependencies={"caller": Provide(caller_of, sync_to_thread=False)},
        exception_handlers={Exception: _problem},
    )


def _problem(request: AnyRequest, error: Exception) -> Response[dict[str, Any]]:
    problem = problem_of(error)
    request.scope[CODE] = problem.code  # type: ignore[typeddict-unknown-key]  # the scope is ours as much as Litestar's
    return problem.response()
