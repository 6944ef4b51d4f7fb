"""The modems as the choice of the next message sees them in one moment; each is looked at once, when asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from otppi.domain.waiting import ModemView

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator


class Glance(Mapping[str, ModemView]):
    """True as long as nothing is awaited. Most questions are answered by the first modem that is able, so with many
    modems looking at all of them for each change would cost more than all else between two sends."""

    def __init__(self, names: Collection[str], look: Callable[[str], ModemView]) -> None:
        self._names = names
        self._look = look
        self._seen: dict[str, ModemView] = {}

    def __getitem__(self, name: str) -> ModemView:
        view = self._seen.get(name)
        if view is None:
            if name not in self._names:
                raise KeyError(name)
            view = self._seen[name] = self._look(name)
        return view

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def again(self, name: str) -> None:
        """This modem has changed: look at it anew."""
        self._seen.pop(name, None)
