"""What a text becomes on the air, before it is sent. Nothing is stored, and no number is needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from otppi.app.v1.orders import clean_text
from otppi.pdu import gsm7, split
from otppi.pdu.dcs import Alphabet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from otppi.app.configuration import Configuration
    from otppi.domain.secret import Secret

TOLD_CHARACTERS: Final = 100
"""Of so many different characters it is told that they force UCS-2."""


@dataclass(frozen=True, slots=True)
class Preview:
    """How a text is cut. `units` are septets (gsm7) or 16-bit units (ucs2): those of the last segment, and how many
    more fit into it as things are. `parts` are the characters of each segment. `forcing` are the characters outside the
    GSM alphabet, each once, in their order. `fits`: it is no longer than `sms.max_segments` allows."""

    encoding: Literal["gsm7", "ucs2"]
    characters: int
    segments: int
    units_used: int
    units_left: int
    parts: tuple[int, ...]
    forcing: tuple[str, ...]
    fits: bool


class Previews:
    """Previews texts by the settings in force."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration

    def show(self, text: Secret[str]) -> Preview:
        """See `preview`."""
        return preview(text, self._configuration.settings.max_segments)


def preview(text: Secret[str], most_segments: int) -> Preview:
    """The text as `POST /v1/messages` would send it. Raises Refusal INVALID."""
    shown = clean_text(text).reveal()
    cut = split.split(shown)
    wide = cut.alphabet is Alphabet.UCS2
    used = len(cut.segments[-1].payload) // (2 if wide else 1)
    forcing = (char for char in dict.fromkeys(shown) if not gsm7.is_gsm7(char)) if wide else iter(())
    return Preview(
        encoding="ucs2" if wide else "gsm7",
        characters=len(shown),
        segments=len(cut.segments),
        units_used=used,
        units_left=_room(cut.segments, wide=wide) - used,
        parts=tuple(len(segment.text) for segment in cut.segments),
        forcing=tuple(forcing)[:TOLD_CHARACTERS],
        fits=len(cut.segments) <= most_segments,
    )


def _room(segments: Sequence[object], *, wide: bool) -> int:
    alone, part = (split.UCS2_ALONE, split.UCS2_PART) if wide else (split.GSM7_ALONE, split.GSM7_PART)
    return alone if len(segments) == 1 else part
