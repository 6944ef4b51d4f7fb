"""Final results: the line that ends a command. Whole lines only, so a text that contains OK ends nothing.

Standard ones: ITU-T V.250 5.7, 3GPP TS 27.007 9.2 (+CME ERROR), 3GPP TS 27.005 3.2.5 (+CMS ERROR).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from otppi.at.codes import code_for, words_for


class FinalKind(StrEnum):
    """How a command ended."""

    OK = "ok"
    ERROR = "error"
    CME = "cme"
    CMS = "cms"
    CALL = "call"


@dataclass(frozen=True, slots=True)
class Final:
    """One final result. `code` only for CME and CMS, None where the modem gave words nobody knows.

    `words` come from our tables, never from the modem.
    """

    kind: FinalKind
    code: int | None = None
    words: str = ""

    @property
    def ok(self) -> bool:
        """Whether the command succeeded."""
        return self.kind is FinalKind.OK


OK = Final(FinalKind.OK)
ERROR = Final(FinalKind.ERROR, words="error")

_WORDS = {
    "OK": OK,
    "ERROR": ERROR,
    "COMMAND NOT SUPPORT": Final(FinalKind.ERROR, words="command not supported"),  # Huawei E220, E1752
    "NA": Final(FinalKind.ERROR, words="not available"),  # Samsung Z810
    "TOO MANY PARAMETERS": Final(FinalKind.ERROR, words="too many parameters"),
}
_CALL_WORDS = {
    "NO CARRIER": Final(FinalKind.CALL, words="no carrier"),
    "NO DIALTONE": Final(FinalKind.CALL, words="no dial tone"),
    "NO ANSWER": Final(FinalKind.CALL, words="no answer"),
    "BUSY": Final(FinalKind.CALL, words="busy"),
}
_NUMERIC = {"0": OK, "4": ERROR}  # V.250 5.7.1, ATV0
_CODED = re.compile(r"\+(CM[ES]) ERROR:\s*(.*)")
_ODD_ERROR = re.compile(r"(?:MODEM ERROR|\+EXT ERROR):.*")  # Motorola EZX; some RIL modems


def read_final(line: str, *, numeric: bool = False, dialled: bool = False) -> Final | None:
    """The final result this line is, or None.

    `numeric`: ATV0 results count too (before ATV1 was accepted). `dialled`: call results end the command; without
    it they only tell of somebody's call and end nothing.
    """
    if (final := _WORDS.get(line)) is not None:
        return final
    if dialled and (line in _CALL_WORDS or line.startswith("CONNECT")):
        return _CALL_WORDS.get(line, OK)
    if numeric and line in _NUMERIC:
        return _NUMERIC[line]
    if coded := _CODED.fullmatch(line):
        return _coded(coded[1], coded[2].strip())
    return ERROR if _ODD_ERROR.fullmatch(line) else None


def _coded(word: str, value: str) -> Final:
    kind: Literal["cms", "cme"] = "cms" if word == "CMS" else "cme"
    code = int(value) if re.fullmatch(r"[0-9]{1,5}", value) else code_for(kind, value)
    return Final(FinalKind(kind), code, words_for(kind, code))
