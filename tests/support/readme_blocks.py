"""The README's own requests, to the letter, and what they say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

BLOCKS: Final[list[dict[str, str]]] = json.loads(
    (Path(__file__).parents[1] / "data/readme_blocks.json").read_text(encoding="utf-8")
)
REQUESTS: Final = [block for block in BLOCKS if block["name"].endswith("Request")]
GROUPS: Final = tuple(dict.fromkeys(block["name"].partition(":")[0] for block in REQUESTS))
README_DAY: Final = 1629685780
"""Two seconds after the README's `date_time`."""
DATE_TIME, EXPIRATION = 1629685778, 1629685838
PHONE: Final = "628126666666"
RECEIVER: Final = "08126666666"
REFERENCE: Final = "12345678901234567890"


def kind(block: dict[str, str]) -> str:
    """What a block is, whichever part of the README it stands in."""
    return block["name"].partition(": ")[2].removesuffix(" Request")


def blocks_of(group: str) -> list[dict[str, str]]:
    """The requests of one part of the README, in its order."""
    return [block for block in REQUESTS if block["name"].startswith(f"{group}:")]


def moved(body: str, now: int) -> str:
    """A block with only its times moved: asked now, and of use for a minute."""
    return body.replace(str(DATE_TIME), str(now)).replace(str(EXPIRATION), str(now + 60))
