"""Our own paths put together: Litestar behind the guard. Only `otppi.intake.rest.v1` imports Litestar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar import Litestar, Response
from litestar.di import Provide

from otppi.intake.rest.observed import CODE
from otppi.intake.rest.v1 import account, health, messages, metrics
from otppi.intake.rest.v1.guard import Guard
from otppi.intake.rest.v1.parameters import AnyRequest, caller_of
from otppi.intake.rest.v1.problems import problem_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from litestar.handlers import HTTPRouteHandler

    from otppi.app.sign_in import SignIn
    from otppi.app.v1.desks import Desks
    from otppi.intake.rest.asgi import App
    from otppi.intake.rest.settings import RestSettings
    from otppi.ports.gateway import Gateway


def v1_app(gateway: Gateway, sign_in: SignIn, settings: Callable[[], RestSettings], desks: Desks | None) -> App:
    """The application. It needs no lifespan events. Without `desks`: only what the gateway itself answers."""
    routes: list[HTTPRouteHandler] = [*health.handlers(gateway), *messages.handlers(gateway)]
    if desks is not None:
        routes += account.handlers(desks.own_account)
        routes += metrics.handlers(desks.metrics)
    app = Litestar(
        routes,
        openapi_config=None,
        logging_config=None,
        dependencies={"caller": Provide(caller_of, sync_to_thread=False)},
        exception_handlers={Exception: _problem},
    )
    return Guard(
        app, gateway, sign_in, settings, lambda path: desks is not None and metrics.is_open(desks.metrics, path)
    )


def _problem(request: AnyRequest, error: Exception) -> Response[dict[str, Any]]:
    problem = problem_of(error)
    request.scope[CODE] = problem.code  # type: ignore[typeddict-unknown-key] # the scope is ours as much as Litestar's
    return problem.response()
