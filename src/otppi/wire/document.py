"""Octets to a JSON document that keeps what a request needs: the literal text of numbers, and doubled names.

The strict parser (RFC 8259) goes first. Only where it fails, a tolerant pass takes away a leading BOM and commas
before a closing bracket, as the README's own block-msisdn example needs; it never touches the inside of a string.
This module must not know what the members mean.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import Any, Final, NoReturn

MAX_DEPTH: Final = 20

_BOM: Final = "\ufeff"
_STRING_OR_STRAY_COMMA: Final = re.compile(r'("[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\Z))|,(?=[ \t\r\n]*+[}\]])', re.DOTALL)
"""The string alternative takes an unterminated string to the end of the text, so the scan stays linear."""
_STRING_OR_BRACKET: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\Z)|([{\[])|([}\]])', re.DOTALL)


class Number(str):
    """A JSON number, as its literal text: `1.10` stays `1.10`."""

    __slots__ = ()


class Doubled(dict[str, Any]):
    """An object that named a member twice; it holds the last of them, and must not be used."""


class NotJson(Exception):
    """Not a JSON document within the limits. The message says why, and never shows the text."""


def parse(body: bytes) -> Any:
    """The document: dict, list, str, Number, bool or None. An object with a doubled name is a Doubled.

    Raises NotJson for octets that are not UTF-8, for what is no JSON even with tolerance, for NaN and Infinity,
    and for a depth of more than 20.
    """
    text = _decoded(body)
    if text.count("{") + text.count("[") > MAX_DEPTH and _depth(text) > MAX_DEPTH:
        raise NotJson(f"the body must not be nested deeper than {MAX_DEPTH} levels")
    failed, document = _strict(text)
    if failed:
        failed, document = _strict(_without_blemishes(text))
    if failed:
        raise NotJson("the body must be a JSON object")
    return document


def check_strict(body: bytes) -> None:
    """Whether the octets are one JSON document without any tolerance: RFC 8259, no name twice, 20 levels at most.

    Raises NotJson.
    """
    text = _decoded(body)
    if text.count("{") + text.count("[") > MAX_DEPTH and _depth(text) > MAX_DEPTH:
        raise NotJson(f"the body must not be nested deeper than {MAX_DEPTH} levels")
    failed, document = _strict(text)
    if failed:
        raise NotJson("the body must be JSON")
    if isinstance(document, (dict, list)) and names_twice(document):
        raise NotJson("no name may appear twice in one object of the body")


def strings(value: Any) -> list[str]:
    """Every name and every text of a document, numbers left out."""
    found: list[str] = []
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            found.extend(item)
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)
        elif isinstance(item, str):
            found.append(item)
    return found


def names_twice(value: dict[str, Any] | list[Any]) -> bool:
    """Whether any object in an object or array, at any depth, names a member twice."""
    if isinstance(value, Doubled):
        return True
    items = value.values() if isinstance(value, dict) else value
    return any(names_twice(item) for item in items if isinstance(item, (dict, list)))


def _decoded(body: bytes) -> str:
    with suppress(UnicodeDecodeError):  # raised outside of it: that error carries the body
        return body.decode()
    raise NotJson("the body must be UTF-8")


def _strict(text: str) -> tuple[bool, Any]:
    """Whether it failed, and the document. A tuple, so that no error keeps the text alive as its context."""
    try:
        return False, _DECODER.decode(text)
    except ValueError:
        return True, None


def _without_blemishes(text: str) -> str:
    return _STRING_OR_STRAY_COMMA.sub(lambda found: found[1] or "", text.removeprefix(_BOM))


def _depth(text: str) -> int:
    depth = deepest = 0
    for found in _STRING_OR_BRACKET.finditer(text):
        if found[1]:
            depth += 1
            deepest = max(deepest, depth)
        elif found[2]:
            depth -= 1
    return deepest


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    return members if len(members) == len(pairs) else Doubled(pairs)


def _no_constant(_name: str) -> NoReturn:
    raise ValueError


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=Number, parse_int=Number, parse_constant=_no_constant
)
