"""Requests over HTTP, counted. Implements `otppi.intake.rest.observed.RequestMeter`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otppi.app.metering import families as f
from otppi.app.metering.numbers import Counts, Histogram, gauge

if TYPE_CHECKING:
    from collections.abc import Iterator


class HttpMeter:
    """One for all doors that speak HTTP."""

    def __init__(self) -> None:
        self._requests = Counts(f.HTTP_REQUESTS)
        self._seconds = Histogram(f.HTTP_SECONDS)
        self._refusals = Counts(f.HTTP_REFUSALS)
        self._in_flight = 0

    def begun(self) -> None:
        """A request has come in."""
        self._in_flight += 1

    def ended(self, path: str, status: int, code: str, seconds: float) -> None:
        """It was answered."""
        self._in_flight -= 1
        self._requests.add(path, str(status))
        self._seconds.observe(seconds, path)
        if code:
            self._refusals.add(code)

    def metrics(self) -> Iterator[Counts | Histogram]:
        """All of it."""
        yield self._requests
        yield self._seconds
        yield gauge(f.HTTP_IN_FLIGHT, [((), float(self._in_flight))])
        yield self._refusals
