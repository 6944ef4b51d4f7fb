"""The parts of a concatenated message become one text again. Holds nothing: keeping parts is the caller's work.

The caller groups parts by sender, reference and total; order and duplicates do not matter here.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from otppi.pdu.errors import PduError
from otppi.pdu.national import tables_of
from otppi.pdu.udh import Concat
from otppi.pdu.userdata import UserData, read_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from otppi.pdu.dcs import Alphabet
    from otppi.pdu.gsm7 import Tables


def missing(parts: Iterable[UserData]) -> tuple[int, ...]:
    """The part numbers still to come, in order; empty when `join` can work.

    A message without concatenation is complete by itself. Raises `PduError` for parts of different messages or
    for no parts at all.
    """
    by_number, total = _sorted(parts)
    return tuple(number for number in range(1, total + 1) if number not in by_number)


def join(parts: Iterable[UserData]) -> str:
    """The whole text. Neighbours that read alike are joined unit by unit, so that a character which the sender cut
    in two is whole again. The first of two equal part numbers counts.

    Raises `PduError` for parts of different messages, missing parts, or data.
    """
    by_number, total = _sorted(parts)
    if len(by_number) != total:
        raise PduError("a part of the message is missing")
    ordered = (by_number[number] for number in sorted(by_number))
    return "".join(_run_text(list(run)) for _, run in groupby(ordered, key=_reading))


def _reading(part: UserData) -> tuple[Alphabet, Tables]:
    return part.alphabet, tables_of(part.header)


def _run_text(run: list[UserData]) -> str:
    text = read_text(run[0].alphabet, b"".join(part.payload for part in run), run[0].header)
    if text is None:
        raise PduError("a part of the message is data, not text")
    return text


def _sorted(parts: Iterable[UserData]) -> tuple[dict[int, UserData], int]:
    by_number: dict[int, UserData] = {}
    groups = set()
    for part in parts:
        concat = part.concat or Concat(0, 1, 1)
        groups.add((concat.reference, concat.total, concat.wide))
        by_number.setdefault(concat.part, part)
    if len(groups) != 1:
        raise PduError("the parts are not of one message")
    return by_number, groups.pop()[1]
