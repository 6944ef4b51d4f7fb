"""Requests over HTTP, counted. Implements `otppi.intake.rest.observed.RequestMeter`."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from otppi.app.metering import families as f
from otppi.app.metering.numbers import Counts, Histogram, stands

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Times:
    """How long requests of one path and status took."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(f.FAST) + 1)
        self.total = 0.0


class HttpMeter:
    """One for all doors that speak HTTP."""

    def __init__(self) -> None:
        self._times: dict[tuple[str, int], _Times] = {}
        self._refusals = Counts(f.HTTP_REFUSALS)
        self.in_flight = 0

    def ended(self, path: str, status: int, code: str, seconds: float) -> None:
        """A request was answered. This is called for each of them: one look-up, two additions."""
        self.in_flight -= 1
        times = self._times.get((path, status))
        if times is None:
            times = self._times[path, status] = _Times()
        times.counts[bisect_left(f.FAST, seconds)] += 1
        times.total += seconds
        if code:
            self._refusals.add(code)

    def metrics(self) -> Iterator[Counts | Histogram]:
        """All of it."""
        seconds = Histogram(f.HTTP_SECONDS)
        for (path, _), times in self._times.items():
            seconds.merge(times.counts, times.total, path)
        requests = (((path, str(status)), float(sum(each.counts))) for (path, status), each in self._times.items())
        yield stands(f.HTTP_REQUESTS, requests)
        yield seconds
        yield stands(f.HTTP_IN_FLIGHT, [((), float(self.in_flight))])
        yield self._refusals
