"""The page docs/reference/modem-profiles.md, made from the profiles, their facts and the unsolicited lines they know.

Writes nothing: `otppi.cli.reference` does.
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Final

from otppi.at import tries
from otppi.at.profile import ModemProfile
from otppi.at.profiles.generic import GENERIC
from otppi.at.profiles.table import VENDORS
from otppi.at.tries import TriesQuery
from otppi.at.unsolicited import Tells, UrcPattern
from otppi.at.urc import KNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otppi.at.profile import Fact

PAGE: Final = Path("docs/reference/modem-profiles.md")

_HEAD: Final = """# Modem profiles

<!-- Written by `python -m otppi.cli.reference` from src/otppi/at/profiles and src/otppi/at/unsolicited.py. Do not edit
by hand. -->

What the gateway does differently for a family of modems, why, and where that is known from. A modem is asked who it is
(manufacturer, model, revision) when its port opens; the one profile whose pattern is found in `manufacturer / model /
revision` drives it, and the generic one every modem that none claims. What a modem itself offers (`AT+CNMI=?`,
`AT+CPMS=?`, `AT+CMMS=?`) comes before what is written here.

None of this was tried on hardware by us. What stands under *not verified* is general knowledge without a source that
could be named: it changes nothing. To add a family: [add a modem profile](../how-to/add-a-modem-profile.md).
"""

MEANS: Final[Mapping[str, str]] = {
    "matches": "the pattern that claims a modem",
    "urcs": "lines it says unasked, told before those that all are known to say",
    "quiet": "commands at the start that end needless news",
    "gates": "lines that say, after a start, that messages can be sent",
    "gate_seconds": "the longest wait for a modem that calls itself busy",
    "cnmi": "parameters of `AT+CNMI`, tried in order",
    "service": "what `AT+CSMS` is set to; under 1 reports must be acknowledged",
    "stores": "where received messages are kept, the preferred store first",
    "first_index": "the first place of a store",
    "sweeps": "a store is read place by place instead of with `AT+CMGL`",
    "keep_link": "`AT+CMMS` may keep the radio link between messages",
    "command_gap": "silence it needs before a command",
    "chunk": "octets it takes at once, 0 for any",
    "chunk_delay": "pause between such pieces",
    "prompt_timeout": "the longest wait for the prompt",
    "body_timeout": "the longest wait for the network's answer to a message",
    "smsc_octets": "PDUs begin with the SMS centre's address",
    "pin_tries": "how it is asked for the tries left to the PIN, in order",
    "iccid": "how it is asked for the SIM's number, before the card is read with `AT+CRSM`",
    "cms": "its own `+CMS ERROR` codes",
    "resets": "commands that restart it, the first that is taken; none: it is never restarted by command",
}
"""Each value a profile can have."""

_GENERIC: Final = """## generic

Claims nothing and serves every modem that no family claims, with the values of the first table: the standards, and
tolerance for what all makes are known to do. For the tries of a PIN it asks in all the ways below.
"""
_SECONDS: Final = frozenset({"gate_seconds", "command_gap", "chunk_delay", "prompt_timeout", "body_timeout"})
_TELLS: Final[Mapping[Tells, str]] = {
    Tells.RESTARTED: "the modem has restarted and forgotten its settings",
    Tells.SWITCHED_OFF: "it goes off",
    Tells.SUPPLY_FAILED: "it goes off because of its supply",
    Tells.SUPPLY_WARNING: "its supply is too weak or too strong",
    Tells.SIM: "its SIM may be another, or in another state",
    Tells.STORE_FULL: "a message store is full",
}


def render() -> str:
    """The page."""
    return "\n".join([_HEAD, _values(), *map(_family, VENDORS), _GENERIC, _tries(), _lines(KNOWN, "all modems")])


def _values() -> str:
    lines = [
        "## What a profile can say",
        "",
        "| Value | What it is | Unless a family says otherwise |",
        "| --- | --- | --- |",
    ]
    lines += [f"| `{name}` | {means} | {_shown(name, getattr(GENERIC, name))} |" for name, means in MEANS.items()]
    return "\n".join([*lines, ""])


def _family(profile: ModemProfile) -> str:
    pattern = profile.matches.pattern if profile.matches is not None else ""
    lines = [f"## {profile.name}", "", f"Claims what `{_cell(pattern)}` finds.", ""]
    lines += ["| Value | Here | Why | Source |", "| --- | --- | --- | --- |"]
    lines += [_fact(profile, fact) for fact in profile.facts]
    lines += ["", "Not verified:", "", *(f"- {sentence}" for sentence in profile.unverified), ""]
    return "\n".join([*lines, *_codes(profile), _lines(profile.urcs, profile.name)])


def _fact(profile: ModemProfile, fact: Fact) -> str:
    value = _shown(fact.field, getattr(profile, fact.field))
    return f"| `{fact.field}` | {value} | {_cell(fact.says)} | {_cell(fact.source)} |"


def _codes(profile: ModemProfile) -> list[str]:
    if not profile.cms:
        return []
    rows = [f"| {own.code} | {own.words} | `{own.meaning}` |" for own in profile.cms]
    return ["Its own errors:", "", "| +CMS ERROR | Words | Class |", "| --- | --- | --- |", *rows, ""]


def _tries() -> str:
    lines = ["## How the tries of a PIN are asked for", "", "| Command | Source |", "| --- | --- |"]
    return "\n".join([*lines, *(f"| `{query.text}` | {_cell(query.source)} |" for query in tries.ALL), ""])


def _lines(patterns: tuple[UrcPattern, ...], whose: str) -> str:
    """The unsolicited lines that lead to something, and the names of the others."""
    noise = sorted({f"`{pattern.name}`" for pattern in patterns if pattern.tells is None})
    lines = [f"### Lines of {whose}", "", "| Line | What it tells |", "| --- | --- |"]
    for tells, what in _TELLS.items():
        names = sorted({f"`{pattern.name}`" for pattern in patterns if pattern.tells is tells})
        lines += [f"| {', '.join(names)} | {what} |"] if names else []
    return "\n".join([*lines, f"| {', '.join(noise)} | nothing by itself; of some, what they hold is read |", ""])


def _shown(name: str, value: object) -> str:
    if name == "matches":
        return "above" if value is not None else "none"
    if name == "urcs":
        return "below" if value else "none"
    if name == "cms":
        return "below" if value else "none"
    if isinstance(value, tuple):
        return (
            ", ".join(f"`{_cell(each.text if isinstance(each, TriesQuery) else str(each))}`" for each in value)
            or "none"
        )
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g} s" if isinstance(value, float) and name in _SECONDS else _plain(value)


def _plain(value: object) -> str:
    return "left alone" if value is None else str(value)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def unexplained() -> frozenset[str]:
    """Values of a profile that the page does not explain; none, if it is whole."""
    return (
        frozenset(each.name for each in fields(ModemProfile) if each.init)
        - set(MEANS)
        - {"name", "facts", "unverified"}
    )
