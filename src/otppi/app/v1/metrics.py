"""Who may read the counts of the gateway, and whether anybody may."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otppi.domain.rights import Right, permit
from otppi.ports.store import NotFound

if TYPE_CHECKING:
    from otppi.app.configuration import Configuration
    from otppi.app.metering.http import HttpMeter
    from otppi.app.metering.meter import Meter
    from otppi.domain.rights import Caller


class Metrics:
    """The settings `metrics.enabled` and `metrics.open` count at each request."""

    def __init__(self, meter: Meter, configuration: Configuration) -> None:
        self._meter = meter
        self._configuration = configuration

    @property
    def http(self) -> HttpMeter:
        """What counts the requests themselves."""
        return self._meter.http

    @property
    def open(self) -> bool:
        """Whether nobody has to sign in for them."""
        return self._configuration.settings.metrics_open

    def text(self, caller: Caller | None) -> str:
        """All counts in Prometheus' text format; `caller` is None where nobody had to sign in.

        Raises NotFound where they are switched off, and Refusal where the account has no right `modems`.
        """
        settings = self._configuration.settings
        if not settings.metrics_enabled:
            raise NotFound
        if caller is not None:
            permit(caller, Right.MODEMS)
        return self._meter.text()
