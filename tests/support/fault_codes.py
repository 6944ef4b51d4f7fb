"""Refusals of every class, as the fault matrix orders them from a simulated modem."""

from __future__ import annotations

from typing import Literal

from otppi.at.codes import ErrorClass, classify

Kind = Literal["cms", "cme"]


def _one_of_each(kind: Kind) -> list[tuple[Kind, int]]:
    """The lowest code of each class that has one of this kind."""
    lowest: dict[ErrorClass, int] = {}
    for code in range(600):
        lowest.setdefault(classify(kind, code), code)
    return [(kind, code) for code in lowest.values()]


OF_THE_SIM: list[tuple[Kind, int]] = [
    *(("cms", code) for code in (310, 311, 313, 315, 316)),
    *(("cme", code) for code in (10, 11, 12, 13, 15)),
]
"""Those that are about the SIM: absent, its PIN, its PUK, failed, wrong."""
CODES = sorted({*_one_of_each("cms"), *_one_of_each("cme"), *OF_THE_SIM})


def name_of(refusal: tuple[Kind, int]) -> str:
    """How a test calls it: its form, its code and its class."""
    return f"{refusal[0]}-{refusal[1]}-{classify(*refusal).value}"
