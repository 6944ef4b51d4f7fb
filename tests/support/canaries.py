"""Looks for secrets in files, in every form they are likely to leak in. The oracle of the privacy tests.

A word is looked for as text, JSON-escaped, as hex, base64 at its three alignments, UCS-2 in both octet orders (raw and
hex), packed GSM-7 at its eight alignments (raw and hex), and, if it is a number, as an integer. Hex counts in either
case. No hit ever shows the word.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_SEPTETS = re.compile("[A-Za-z0-9 ]+")
"""Characters whose GSM 7-bit code is their ASCII code; a word of others is never packed."""
SHORTEST = 5
"""Octets below which a needle would be found by chance."""


class Hit(NamedTuple):
    """The `number`-th of the words stands in a file, in this form."""

    path: str
    number: int
    form: str


@dataclass(frozen=True, slots=True)
class Needle:
    """One form of a word. `folded`: looked for in either case; `octets` are lower case then."""

    form: str
    octets: bytes
    folded: bool = False


def needles(word: str) -> list[Needle]:
    """Every form of a word."""
    found = [Needle("text", word.encode()), *_hex("hex", word.encode()), *_json(word), *_base64(word.encode())]
    for order in ("be", "le"):
        wide = word.encode(f"utf-16-{order}")
        found += [Needle(f"ucs2-{order}", wide), *_hex(f"ucs2-{order} hex", wide)]
    if _SEPTETS.fullmatch(word):
        for alignment, octets in enumerate(_packed(word)):
            found += [Needle(f"gsm7 at {alignment}", octets), *_hex(f"gsm7 hex at {alignment}", octets)]
    if word.isdigit():
        found += [Needle(f"integer {order}", int(word).to_bytes(6, order)) for order in ("big", "little")]
    assert all(len(needle.octets) >= SHORTEST for needle in found), "the word is too short to be told from chance"
    return found


def scan(paths: Iterable[Path], words: Iterable[str]) -> list[Hit]:
    """Every form of every word in these files and in all files below these folders."""
    wanted = [(number, needle) for number, word in enumerate(words) for needle in needles(word)]
    return [hit for path in paths for file in _files(path) for hit in _scan(file, wanted)]


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from (file for file in sorted(path.rglob("*")) if file.is_file())
    else:
        yield path


def _scan(file: Path, wanted: list[tuple[int, Needle]]) -> Iterator[Hit]:
    content = file.read_bytes()
    folded = content.lower()
    for number, needle in wanted:
        if needle.octets in (folded if needle.folded else content):
            yield Hit(str(file), number, needle.form)


def _hex(form: str, octets: bytes) -> list[Needle]:
    return [Needle(form, octets.hex().encode(), folded=True)]


def _json(word: str) -> list[Needle]:
    r"""As JSON writers escape it: what is not ASCII, or every character, as \uXXXX."""
    wide = word.encode("utf-16-be").hex()
    every = "".join(f"\\u{wide[n : n + 4]}" for n in range(0, len(wide), 4))
    forms = {every} if word.isascii() else {every, json.dumps(word)[1:-1]}
    return [Needle("json", form.lower().encode(), folded=True) for form in forms]


def _base64(octets: bytes) -> Iterator[Needle]:
    """The characters that depend on the word alone, for each place it can have among groups of three octets."""
    for before in range(3):
        whole = base64.b64encode(bytes(before) + octets + bytes(2))
        own = whole[-(-before * 8 // 6) : (before + len(octets)) * 8 // 6]
        yield Needle(f"base64 at {before}", own)
        yield Needle(f"base64url at {before}", own.translate(bytes.maketrans(b"+/", b"-_")))


def _packed(word: str) -> Iterator[bytes]:
    """The octets that depend on the word alone, for each bit of an octet it can begin at (3GPP TS 23.038 6.1.2.1)."""
    bits = sum(ord(letter) << 7 * place for place, letter in enumerate(word))
    for alignment in range(8):
        size = (alignment + 7 * len(word) + 7) // 8
        octets = (bits << alignment).to_bytes(size, "little")
        yield octets[1 if alignment else 0 : (alignment + 7 * len(word)) // 8]
