"""Writes a masked talk as an `.at` file, in the format at the top of `otppi.testing.transcript`. Pure: text out.

The file plays the modem for whoever asks in another order, too: each thing the host says stands once in the table of
exchanges at any time, with its last answer. Where the modem first answered otherwise (busy, silent, searching), that
stands before it in order, once for each change.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, Final

from otppi.at.results import read_final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from otppi.modems.tape import Burst, Exchange

PAUSE_SECONDS: Final = 0.02
"""Shorter silences are not worth a line: a serial line makes them by itself."""

_ESCAPES: Final = {"\r": "\\r", "\n": "\\n", "\0": "\\0", "\\": "\\\\"}
_BODY: Final = re.compile(r"[0-9A-Fa-f]+\x1a")
_SUBMIT: Final = re.compile(r"AT\+CMGS=[0-9]+\r")
_STATE: Final = re.compile(r"\+(?:CPIN:\s*[^\r\n]*|C(?:5G|G|E)?REG:\s*\d\s*,\s*\d)")


def transcript(head: Sequence[str], exchanges: Sequence[Exchange]) -> str:
    """The file. `head`: lines of comment, without their sign."""
    opening, talk = exchanges[:1], [each for each in exchanges[1:] if each.host]
    ordered, anywhere = _sorted(talk)
    lines = [f"# {line}" for line in head]
    for each in opening:
        lines += _answers(each.bursts)
    for each in ordered:
        lines += _exchange(each)
    lines.append("= any")
    for each in anywhere:
        lines += _exchange(each)
    return "\n".join([*lines, ""])


def _sorted(talk: list[Exchange]) -> tuple[list[Exchange], list[Exchange]]:
    """What stands in order, and what stands in the table, both as they came first."""
    kept: dict[int, Exchange] = {}
    table: dict[str, Exchange] = {}
    places: dict[str, list[int]] = {}
    for place, each in enumerate(talk):
        places.setdefault(_written(each.host), []).append(place)
    for said, occurrences in places.items():
        runs = [list(run) for _, run in groupby(occurrences, lambda place: _outcome(talk[place]))]
        table[said] = talk[runs[-1][-1]]
        kept |= {run[0]: talk[run[0]] for run in runs[:-1]}
    return [kept[place] for place in sorted(kept)], list(table.values())


def _outcome(exchange: Exchange) -> tuple[str, ...]:
    """What makes an answer another one: its result, the state of the SIM or of registration; no figure, no noise."""
    octets = "".join(burst.octets for burst in exchange.bursts)
    lines = [line for line in re.split(r"[\r\n]+", octets) if line]
    finals = tuple(line for line in lines if read_final(line) is not None)
    return (*finals, *_STATE.findall(octets), "> " if octets.rstrip(" ").endswith(">") else "")


def _exchange(exchange: Exchange) -> Iterator[str]:
    yield f"> {_written(exchange.host)}"
    yield from _answers(exchange.bursts)


def _answers(bursts: Iterable[Burst]) -> Iterator[str]:
    said = ""
    for burst in bursts:
        if burst.seconds >= PAUSE_SECONDS:
            yield from _said(said)
            yield f"~ {burst.seconds:.2f}"
            said = ""
        said += burst.octets
    yield from _said(said)


def _said(octets: str) -> Iterator[str]:
    if octets:
        yield f"< {_escaped(octets)}"


def _written(host: str) -> str:
    """What the host said, with wildcards where every talk differs."""
    if _BODY.fullmatch(host):
        return "{pdu}\\x1a"
    return "AT+CMGS={len}\\r" if _SUBMIT.fullmatch(host) else _escaped(host)


def _escaped(octets: str) -> str:
    escaped = "".join(_ESCAPES.get(char) or (char if " " <= char <= "~" else f"\\x{ord(char):02x}") for char in octets)
    # An editor may take blanks off the end of a line.
    return escaped[:-1] + "\\x20" if escaped.endswith(" ") else escaped
