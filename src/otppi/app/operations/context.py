"""What every operation of the owner is given, and how JSON parameters become its typed arguments.

An operation is an async function `(context, *, name: str, ...) -> plain JSON values` that raises `Refused`. Its
annotations are read as text: the closed list of parameter types is `_READERS`.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeVar

from otppi.domain.secret import Secret
from otppi.domain.settings import Settings
from otppi.ports.operations import Refused

if TYPE_CHECKING:
    from otppi.domain.subscriber import Subscriber
    from otppi.ports.clock import Clock
    from otppi.ports.detector import Detector
    from otppi.ports.live import LiveGateway, LiveLimits
    from otppi.ports.store import Store
    from otppi.ports.vault import Vault

T = TypeVar("T")

Subject = Literal["accounts", "modems", "blocks", "settings", "subscribers"]
"""What was changed, so that a running gateway knows what to read again."""

Operation = Callable[..., Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Context:
    """`changed` is called after the commit; `live` is the running gateway, None where the store is all there is.
    `hash_password` is slow on purpose and is run in a thread. `detector` asks this machine's serial ports. `limits` are
    those of the running gateway. `check` tries a subscriber's broker and raises `ports.connector.Trouble`."""

    store: Store
    vault: Vault
    clock: Clock
    hash_password: Callable[[Secret[str]], str]
    changed: Callable[[Subject], None] = lambda _subject: None
    live: LiveGateway | None = None
    detector: Detector | None = None
    limits: LiveLimits | None = None
    check: Callable[[Subscriber], Awaitable[None]] | None = None

    async def settings(self) -> Settings:
        """The settings in force."""
        return Settings.of(await self.store.registry.settings())

    def device(self, port: str) -> str:
        """What a port leads to: two paths of one device give the same."""
        return port if self.detector is None else self.detector.device(port)


def bind(name: str, operation: Operation, params: Mapping[str, object]) -> dict[str, object]:
    """The keyword arguments `params` give `operation`. Raises Refused, naming the parameter, never its value."""
    known = {key: each for key, each in inspect.signature(operation).parameters.items() if key != "context"}
    if surplus := params.keys() - known.keys():
        raise Refused(f"{name} knows no {', '.join(sorted(key[:64] for key in surplus))}")
    missing = [key for key, each in known.items() if each.default is each.empty and key not in params]
    if missing:
        raise Refused(f"{name} needs {', '.join(missing)}")
    return {key: _read(name, key, known[key].annotation, value) for key, value in params.items()}


def _read(name: str, key: str, annotation: str, value: object) -> object:
    wanted = annotation.removesuffix(" | None")
    if value is None and wanted != annotation:
        return None
    word, reader = _READERS[wanted]
    try:
        return reader(value)
    except TypeError:
        raise Refused(f"{name}: {key} must be {word}") from None


def _exactly(kind: type[T]) -> Callable[[object], T]:
    def read(value: object) -> T:
        if type(value) is not kind:
            raise TypeError
        return value

    return read


_text: Final = _exactly(str)


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)):
        raise TypeError
    return tuple(_text(each) for each in value)


def _pairs(value: object) -> Mapping[str, str]:
    if not isinstance(value, dict):
        raise TypeError
    return {_text(key): _text(each) for key, each in value.items()}


_READERS: Final[Mapping[str, tuple[str, Callable[[object], object]]]] = {
    "str": ("a text", _text),
    "bool": ("true or false", _exactly(bool)),
    "int": ("a whole number", _exactly(int)),
    "tuple[str, ...]": ("a list of texts", _texts),
    "Mapping[str, str]": ("an object of texts", _pairs),
    "Secret[str]": ("a text", lambda value: Secret(_text(value))),
}
