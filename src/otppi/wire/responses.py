"""A reply becomes JSON: compact, UTF-8, members in the README's order. It only writes what it is given."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from otppi.domain.commands import COMMAND_WORDS
from otppi.domain.replies import Code
from otppi.wire.document import Number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otppi.domain.replies import Reply

_FOUR_DIGITS: Final = "0000"
_encode: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def encode_reply(reply: Reply, four_digits: bool | None = None) -> bytes:
    """The octets of a reply.

    Success is `000` for the README's names and `0000` for the others; `four_digits` True or False forces one.
    A whole float in `data` is written as an integer. A successful `echo` is its document itself: `data` then holds
    the whole request, its numbers written as they came.
    """
    if reply.code is not Code.SUCCESS:
        return _failure(reply)
    if reply.command == "echo":
        return _as_sent(reply.data).encode()
    code = _FOUR_DIGITS if _wants_four(reply.command, four_digits) else Code.SUCCESS.value
    return _encode({"command": reply.command, "response_code": code, "data": _whole(reply.data)}).encode()


def _failure(reply: Reply) -> bytes:
    body = {
        "command": reply.command,
        "response_code": reply.code.value,
        "data": _whole(reply.data),
        "error": reply.error,
    }
    return _encode(body).encode()


def _wants_four(command: str, forced: bool | None) -> bool:
    if forced is not None:
        return forced
    word = COMMAND_WORDS.get(command)
    return word is not None and not word.documented


def _whole(data: Mapping[str, Any]) -> dict[str, Any]:
    return {k: int(v) if type(v) is float and v.is_integer() else v for k, v in data.items()}


def _as_sent(value: Any) -> str:
    """The document as compact JSON, each number by its literal."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{_encode(name)}:{_as_sent(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_as_sent(item) for item in value) + "]"
    return _encode(value)
