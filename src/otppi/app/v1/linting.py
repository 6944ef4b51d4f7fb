"""What is unwise about the text of a code, told before it costs anything. It refuses nothing, and shows no text.

Sources: 3GPP TS 23.038 for alphabets; Google's rules of the SMS Retriever (at most 140 octets, the app's 11 characters
at the end); the WICG's origin-bound one-time codes (a last line `@host #code`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from otppi.domain.secret import Secret
from otppi.domain.wording import APP_HASH, ORIGIN, RETRIEVER_OCTETS, Wording, compose
from otppi.pdu import gsm7
from otppi.pdu.split import count_segments

if TYPE_CHECKING:
    from collections.abc import Iterator

SHOWN_AT_ONCE: Final = 40
"""Characters of a text that a phone's notification is sure to show."""

_LINK: Final = re.compile(r"https?://|\bwww\.|\b[a-z0-9-]+(?:\.[a-z0-9-]+)+/", re.IGNORECASE)
_BOUND: Final = re.compile(r"@(\S+) #(\S+)(?: %\S+)?")
_RETRIEVER_MARK: Final = "<#>"
_TOLD_CHARACTERS: Final = 10


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that is unwise. `kind` is for programs, `detail` one sentence."""

    kind: str
    detail: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What a text will be on the air. `alphabet` is gsm7 or ucs2; `characters` counts those of the whole text with its
    code, `octets` the same in UTF-8; `outside_gsm` are the characters that make it ucs2, each once."""

    alphabet: str
    segments: int
    characters: int
    octets: int
    outside_gsm: tuple[str, ...]
    warnings: tuple[Remark, ...]


def preview(wording: Wording, *, length: int, ttl: float) -> Preview:
    """The text of a checked wording with a code of `length` digits that lives `ttl` seconds."""
    code = "0" * length
    text = compose(wording, code)
    outside = tuple(dict.fromkeys(char for char in text if not gsm7.is_gsm7(char)))
    segments = count_segments(text)
    warnings = (
        *_about_size(outside, segments),
        *_about_place(wording, code),
        *_about_links(text),
        *_about_life(wording, ttl),
        *_about_last_line(wording, text),
    )
    octets = len(text.encode())
    return Preview("ucs2" if outside else "gsm7", segments, len(text), octets, outside, warnings)


def fits_retriever(wording: Wording, *, length: int) -> bool:
    """Whether Android's SMS Retriever reads it, as far as its length goes."""
    return len(compose(wording, "0" * length).encode()) <= RETRIEVER_OCTETS


def _about_size(outside: tuple[str, ...], segments: int) -> Iterator[Remark]:
    if outside:
        shown = " ".join(outside[:_TOLD_CHARACTERS])
        yield Remark("ucs2", f"not in the GSM alphabet: {shown}; so a segment holds 70 characters instead of 160")
    if segments > 1:
        yield Remark("segments", f"it takes {segments} SMS: each is paid for, and all must arrive")


def _about_place(wording: Wording, code: str) -> Iterator[Remark]:
    front = compose(Wording(_up_to_code(wording), wording.brand, wording.minutes), code)
    if len(front) > SHOWN_AT_ONCE:
        detail = f"the code does not end within the first {SHOWN_AT_ONCE} characters, which a phone shows at once"
        yield Remark("code_late", detail)


def _up_to_code(wording: Wording) -> Secret[str]:
    before, code, _ = wording.template.reveal().partition("{code}")
    return Secret(before + code)


def _about_links(text: str) -> Iterator[Remark]:
    if any(_LINK.search(line) for line in text.split("\n") if not line.startswith("@")):
        yield Remark("link", "it holds a link: users learn to follow links in such messages, and networks filter them")


def _about_life(wording: Wording, ttl: float) -> Iterator[Remark]:
    if "{ttl}" in wording.template.reveal() and wording.minutes * 60 != ttl:
        yield Remark("ttl", f"{{ttl}} reads as {wording.minutes}, which is not the whole of its life in minutes")


def _about_last_line(wording: Wording, text: str) -> Iterator[Remark]:
    *before, last = text.split("\n")
    if any(_BOUND.fullmatch(line) for line in before):
        yield Remark("origin", "a line of the form @host #code is read only where it is the last one")
    if any(_looks_like_hash(line) for line in before):
        yield Remark("app_hash", "the app's 11 characters are read only at the end of the message")
    if last.startswith("@") and not _well_bound(last):
        yield Remark("origin", "the last line is no @host #code, so no browser takes the code from it")
    marked = text.startswith(_RETRIEVER_MARK)
    if marked and not APP_HASH.fullmatch(text.split()[-1]):
        yield Remark("app_hash", "it begins with <#> but does not end with an app's 11 characters")
    if (wording.app_hash or marked) and len(text.encode()) > RETRIEVER_OCTETS:
        yield Remark("retriever", f"Android's SMS Retriever reads at most {RETRIEVER_OCTETS} octets")


def _looks_like_hash(line: str) -> bool:
    """Eleven characters of its alphabet that are no word: a digit, a sign, or a capital past the first."""
    return bool(APP_HASH.fullmatch(line)) and any(char.isdigit() or char in "+/" or char.isupper() for char in line[1:])


def _well_bound(line: str) -> bool:
    found = _BOUND.fullmatch(line)
    return found is not None and ORIGIN.fullmatch(found[1]) is not None
