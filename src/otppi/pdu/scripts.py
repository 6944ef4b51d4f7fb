"""The shift tables for ten scripts of the Indian subcontinent (3GPP TS 23.038 A.2.4-A.2.13, A.3.4-A.3.13). Data only.

Nine of them follow one plan: letters in the order of Unicode, punctuation, digits and a-z at fixed places. A code whose
letter a script does not have is empty, and so is a place in a block at which Unicode had nothing when the tables were
made. Urdu has a plan of its own.

Where the printed tables slip, what is meant is here: code 24 of the Kannada locking table prints U+0CAA, which stands
at 3D already, for U+0CA1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

EMPTY = " "
"""What an empty code of a locking table shows."""

_ESCAPE = 0x1B
_PUNCTUATION = {0x0A: "\n", 0x0D: "\r", 0x20: " ", 0x21: "!", 0x28: ")", 0x29: "(", 0x2C: ",", 0x2E: ".", 0x3F: "?"}
_FIXED = _PUNCTUATION | {code: chr(code) for code in (*range(0x30, 0x3C), *range(0x61, 0x7B))}
_PLAN = (
    *((0x00, 0x01, 0x03), (0x03, 0x05, 0x0B), (0x0B, 0x0C, 0x0D), (0x0E, 0x0E, 0x1A), (0x1C, 0x1B, 0x1E)),
    *((0x22, 0x1F, 0x24), (0x2A, 0x25, 0x26), (0x2D, 0x27, 0x27), (0x2F, 0x28, 0x28), (0x3C, 0x29, 0x2B)),
    *((0x40, 0x2C, 0x39), (0x4E, 0x3C, 0x4D)),
)
"""Runs of a locking table: its first code, first and last place in the script's block."""
_TAIL = (0x60, *range(0x7B, 0x80))
"""The codes that each script fills in its own way."""
_SIGNS = (*range(0x19, 0x1B), *range(0x1C, 0x28), *range(0x2A, 0x2F), *range(0x30, 0x3C))
"""The codes of a single shift table that are a script's own, in order; the rest is alike in all."""
_BRACKETS = {0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|", 0x65: "€"}
_SHARED_SINGLE = (
    dict(enumerate("@£$¥¿\"¤%&'\f*+"))
    | dict(enumerate("-/<=>¡^¡_#*", 0x0E))
    | _BRACKETS
    | {code: chr(code) for code in range(0x41, 0x5B)}
)
_DANDAS = "\u0964\u0965"


@dataclass(frozen=True, slots=True)
class _Script:
    """One script: the first code point of its block, the places it leaves empty, its own characters at the end of the
    locking table, and those of the single shift table, where a blank stands for an empty code."""

    block: int
    missing: tuple[int, ...]
    tail: tuple[int, ...]
    signs: str

    def locking(self) -> str:
        """The 128 characters of the locking table."""
        table = dict(_FIXED)
        for code, first, last in _PLAN:
            table |= {code + place - first: chr(self.block + place) for place in range(first, last + 1)}
        table |= dict(zip(_TAIL, (chr(self.block + place) for place in self.tail), strict=True))
        gone = {chr(self.block + place) for place in self.missing}
        return "".join(EMPTY if table.get(code, EMPTY) in gone else table.get(code, EMPTY) for code in range(128))

    def single(self) -> Mapping[int, str]:
        """The single shift table by code."""
        return _single(self.signs)


def _single(signs: str) -> Mapping[int, str]:
    own = zip(_SIGNS, signs, strict=False)
    return {**_SHARED_SINGLE, **{code: sign for code, sign in own if sign != " "}}


def _run(*spans: tuple[int, int] | int) -> str:
    """Characters by code point: spans with both ends, or single ones."""
    ends = (span if isinstance(span, tuple) else (span, span) for span in spans)
    return "".join(chr(point) for first, last in ends for point in range(first, last + 1))


_CANDRA = (0x0D, 0x11, 0x45, 0x49)
"""The vowels with a candra, which only Hindi and Gujarati write."""
_SHORT = (0x0E, 0x12, 0x46, 0x4A, 0x29, 0x31, 0x34)
"""The short e and o, and three consonants of the south, which the scripts of the north lack."""

_SCRIPTS = {
    4: _Script(  # Bengali and Assamese
        0x0980,
        (*_CANDRA, *_SHORT, 0x33, 0x35),
        (0x4E, 0x57, 0x5C, 0x5D, 0x70, 0x71),
        _run((0x09E6, 0x09EF), 0x09DF, (0x09E0, 0x09E3), (0x09F2, 0x09FA)),
    ),
    5: _Script(0x0A80, _SHORT, (0x50, *range(0x60, 0x64), 0x71), _DANDAS + _run((0x0AE6, 0x0AEF))),  # Gujarati
    6: _Script(  # Hindi
        0x0900,
        (),
        (0x50, 0x72, 0x7B, 0x7C, 0x7E, 0x7F),
        _DANDAS + _run((0x0966, 0x096F), (0x0951, 0x0954), (0x0958, 0x0963), 0x0970, 0x0971),
    ),
    7: _Script(  # Kannada
        0x0C80,
        (*_CANDRA, 0x01, 0x29, 0x34),
        (0x55, 0x56, *range(0x60, 0x64)),
        _DANDAS + _run((0x0CE6, 0x0CEF), 0x0CDE, 0x0CF1, 0x0CF2),
    ),
    8: _Script(  # Malayalam
        0x0D00,
        (*_CANDRA, 0x01, 0x29, 0x3C),
        (0x57, *range(0x60, 0x64), 0x79),
        _DANDAS + _run((0x0D66, 0x0D75), (0x0D7A, 0x0D7F)),
    ),
    9: _Script(  # Oriya
        0x0B00,
        (*_CANDRA, *_SHORT),
        (0x56, 0x57, *range(0x60, 0x64)),
        _DANDAS + _run((0x0B66, 0x0B6F), 0x0B5C, 0x0B5D, 0x0B5F, 0x0B70, 0x0B71),
    ),
    10: _Script(  # Punjabi
        0x0A00,
        (*_CANDRA, *_SHORT, 0x0B, 0x0C, 0x37, 0x3D, 0x43, 0x44),
        (0x51, *range(0x70, 0x75)),
        _DANDAS + _run((0x0A66, 0x0A6F), (0x0A59, 0x0A5C), 0x0A5E, 0x0A75),
    ),
    11: _Script(  # Tamil
        0x0B80,
        (
            *(*_CANDRA, 0x01, 0x0B, 0x0C, *range(0x16, 0x19), 0x1B, 0x1D, *range(0x20, 0x23), *range(0x25, 0x28)),
            *(*range(0x2B, 0x2E), 0x3C, 0x3D, 0x43, 0x44),
        ),
        (0x50, 0x57, *range(0x70, 0x73), 0x79),
        _DANDAS + _run((0x0BE6, 0x0BEF), (0x0BF3, 0x0BF8), 0x0BFA),
    ),
    12: _Script(  # Telugu
        0x0C00,
        (*_CANDRA, 0x29, 0x34, 0x3C),
        (0x55, 0x56, *range(0x60, 0x64)),
        "  " + _run((0x0C66, 0x0C6F), 0x0C58, 0x0C59, (0x0C78, 0x0C7F)),
    ),
}

_URDU_LETTERS = _run(
    *(0x627, 0x622, 0x628, 0x67B, 0x680, 0x67E, 0x6A6, 0x62A, 0x6C2, 0x67F, 0x679, 0x67D, 0x67A, 0x67C, 0x62B, 0x62C),
    *(0x681, 0x684, 0x683, 0x685, 0x686, 0x687, 0x62D, 0x62E, 0x62F, 0x68C, 0x688, 0x689, 0x68A, 0x68F, 0x68D, 0x630),
    *(0x631, 0x691, 0x693, 0x699, 0x632, 0x696, 0x698, 0x69A, 0x633, 0x634, 0x635, 0x636, 0x637, 0x638, 0x639, 0x641),
    *(0x642, 0x6A9, 0x6AA, 0x6AB, 0x6AF, 0x6B3, 0x6B1, 0x644, 0x645, 0x646, 0x6BA, 0x6BB, 0x6BC, 0x648, 0x6C4, 0x6D5),
    *(0x6C1, 0x6BE, 0x621, 0x6CC, 0x6D0, 0x6D2, 0x64D, 0x650, 0x64F, 0x657, 0x654, 0x655, 0x651, 0x653, 0x656, 0x670),
)
_URDU_SIGNS = _run(
    *((0x600, 0x601), (0x6F0, 0x6F9), (0x60C, 0x614), 0x61B, 0x61F, 0x640, 0x652, 0x658, 0x66B, 0x66C, 0x672, 0x673),
    *(0x6CD,),
)


def _urdu_locking() -> str:
    letters = iter(_URDU_LETTERS)
    return "".join(_FIXED.get(code) or (EMPTY if code == _ESCAPE else next(letters)) for code in range(128))


LOCKING: Mapping[int, str] = {language: script.locking() for language, script in _SCRIPTS.items()} | {
    13: _urdu_locking()
}
"""Locking shift tables by language identifier (23.038 6.2.1.2.4)."""
SINGLE: Mapping[int, Mapping[int, str]] = {language: script.single() for language, script in _SCRIPTS.items()} | {
    13: {**_single(_URDU_SIGNS), 0x3F: "\u06d4"}
}
"""Single shift tables by language identifier."""
