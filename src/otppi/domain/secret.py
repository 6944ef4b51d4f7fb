"""A value that must not be shown: codes, texts, passwords, keys.

Its repr, str and format are `***`, it does not pickle, and JSON encoders refuse it. The only way to the value is
`reveal()`, which is easy to search for.
"""

from __future__ import annotations

import hmac
from typing import Generic, NoReturn, TypeVar, final

T = TypeVar("T", str, bytes)


@final
class Secret(Generic[T]):
    """Holds one str or bytes that never reaches a log, a repr or an error message."""

    __slots__ = ("_value",)

    def __init__(self, value: T) -> None:
        self._value: T = value

    def reveal(self) -> T:
        """The value itself. Call it where it is used, never to keep it."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    def __str__(self) -> str:
        return "***"

    def __format__(self, spec: str) -> str:
        return "***"

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(_bytes(self._value), _bytes(other._value))

    def __hash__(self) -> NoReturn:
        raise TypeError("a Secret is not hashable")

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not pickled")


def _bytes(value: str | bytes) -> bytes:
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
