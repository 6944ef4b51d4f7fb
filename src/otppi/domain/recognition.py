"""Whether two modems are one: by IMEI, else by the card's ICCID, else by the subscriber's IMSI. Pure.

The first of the three that both tell decides. An IMEI that names nobody, or that several modems have, tells nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from otppi.domain import imei

if TYPE_CHECKING:
    from collections.abc import Iterable

_ICCID_LEAST: Final = 18
"""Digits of an ICCID without its check digit (ITU-T E.118 allows 19 with it; some cards have 20)."""


@dataclass(frozen=True, slots=True)
class Face:
    """What a modem is recognised by; each empty where it does not tell. `body` is that of `domain.imei`."""

    body: str = field(default="", repr=False)
    iccid: str = field(default="", repr=False)
    imsi: str = field(default="", repr=False)

    @classmethod
    def of(cls, number: str, iccid: str, imsi: str, *, copied: frozenset[str] = frozenset()) -> Face:
        """From what modem and SIM said; `copied` are the bodies of IMEIs that several modems have."""
        body = imei.body(number)
        return cls("" if body in copied else body, iccid.rstrip("Ff"), imsi)

    @property
    def known(self) -> bool:
        """Whether there is anything to recognise it by."""
        return bool(self.body or self.iccid or self.imsi)

    def same(self, other: Face) -> bool:
        """Whether both are certainly one modem."""
        return self._verdict(other) is True

    def differs(self, other: Face) -> bool:
        """Whether both are certainly two modems; neither this nor `same` where they tell nothing in common."""
        return self._verdict(other) is False

    def _verdict(self, other: Face) -> bool | None:
        if self.body and other.body:
            return self.body == other.body
        if self.iccid and other.iccid:
            return one_card(self.iccid, other.iccid)
        return self.imsi == other.imsi if self.imsi and other.imsi else None


def one_card(iccid: str, other: str) -> bool:
    """Whether two ICCIDs are of one card; some commands leave the check digit out or fill up with F (TS 102 221)."""
    short, long = sorted((iccid.rstrip("Ff"), other.rstrip("Ff")), key=len)
    return short == long or (len(short) >= _ICCID_LEAST and long.startswith(short))


def copied(imeis: Iterable[str]) -> frozenset[str]:
    """The bodies that more than one of these IMEIs has."""
    counts = Counter(body for each in imeis if (body := imei.body(each)))
    return frozenset(body for body, count in counts.items() if count > 1)
