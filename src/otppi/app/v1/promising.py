"""Whether anything can be promised now: asked before each use case that stores something."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from otppi.domain.replies import Unavailable
from otppi.ports.store import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from otppi.app.gateway import Gateway


class TooLate(Exception):
    """What is asked could be done once, but things have gone on; the sentence says how they stand (HTTP 409)."""


@contextmanager
def promising(gateway: Gateway) -> Iterator[None]:
    """Raises Unavailable while the gateway stops or the disk is full, and where the store cannot commit."""
    if gateway.stopping or gateway.disk_full:
        raise Unavailable
    try:
        yield
    except StoreUnavailable:
        gateway.store_works = False
        raise Unavailable from None
