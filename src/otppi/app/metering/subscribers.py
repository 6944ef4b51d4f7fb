"""Subscribers, counted: read off their standings at each scrape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otppi.app.metering import families as f
from otppi.app.metering.numbers import stands

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from otppi.app.brokers.counts import Standing
    from otppi.app.metering.numbers import Counts


def subscriber_metrics(standings: Mapping[str, Standing]) -> Iterator[Counts]:
    """All of it."""
    each = standings.items()
    yield stands(f.SUBSCRIBER_UP, (((name,), float(one.link == "connected")) for name, one in each))
    yield stands(f.SUBSCRIBER_WAITING, (((name,), float(one.waiting)) for name, one in each))
    yield stands(f.SUBSCRIBER_TAKEN, (((name,), float(one.taken)) for name, one in each))
    refused = (((name, code), float(count)) for name, one in each for code, count in one.refused.items())
    yield stands(f.SUBSCRIBER_REFUSED, refused)
    yield stands(f.SUBSCRIBER_LOST, (((name,), float(one.lost)) for name, one in each))
    yield stands(f.SUBSCRIBER_UNANSWERED, (((name,), float(one.unanswered)) for name, one in each))
