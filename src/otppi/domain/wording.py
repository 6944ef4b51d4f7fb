"""The text of an SMS with a code: a template with named placeholders, and the last line a phone's software reads.

Each placeholder is replaced once, literally, in a single pass: what is put in is never looked at again, and no format
string is evaluated. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from otppi.domain.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_TEMPLATE: Final = "{code} is your {brand} code. It ends in {ttl} minutes."
MAX_BRAND: Final = 40
RETRIEVER_OCTETS: Final = 140
"""The longest message Android's SMS Retriever reads, in octets of UTF-8 (Google's rules for it)."""
APP_HASH: Final = re.compile(r"[A-Za-z0-9+/]{11}")
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
ORIGIN: Final = re.compile(rf"(?=.{{1,253}}\Z)(?:{_LABEL}\.)+(?=[a-z]){_LABEL}")
"""A host name in lower case, in its ASCII form."""

_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
_KNOWN: Final = ("code", "brand", "ttl")
_CONTROL: Final = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_CONTROL_OR_LINE_END: Final = re.compile("[\x00-\x1f\x7f-\x9f]")


class BadWording(ValueError):
    """A field of a wording breaks its rule. The message names field and rule, never the value."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What an SMS with a code says. `minutes` is what `{ttl}` reads as.

    `app_hash` (Android SMS Retriever: 11 characters that name the app) or `origin` (the host an origin-bound code is
    for) adds a last line; empty for none, and never both."""

    template: Secret[str]
    brand: str = field(repr=False)
    minutes: int
    app_hash: str = ""
    origin: str = ""


def checked(wording: Wording) -> Wording:
    """The wording itself, blanks and line ends around its template trimmed. Raises BadWording."""
    text = wording.template.reveal().strip(" \r\n")
    _check_template(text)
    if len(wording.brand) > MAX_BRAND or _CONTROL_OR_LINE_END.search(wording.brand):
        raise BadWording(f"brand must be at most {MAX_BRAND} characters and hold no control characters")
    if wording.app_hash and wording.origin:
        raise BadWording("app_hash and origin cannot both be the last line")
    if wording.app_hash and not APP_HASH.fullmatch(wording.app_hash):
        raise BadWording("app_hash must be 11 characters of A-Z, a-z, 0-9, + and /")
    if wording.origin and not ORIGIN.fullmatch(wording.origin):
        raise BadWording("origin must be a host name in lower case, such as example.com")
    return Wording(Secret(text), wording.brand, wording.minutes, wording.app_hash, wording.origin)


def compose(wording: Wording, code: str) -> str:
    """The text with `code` in it. The wording must be `checked`."""
    values = {"code": code, "brand": wording.brand, "ttl": str(wording.minutes)}
    text = _filled(wording.template.reveal(), values)
    if wording.app_hash:
        return f"{text}\n{wording.app_hash}"
    return f"{text}\n@{wording.origin} #{code}" if wording.origin else text


def without_code(wording: Wording) -> str:
    """The text with `{code}` left as it is: what makes two requests the same."""
    return compose(wording, "{code}")


def minutes_of(seconds: float) -> int:
    """Whole minutes that a life of so many seconds holds, at least 1: a text does not promise more than there is."""
    return max(1, int(seconds // 60))


def _check_template(text: str) -> None:
    if _CONTROL.search(text):
        raise BadWording("template must not hold control characters other than LF and CR")
    names = _PLACEHOLDER.findall(text)
    if any(name not in _KNOWN for name in names):
        raise BadWording("template may hold {code}, {brand} and {ttl}, and no other {...}")
    if names.count("code") != 1:
        raise BadWording("template must hold {code} exactly once")


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: values[found[1]], text)
