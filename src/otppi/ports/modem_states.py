"""Which state of a modem may follow which. `docs/modem-states.md` says when each change comes. Pure tables.

A line moves along `LINE`. The application shows `slow`, `quarantined` and `disabled` in place of what the line says:
`follows` knows both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otppi.ports.modem import ModemState as S

if TYPE_CHECKING:
    from collections.abc import Mapping

_AFTER_START: Final = frozenset({S.READY, S.SEARCHING, S.PIN_NEEDED, S.DEGRADED})

LINE: Final[Mapping[S, frozenset[S]]] = {
    S.ABSENT: frozenset({S.PROBING}),
    S.PROBING: frozenset({S.STARTING, S.DEGRADED, S.RESETTING, S.ABSENT}),
    S.STARTING: _AFTER_START | {S.PROBING, S.ABSENT},
    S.PIN_NEEDED: frozenset({S.READY, S.SEARCHING, S.DEGRADED, S.PROBING, S.RESETTING, S.ABSENT}),
    S.SEARCHING: frozenset({S.READY, S.STARTING, S.RESETTING, S.ABSENT}),
    S.READY: frozenset({S.BUSY, S.SEARCHING, S.STARTING, S.RESETTING, S.ABSENT}),
    S.BUSY: frozenset({S.READY, S.RESETTING, S.ABSENT}),
    S.DEGRADED: frozenset({S.READY, S.SEARCHING, S.PIN_NEEDED, S.STARTING, S.PROBING, S.RESETTING, S.ABSENT}),
    S.RESETTING: _AFTER_START | {S.BUSY, S.STARTING, S.PROBING, S.ABSENT},
}
"""What a line may tell after what. Every change is told by `LineEvents.changed`."""

SHOWN_ONLY: Final = frozenset({S.SLOW, S.QUARANTINED, S.DISABLED})
"""The states no line is in: the application decides them."""

_COVERS: Final[Mapping[S, frozenset[S]]] = {
    S.SLOW: frozenset({S.BUSY}),
    S.QUARANTINED: frozenset(S) - {S.DISABLED},
    S.DISABLED: frozenset(S),
}
"""What each of those may be shown in place of, directly after it was shown."""
_UNCOVERED: Final[Mapping[S, frozenset[S]]] = {
    S.SLOW: LINE[S.BUSY] | {S.BUSY},
    S.QUARANTINED: frozenset(LINE),
    S.DISABLED: frozenset({S.ABSENT}),
}


def follows(before: S, after: S) -> bool:
    """Whether `after` may be shown directly after `before`, another state."""
    if after in SHOWN_ONLY:
        return before in _COVERS[after]
    return after in (_UNCOVERED[before] if before in SHOWN_ONLY else LINE[before])
