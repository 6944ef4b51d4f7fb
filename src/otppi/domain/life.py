"""How long a message may live: from what the caller wrote and the settings, in seconds from now. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from otppi.domain.message import Class

if TYPE_CHECKING:
    from otppi.domain.commands import Stamp

OTP_CLASS_SECONDS: Final = 600.0
"""A plain SMS that lives no longer is of class otp (decisions 4)."""


@dataclass(frozen=True, slots=True)
class Life:
    """`seconds` are left, clamped to the longest life; zero or less: its time is over. `stated`: the caller set it."""

    seconds: float
    stated: bool

    @property
    def over(self) -> bool:
        """Whether it must not be sent any more."""
        return self.seconds <= 0


def life(stamp: Stamp, *, wall: float, trusted: bool, default: float, longest: float) -> Life:
    """The life of a message that arrives now.

    With a trusted clock it is `expiration` less the wall clock; else `expiration` less the caller's own
    `date_time`, which needs no clock of ours (without a `date_time`: `default`). Without `expiration`: `default`.
    """
    if stamp.expiration is None:
        return Life(min(default, longest), stated=False)
    start = wall if trusted else stamp.date_time
    seconds = default if start is None else stamp.expiration - start
    return Life(min(seconds, longest), stated=True)


def sms_class(life: Life) -> Class:
    """The class of a plain SMS: otp where the caller gave it at most ten minutes."""
    return Class.OTP if life.stated and 0 < life.seconds <= OTP_CLASS_SECONDS else Class.NORMAL
