"""Who a simulated modem is: equipment and SIM numbers of test ranges, the same for the same index and seed. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

OPERATORS = (
    ("Simulated One", "00101"),
    ("Simulated Two", "00102"),
    ("Simulated Three", "00103"),
    ("Simulated Four", "00104"),
)
"""Names and PLMN codes: MCC 001 is the test network of ITU-T E.212."""

_TEST_TAC = "00440245"
"""A TAC that begins with 00 is a test IMEI (GSMA TS.06)."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who one modem and its first SIM are. Numbers are digits only; `msisdn` and `smsc` international without +.

    The SIM of `identity(index, seed)` is card number `index` of that seed, wherever it is put.
    """

    index: int
    seed: int
    name: str
    imei: str
    imsi: str = field(repr=False)
    iccid: str = field(repr=False)
    msisdn: str = field(repr=False)
    smsc: str
    operator: str
    plmn: str


def identity(index: int, seed: int = 0) -> Identity:
    """The modem `modem<index>`. Numbers of one seed differ for every index below 1000."""
    serial = (seed * 1_000 + index + 1) % 1_000_000
    operator, plmn = OPERATORS[index % len(OPERATORS)]
    return Identity(
        index=index,
        seed=seed,
        name=f"modem{index}",
        imei=with_luhn(f"{_TEST_TAC}{serial:06}"),
        imsi=f"{plmn}{serial:010}",
        iccid=with_luhn(f"89001{plmn[3:]}{serial:011}"),
        msisdn=f"628120000{serial % 10_000:04}",
        smsc=f"62800000{index % len(OPERATORS):02}",
        operator=operator,
        plmn=plmn,
    )


def with_luhn(digits: str) -> str:
    """`digits` and their check digit (ISO/IEC 7812-1 annex B)."""
    total = sum(_doubled(int(digit)) if place % 2 == 0 else int(digit) for place, digit in enumerate(reversed(digits)))
    return f"{digits}{-total % 10}"


def _doubled(digit: int) -> int:
    return digit * 2 - 9 if digit > 4 else digit * 2
