"""The use cases of `/v1`, together: a door is given this and nothing else of the application."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from otppi.app.v1.metrics import Metrics
from otppi.app.v1.own_account import OwnAccount

if TYPE_CHECKING:
    from otppi.app.application import Application


@dataclass(frozen=True, slots=True)
class Desks:
    """One field for each subject of `/v1`."""

    own_account: OwnAccount
    metrics: Metrics


def desks(application: Application) -> Desks:
    """The use cases on a running application."""
    return Desks(
        own_account=OwnAccount(application.configuration),
        metrics=Metrics(application.meter, application.configuration),
    )
