"""What is asked of `/v1/verifications` and what is answered, free of any door. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from otppi.app.v1.linting import Remark
    from otppi.domain.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class WordingRequest:
    """How the text shall read; None takes the default: the template of `domain.wording`, the gateway's name, the
    settings `otp.expiration` and `otp.length`. `ttl` in seconds."""

    template: Secret[str] | None = None
    brand: str | None = field(default=None, repr=False)
    ttl: float | None = None
    length: int | None = None
    app_hash: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRequest:
    """A code to be made. `params` are what a check must repeat; `wait` and `end_user_ip` as in create-otp."""

    to: str = field(repr=False)
    wording: WordingRequest
    reference: str = ""
    params: tuple[str, ...] = field(default=(), repr=False)
    wait: float = 0.0
    end_user_ip: str = field(default="", repr=False)
    idempotency_key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class CarrierView:
    """The newest message that carries a code."""

    id: str
    status: str


@dataclass(frozen=True, slots=True)
class VerificationView:
    """The public record of a code. `to` is masked; times are gateway seconds; `next_resend_in` seconds, None for never;
    `feedback` None where nothing was told."""

    id: str
    status: str
    to: str
    reference: str
    created: float
    expires: float
    guesses_left: int
    sends: int
    next_resend_in: int | None
    message: CarrierView
    segments: int
    feedback: str | None


@dataclass(frozen=True, slots=True)
class Created:
    """`duplicate`: the same request came before, and nothing new was made."""

    record: VerificationView
    warnings: tuple[Remark, ...]
    duplicate: bool


@dataclass(frozen=True, slots=True)
class Checked:
    """`valid` exactly once: for the first right guess in time."""

    valid: bool
    status: str
    guesses_left: int


@dataclass(frozen=True, slots=True)
class SentAgain:
    """`resent` False: an earlier message of the code is still under way, and nothing new was made."""

    record: VerificationView
    resent: bool
