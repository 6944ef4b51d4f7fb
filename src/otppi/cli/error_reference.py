"""The page docs/reference/errors.md, made from the error tables and from what the delivery does with each class.

Writes nothing: `otppi.cli.reference` does.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

from otppi.app import verdicts
from otppi.at import error_words
from otppi.at.codes import UNKNOWN_WORDS, VENDOR_WORDS, ErrorClass, Kind, classify
from otppi.at.profiles.table import VENDORS
from otppi.domain import retry
from otppi.domain.retry import Remedy
from otppi.ports.modem import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from otppi.at.error_words import Clause

PAGE: Final = Path("docs/reference/errors.md")

_HEAD: Final = f"""# Errors of modems and networks

<!-- Written by `python -m otppi.cli.reference` from src/otppi/at/error_words.py and src/otppi/at/codes.py. Do not edit
by hand. -->

What a modem answers instead of sending, in its words and in ours. `otppi message show`, the `error` of
`GET /v1/messages/{{id}}` and the history show code and words: `+CMS ERROR 316: SIM PUK required`. Words that a modem
writes instead of a number are matched with these tables; what they do not hold shows as `{UNKNOWN_WORDS}`.

The class decides what the gateway does. What it does before the text was handed to the modem is the same, but for the
classes `accepted` and `maybe_sent`, which are then tried again like `network`: nothing can be on the air.

## Classes
"""
_MEANS: Final[Mapping[ErrorClass, str]] = {
    ErrorClass.NUMBER: "the receiver's number is wrong or barred",
    ErrorClass.MESSAGE: "our message or its parameters, or an SMS centre that does not take them",
    ErrorClass.REJECTED: "refused over this SIM for a reason nobody tells: often no credit, or spam protection",
    ErrorClass.SIM: "this SIM is barred, unknown, missing or broken",
    ErrorClass.PIN: "the SIM or the modem waits for a PIN or PUK",
    ErrorClass.NETWORK: "the network, for a moment",
    ErrorClass.NETWORK_SLOW: "the network, for longer",
    ErrorClass.NO_NETWORK: "the modem is not registered",
    ErrorClass.MAYBE_SENT: "the network did not answer: the message may have gone out",
    ErrorClass.MODEM: "the modem itself",
    ErrorClass.BUSY: "the modem or its SIM is not ready yet",
    ErrorClass.STORAGE: "a message store is full or broken",
    ErrorClass.SMSC: "no SMS centre number: set `smsc` of the modem",
    ErrorClass.ACCEPTED: "the SMS centre has this very message already",
    ErrorClass.UNKNOWN: "nothing can be told",
}
_DOES: Final[Mapping[Remedy, str]] = {
    Remedy.ACCEPTED: "counts it as sent (edge d)",
    Remedy.FAIL: "ends it at once (edge h)",
    Remedy.RETRY_ONCE: "tries once more, elsewhere if possible; then ends it (edge h)",
    Remedy.OTHER_SIM_ONCE: "lets one other SIM try; ends it if there is none or that one refuses too (edge h)",
    Remedy.OTHER_SIM: "gives it to another modem, at once or when one can; ends it if there is none (edge h)",
    Remedy.OTHER_MODEM: "gives it to another modem at once, else waits {later} s; this modem rests 5 s",
    Remedy.LATER: "gives it to another modem at once, else waits {later} s",
    Remedy.CONGESTED: "gives it to another modem at once, else waits {congested} s; this modem rests 10 s",
    Remedy.MUCH_LATER: "gives it to another modem at once, else waits {much_later} s",
    Remedy.SOON: "gives it to another modem at once, else waits {soon} s; this modem rests 1 s",
    Remedy.DOUBT: "takes it as in doubt (edge j): the policy decides",
}


def render() -> str:
    """The page."""
    return "\n".join(
        [_HEAD, *_classes(), *_codes("cms", error_words.CMS), *_codes("cme", error_words.CME), *_vendors()]
    )


def _classes() -> Iterator[str]:
    yield from ("| Class | What is wrong | What the gateway does |", "| --- | --- | --- |")
    for error_class in ErrorClass:
        remedy = verdicts.remedy_for(Refused("error", None, "", error_class))
        yield f"| `{error_class}` | {_MEANS[error_class]} | {_deed(remedy)} |"
    congested = ", ".join(str(code) for code in sorted(verdicts.CONGESTION))
    yield from (
        "",
        f"Of `network`, +CMS ERROR {congested} tell of congestion: the gateway {_deed(Remedy.CONGESTED)}.",
        "",
    )


def _deed(remedy: Remedy) -> str:
    return _DOES[remedy].format(
        later=_seconds(retry.DELAYS),
        much_later=_seconds(retry.SLOW_DELAYS),
        congested=_seconds(retry.CONGESTED_DELAYS),
        soon=f"{retry.BUSY_DELAY:g}",
    )


def _seconds(delays: tuple[float, ...]) -> str:
    return ", ".join(f"{delay:g}" for delay in delays)


def _codes(kind: Kind, clauses: tuple[Clause, ...]) -> Iterator[str]:
    yield from (f"## +{kind.upper()} ERROR", "", "| Code | Words | Class | Source |", "| --- | --- | --- | --- |")
    rows = sorted(row for clause in clauses for row in _rows(kind, clause))
    yield from (f"| {_span(codes)} | {words} | `{meaning}` | {source} |" for codes, words, meaning, source in rows)
    yield from (
        "",
        f"Any other code shows as `{UNKNOWN_WORDS}`, from 512 on as `{VENDOR_WORDS}`; its class is `unknown`.",
        "",
    )


def _rows(kind: Kind, clause: Clause) -> Iterator[tuple[tuple[int, int], str, str, str]]:
    for code, words in clause.words.items():
        yield (code, code), words, classify(kind, code), clause.source
    for codes, words in (clause.reserved or {}).items():
        for meaning, run in groupby(codes, lambda code: classify(kind, code)):
            numbers = list(run)
            yield (numbers[0], numbers[-1]), words, meaning, clause.source


def _span(codes: tuple[int, int]) -> str:
    first, last = codes
    return str(first) if first == last else f"{first}-{last}"


def _vendors() -> Iterator[str]:
    yield from (
        "## Codes of the makers",
        "",
        "From 512 on a code means what its maker wants. Known of these families:",
        "",
    )
    yield from ("| Family | Code | Words | Class |", "| --- | --- | --- | --- |")
    for profile in VENDORS:
        for each in profile.cms:
            yield f"| {profile.name} | {each.code} | {each.words} | `{each.meaning}` |"
    yield ""
