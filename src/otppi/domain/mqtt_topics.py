"""Topic names and filters (MQTT 5.0, 4.7 and 4.8.2), and the client id we make. Pure."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from otppi.domain.subscriber import Subscriber

_SHARED: Final = "$share/"
_NAME_MOST: Final = 8
_OCTETS_MOST: Final = 65_535


def is_shared(wanted: str) -> bool:
    """Whether the messages of this filter are dealt out among those who share it."""
    return wanted.startswith(_SHARED)


def is_name(topic: str) -> bool:
    """Whether something can be published to it; a broker may end the connection of who tries to with another."""
    return 0 < len(topic.encode(errors="replace")) <= _OCTETS_MOST and not set(topic) & set("+#\0")


def matches(wanted: str, topic: str) -> bool:
    """Whether a message of this topic belongs to this filter, shared or not."""
    if is_shared(wanted):
        wanted = "/".join(wanted.split("/")[2:])
    asked, levels = wanted.split("/"), topic.split("/")
    if topic.startswith("$") and asked[0] in ("+", "#"):
        return False
    if asked[-1] == "#":
        asked = asked[:-1]
        levels = levels[: len(asked)]
    return len(asked) == len(levels) and all(each in ("+", level) for each, level in zip(asked, levels, strict=True))


def client_id(subscriber: Subscriber) -> str:
    """The one that is set, or one of the subscriber's name, always the same: 23 characters, as many as every broker
    takes (3.1.1, 3.1.3.1)."""
    if subscriber.client_id:
        return subscriber.client_id
    name = re.sub(r"[^0-9A-Za-z]", "", subscriber.name)[:_NAME_MOST]
    return f"otppi-{name}-{hashlib.sha256(subscriber.name.encode()).hexdigest()[:8]}"
