"""+CMS ERROR and +CME ERROR: what each code means for a sender, and how it is shown. Pure decisions over tables.

The words stand in `error_words`. Codes 0-127 are the RP causes of 3GPP TS 24.011 E-2, 128-255 the TP failure causes of
TS 23.040 9.2.3.22, 300-500 those of TS 27.005 3.2.5; 512 and up belong to the vendors, who contradict each other.
+CME: TS 27.007 9.2. The classes follow what these clauses say of a cause, and what gateways in the field learned of it.
"""

from __future__ import annotations

import re
from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING, Final, Literal

from otppi.at import error_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from otppi.at.error_words import Clause

Kind = Literal["cms", "cme", "error"]
"""`error` is a bare ERROR, or one of the words some modems write instead."""


class ErrorClass(StrEnum):
    """What a refusal means for the sender; what to do about it is decided elsewhere."""

    NUMBER = "number"  # the receiver's number: permanent
    MESSAGE = "message"  # our PDU or its parameters: permanent
    REJECTED = "rejected"  # refused over this SIM for a reason kept secret: one other SIM may try
    SIM = "sim"  # this SIM is barred, unknown or broken
    PIN = "pin"  # the SIM waits for its PIN or PUK
    NETWORK = "network"  # temporary, seconds
    NETWORK_SLOW = "network_slow"  # temporary, a minute and more
    NO_NETWORK = "no_network"  # not registered: wait for registration
    MAYBE_SENT = "maybe_sent"  # the network did not answer: it may have gone out
    MODEM = "modem"  # the modem itself is at fault
    BUSY = "busy"  # the modem or SIM is not ready yet: a few seconds
    STORAGE = "storage"  # a message store is full or broken
    SMSC = "smsc"  # no SMS centre number
    ACCEPTED = "accepted"  # the SMS centre has this very message already
    UNKNOWN = "unknown"  # nothing can be told; treat as temporary, twice


FIRST_VENDOR_CODE: Final = 512
UNKNOWN_WORDS: Final = "unknown error"
VENDOR_WORDS: Final = "vendor-specific error"

_CLAUSES: Final[Mapping[Kind, tuple[Clause, ...]]] = {"cms": error_words.CMS, "cme": error_words.CME, "error": ()}
_SPELLINGS: Final = {"cms": error_words.CMS_SPELLINGS, "cme": error_words.CME_SPELLINGS}


def _merged(clauses: Iterable[Clause]) -> Mapping[int, str]:
    return dict(chain.from_iterable(clause.words.items() for clause in clauses))


CMS_WORDS: Mapping[int, str] = _merged(error_words.CMS)
CME_WORDS: Mapping[int, str] = _merged(error_words.CME)

_CLASSES: Mapping[ErrorClass, tuple[int, ...]] = {
    ErrorClass.NUMBER: (1, 195, 196),
    ErrorClass.MESSAGE: (81, *range(95, 100), 111, 127, *range(128, 192), 198, 199, 304, 305),
    ErrorClass.REJECTED: (21,),
    ErrorClass.SIM: (8, 10, 28, 29, 30, 50, 69, 193, 310, 313, 315),
    ErrorClass.PIN: (311, 312, 316, 317, 318),
    ErrorClass.NETWORK: (17, 22, 41, 42, 47, 192, 194),
    ErrorClass.NETWORK_SLOW: (27, 38),
    ErrorClass.NO_NETWORK: (331,),
    ErrorClass.MAYBE_SENT: (332,),
    ErrorClass.MODEM: (213, 300, 303),
    ErrorClass.BUSY: (212, 301, 302, 314),
    ErrorClass.STORAGE: (*range(208, 212), 320, 321, 322),
    ErrorClass.SMSC: (330,),
    ErrorClass.ACCEPTED: (197,),
}
_CME_CLASSES: Mapping[ErrorClass, tuple[int, ...]] = {
    ErrorClass.MESSAGE: (24, 25, 50, 58, 59, 61),
    ErrorClass.SIM: (10, 13, 15, 56, 62, 102, 103, *range(106, 109), *range(111, 115), 125, 132, 133, 160, 177, 189),
    ErrorClass.PIN: (5, 6, 7, 11, 12, 16, 17, 18, *range(40, 49)),
    ErrorClass.NETWORK: (*range(116, 120), 122, 126, 134, 139, 182, 190, 204),
    ErrorClass.NO_NETWORK: (30, 32, 53, 54, 104, 109, 110, 115),
    ErrorClass.MAYBE_SENT: (31,),
    ErrorClass.MODEM: (0, 1, 4, 51, 55, 60, 105),
    ErrorClass.BUSY: (2, 3, 14, 52, 57, 515),
    ErrorClass.STORAGE: (20, 21, 22, 23),
}


def _by_code(classes: Mapping[ErrorClass, tuple[int, ...]]) -> Mapping[int, ErrorClass]:
    return {code: error_class for error_class, codes in classes.items() for code in codes}


_CMS_CLASS = _by_code(_CLASSES)
_CME_CLASS = _by_code(_CME_CLASSES)


def classify(kind: Kind, code: int | None) -> ErrorClass:
    """The class of a refusal; UNKNOWN for a bare ERROR, for vendors' own codes and for codes nobody defined.

    TS 24.011 asks to take an RP cause that it does not list as 41, a temporary failure: UNKNOWN is treated like it.
    """
    if code is None or kind == "error":
        return ErrorClass.UNKNOWN
    return (_CMS_CLASS if kind == "cms" else _CME_CLASS).get(code, ErrorClass.UNKNOWN)


def words_for(kind: Kind, code: int | None) -> str:
    """The fixed words of a code: never empty, never the modem's own."""
    if code is None:
        return UNKNOWN_WORDS
    found = (clause.words_for(code) for clause in _CLAUSES[kind])
    other = VENDOR_WORDS if code >= FIRST_VENDOR_CODE else UNKNOWN_WORDS
    return next((words for words in found if words is not None), other)


def source_of(kind: Kind, code: int) -> str:
    """The clause that gives a code its words; empty where nobody does."""
    found = (clause.source for clause in _CLAUSES[kind] if clause.words_for(code) is not None)
    return next(found, "")


def code_for(kind: Kind, words: str) -> int | None:
    """The code whose words a modem with AT+CMEE=2 wrote, None for words nobody knows.

    Case, punctuation, `(U)SIM` for SIM and American spelling do not count, nor does a cause in brackets: `(#3)`.
    """
    wanted = _plain(words)
    return _BY_WORDS[kind].get(wanted) if wanted else None


def shown(kind: Kind, code: int | None, words: str) -> str:
    """An error as every surface shows it: `+CMS ERROR 316: SIM PUK required`."""
    if kind == "error":
        return "ERROR" if words in ("", "error") else f"ERROR: {words}"
    return f"+{kind.upper()} ERROR{'' if code is None else f' {code}'}: {words}"


def _plain(words: str) -> str:
    letters = "".join(letter for letter in re.sub(r"\(#\d+\)", "", words).lower() if letter.isalnum())
    for there, here in (("usim", "sim"), ("ization", "isation"), ("ized", "ised"), ("gment", "gement")):
        letters = letters.replace(there, here)
    return letters


def _by_words(kind: Kind) -> Mapping[str, int]:
    spelt = _SPELLINGS[kind].items()
    named = ((words, code) for clause in _CLAUSES[kind] for code, words in clause.words.items())
    return {_plain(words): code for words, code in chain(spelt, named)}


_BY_WORDS: Final[Mapping[Kind, Mapping[str, int]]] = {"cms": _by_words("cms"), "cme": _by_words("cme"), "error": {}}
