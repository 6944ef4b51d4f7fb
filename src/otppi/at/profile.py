"""What one family of modems does differently, as frozen values. When and how they are used is not said here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from otppi.at.urc import KNOWN, UrcPattern

if TYPE_CHECKING:
    import re


@dataclass(frozen=True, slots=True)
class ModemProfile:
    """The oddities of one family. The defaults are those of a modem that follows the standards.

    `matches` is searched in `manufacturer / model / revision`; None only for the generic profile, which never
    claims a modem. `urcs`: what the family says unasked. `cnmi`: parameters of AT+CNMI (3GPP TS 27.005 3.4.1), tried
    in order until one is accepted. `stores`: order of preference for received messages. `keep_link`: AT+CMMS may be
    used. `command_gap`: seconds of silence the modem needs before a command. `prompt_timeout` and `body_timeout` in
    seconds, the latter 65 to 300 and never shorter than the maker's own limit. `smsc_octets`: PDUs begin with the
    SMSC address, which some phones of GSM phase 1 do not take.
    """

    name: str
    matches: re.Pattern[str] | None = None
    urcs: tuple[UrcPattern, ...] = KNOWN
    cnmi: tuple[str, ...] = ("2,1,0,1,0", "2,1,2,2,0", "2,1,2,0,0", "1,1,0,1,0", "1,1,0,0,0")
    stores: tuple[str, ...] = ("ME", "MT", "SM")
    keep_link: bool = True
    command_gap: float = 0.0
    prompt_timeout: float = 10.0
    body_timeout: float = 150.0
    smsc_octets: bool = True

    def __post_init__(self) -> None:
        if not 65 <= self.body_timeout <= 300:
            raise ValueError(f"{self.name}: the body time limit is 65 to 300 seconds")

    def claims(self, maker: str) -> bool:
        """Whether this is the profile of a modem that calls itself `maker`."""
        return self.matches is not None and self.matches.search(maker) is not None
