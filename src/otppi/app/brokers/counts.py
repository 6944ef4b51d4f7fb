"""What is told of one subscriber: its state in words, and what it has brought."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

State = Literal["off", "connecting", "connected", "waiting", "trouble"]
"""`waiting`: connected, and messages wait at the broker because the gateway cannot promise anything for them now."""


@dataclass(slots=True)
class Standing:
    """`since`: gateway seconds of the last change of `link`. `words`: what is wrong, or what is waited for. Counts are
    since the start of the gateway: `taken` for good, `refused` by response code, `lost` where nothing could wait,
    `unanswered` replies that could not be given."""

    link: State = "off"
    since: float = 0.0
    words: str = ""
    taken: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    waiting: int = 0
    unanswered: int = 0

    @property
    def state(self) -> State:
        """The link's state, or `waiting`."""
        return "waiting" if self.link == "connected" and self.waiting else self.link

    def shown(self) -> Mapping[str, Any]:
        """As JSON values, for the owner."""
        return {
            "state": self.state,
            "since": self.since,
            "words": self.words,
            "taken": self.taken,
            "refused": sum(self.refused.values()),
            "lost": self.lost,
            "waiting": self.waiting,
            "unanswered": self.unanswered,
        }
