"""Random octets that are taken a page at a time: as many as were asked for, none given out twice."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from otppi.security.randomness import RandomOctets

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The pages that the kernel has given."""
    given: list[bytes] = []
    real: Callable[[int], bytes] = os.urandom

    def urandom(count: int) -> bytes:
        given.append(real(count))
        return given[-1]

    monkeypatch.setattr(os, "urandom", urandom)
    return given


def test_octets_are_those_of_the_kernel_in_order_and_each_is_given_once(kernel: list[bytes]) -> None:
    octets = RandomOctets()
    taken = [octets(count) for count in (16, 12, 10) * 200]
    assert [len(each) for each in taken] == [16, 12, 10] * 200
    assert len(kernel) == 2, "a page serves many"
    pages = b"".join(kernel)
    at = 0
    for each in taken:
        at = pages.index(each, at) + len(each)
    assert len(set(taken)) == len(taken)
