"""What the doctor says of one thing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

Verdict = Literal["ok", "warning", "problem"]

_ORDER: Final[tuple[Verdict, ...]] = ("ok", "warning", "problem")


@dataclass(frozen=True, slots=True)
class Finding:
    """`says` is what was found; `remedy` what to do, empty where nothing is to be done."""

    check: str
    verdict: Verdict
    says: str
    remedy: str = ""


def worst(findings: Iterable[Finding]) -> Verdict:
    """The verdict on all of them."""
    return max((finding.verdict for finding in findings), key=_ORDER.index, default="ok")
