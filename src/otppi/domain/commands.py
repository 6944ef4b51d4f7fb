"""What a caller can ask for, independent of the door it came through.

`wire` turns JSON into these; `app.gateway` matches over them, closed. Texts and codes are `Secret`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from otppi.domain.rights import Right

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otppi.domain.secret import Secret


@dataclass(frozen=True, slots=True)
class Stamp:
    """The caller's own times, as it wrote them: Unix seconds (milliseconds already divided), None where absent."""

    date_time: float | None = None
    expiration: float | None = None


@dataclass(frozen=True, slots=True)
class CreateOtp:
    """Make a code, send it, remember what it is bound to. `message` holds exactly one `%s`; `end_user` is the line of
    the end user's address (`domain.end_user`), empty where it was not told."""

    reference: str
    receiver: str
    message: Secret[str]
    params: tuple[str, str, str, str]
    stamp: Stamp
    subject: str = ""
    wait: float = 0.0
    end_user: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ValidateOtp:
    """Check a code against its reference and everything it is bound to.

    `otp_was_number`: the code came as a JSON number, so leading zeros may be missing; it is then padded with zeros
    on the left to the length of the code (decisions 2)."""

    reference: str
    receiver: str
    otp: Secret[str]
    params: tuple[str, str, str, str]
    stamp: Stamp
    otp_was_number: bool = False


@dataclass(frozen=True, slots=True)
class ResendOtp:
    """Send the same code once more."""

    reference: str


@dataclass(frozen=True, slots=True)
class Redelivery:
    """How a request that a broker may bring again is told. `key` names it at every delivery. `again`: this may not be
    its first one; if it is the first, whatever is remembered of the key is about an older request."""

    key: str = field(repr=False)
    again: bool


@dataclass(frozen=True, slots=True)
class SendSms:
    """Send a text. `client_id` is the documented `id` as text, `idempotency_key` the HTTP header, `redelivery` a
    broker's."""

    receiver: str
    message: Secret[str]
    stamp: Stamp
    client_id: str = ""
    reference: str = ""
    idempotency_key: str = ""
    wait: float = 0.0
    redelivery: Redelivery | None = None


@dataclass(frozen=True, slots=True)
class SendEmail:
    """Send an e-mail."""

    receiver: str
    subject: str
    message: Secret[str]
    stamp: Stamp
    client_id: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class BlockNumber:
    """Put a number on the block list. `date_time` is the caller's, in Unix seconds, for the answer only."""

    receiver: str
    date_time: float | None = None


@dataclass(frozen=True, slots=True)
class UnblockNumber:
    """Make a number's row on the block list inactive; `date_time` as in BlockNumber."""

    receiver: str
    date_time: float | None = None


@dataclass(frozen=True, slots=True)
class RequestUssd:
    """Dial a USSD code on one modem."""

    ussd_code: str
    modem: str


@dataclass(frozen=True, slots=True)
class ListModems:
    """The modems and their states."""


@dataclass(frozen=True, slots=True)
class Echo:
    """Give the request back."""

    document: Mapping[str, Any] = field(repr=False)


Command = (
    CreateOtp
    | ValidateOtp
    | ResendOtp
    | SendSms
    | SendEmail
    | BlockNumber
    | UnblockNumber
    | RequestUssd
    | ListModems
    | Echo
)


@dataclass(frozen=True, slots=True)
class Word:
    """One command name of the wire: the right it needs (None: any account), whether the README names it (then
    success is `000`, else `0000`), and the name whose fields it shares."""

    right: Right | None
    documented: bool
    same_as: str = ""


COMMAND_WORDS: Final[Mapping[str, Word]] = {
    "create-otp": Word(Right.OTP, documented=True),
    "validate-otp": Word(Right.OTP, documented=True),
    "send-sms": Word(Right.SMS, documented=True),
    "send-email": Word(Right.MAIL, documented=True),
    "block-msisdn": Word(Right.BLOCK, documented=True),
    "unblock-msisdn": Word(Right.BLOCK, documented=True),
    "request-otp": Word(Right.OTP, documented=False, same_as="create-otp"),
    "verify-otp": Word(Right.OTP, documented=False, same_as="validate-otp"),
    "send-mail": Word(Right.MAIL, documented=False, same_as="send-email"),
    "send-message": Word(Right.SMS, documented=False),
    "resend-otp": Word(Right.OTP, documented=False),
    "request-ussd": Word(Right.USSD, documented=False),
    "get-modem-list": Word(None, documented=False),
    "echo": Word(None, documented=False),
}
"""Every command a door understands (decisions 2). `send-message` is an SMS, or an e-mail where the receiver holds
an `@` (it then needs the right `mail`)."""
