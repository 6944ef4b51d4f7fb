"""What an account may do (decisions 3), and who is asking."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from otppi.domain.replies import Code, Refusal


class Right(StrEnum):
    """The rights of an account."""

    OTP = "otp"
    SMS = "sms"
    MAIL = "mail"
    BLOCK = "block"
    MODEMS = "modems"
    INBOX = "inbox"
    USSD = "ussd"


DEFAULT_RIGHTS: Final = frozenset({Right.OTP, Right.SMS, Right.MAIL, Right.BLOCK})
BROKERS: Final = "brokers"
"""The built-in account that subscribers have when none is named (decisions 3)."""
RESERVED_NAMES: Final = frozenset({BROKERS, "operator", "system"})
"""Built-in accounts; nobody signs in under these names."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, after authentication. `door` is `rest`, `rabbitmq`, ...: for the explanation, never for rights,
    but for `holds_back`: a door that acknowledges can keep an otp waiting for a modem, REST cannot."""

    account: str
    rights: frozenset[Right]
    door: str
    holds_back: bool = False
    strict_ids: bool = False
    short_codes: bool = False
    policy: str = ""


def permit(caller: Caller, right: Right) -> None:
    """The one check of rights for what is no command of the wire. Raises Refusal UNKNOWN_COMMAND, naming the right."""
    if right not in caller.rights:
        raise Refusal(Code.UNKNOWN_COMMAND, f"not permitted: the account has no right {right}")
