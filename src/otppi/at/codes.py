"""+CMS ERROR and +CME ERROR codes: their fixed words and what they mean for a sender. Pure tables.

Codes 0-127 are the RP causes of 3GPP TS 24.011 Annex E-2, 128-255 the TP failure causes of TS 23.040 9.2.3.22,
300-500 those of TS 27.005 3.2.5, 512 and up belong to the vendors, who contradict each other. +CME: TS 27.007 9.2.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping


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


CMS_WORDS: Mapping[int, str] = {
    1: "unassigned number",
    8: "operator determined barring",
    10: "call barred",
    17: "network failure",
    21: "short message transfer rejected",
    22: "memory capacity exceeded or congestion",
    27: "destination out of service",
    28: "unidentified subscriber",
    29: "facility rejected",
    30: "unknown subscriber",
    38: "network out of order",
    41: "temporary failure",
    42: "congestion",
    47: "resources unavailable",
    50: "requested facility not subscribed",
    69: "requested facility not implemented",
    81: "invalid short message transfer reference value",
    95: "invalid message, unspecified",
    96: "invalid mandatory information",
    97: "message type non-existent or not implemented",
    98: "message not compatible with protocol state",
    99: "information element non-existent or not implemented",
    111: "protocol error, unspecified",
    127: "interworking, unspecified",
    128: "telematic interworking not supported",
    129: "short message type 0 not supported",
    130: "cannot replace short message",
    143: "unspecified protocol identifier error",
    144: "data coding scheme not supported",
    145: "message class not supported",
    159: "unspecified data coding scheme error",
    160: "command cannot be actioned",
    161: "command unsupported",
    175: "unspecified command error",
    176: "TPDU not supported",
    192: "SMS centre busy",
    193: "no SMS centre subscription",
    194: "SMS centre system failure",
    195: "invalid address",
    196: "destination barred",
    197: "rejected as a duplicate",
    198: "validity period format not supported",
    199: "validity period not supported",
    208: "SIM message storage full",
    209: "no message storage in SIM",
    210: "error in mobile equipment",
    211: "memory capacity exceeded",
    212: "SIM application toolkit busy",
    213: "SIM data download error",
    255: "unspecified error cause",
    300: "mobile equipment failure",
    301: "SMS service of the modem reserved",
    302: "operation not allowed",
    303: "operation not supported",
    304: "invalid PDU mode parameter",
    305: "invalid text mode parameter",
    310: "SIM not inserted",
    311: "SIM PIN required",
    312: "PH-SIM PIN required",
    313: "SIM failure",
    314: "SIM busy",
    315: "SIM wrong",
    316: "SIM PUK required",
    317: "SIM PIN2 required",
    318: "SIM PUK2 required",
    320: "memory failure",
    321: "invalid memory index",
    322: "memory full",
    330: "SMSC address unknown",
    331: "no network service",
    332: "network timeout",
    340: "no acknowledgement expected",
    500: "unknown error",
}

CME_WORDS: Mapping[int, str] = {
    0: "phone failure",
    1: "no connection to phone",
    2: "phone-adaptor link reserved",
    3: "operation not allowed",
    4: "operation not supported",
    5: "PH-SIM PIN required",
    6: "PH-FSIM PIN required",
    7: "PH-FSIM PUK required",
    10: "SIM not inserted",
    11: "SIM PIN required",
    12: "SIM PUK required",
    13: "SIM failure",
    14: "SIM busy",
    15: "SIM wrong",
    16: "incorrect password",
    17: "SIM PIN2 required",
    18: "SIM PUK2 required",
    20: "memory full",
    21: "invalid index",
    22: "not found",
    23: "memory failure",
    24: "text string too long",
    25: "invalid characters in text string",
    26: "dial string too long",
    27: "invalid characters in dial string",
    30: "no network service",
    31: "network timeout",
    32: "network not allowed, emergency calls only",
    40: "network personalisation PIN required",
    41: "network personalisation PUK required",
    42: "network subset personalisation PIN required",
    43: "network subset personalisation PUK required",
    44: "service provider personalisation PIN required",
    45: "service provider personalisation PUK required",
    46: "corporate personalisation PIN required",
    47: "corporate personalisation PUK required",
    48: "hidden key required",
    50: "incorrect parameters",
    100: "unknown error",
    103: "illegal mobile station",
    106: "illegal mobile equipment",
    107: "GPRS services not allowed",
    111: "PLMN not allowed",
    112: "location area not allowed",
    113: "roaming not allowed in this location area",
    515: "please wait, the modem is busy",
}

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
    ErrorClass.MESSAGE: (24, 25, 50),
    ErrorClass.SIM: (10, 13, 15, 103, 106, 107, 111, 112, 113),
    ErrorClass.PIN: (5, 6, 7, 11, 12, 16, 17, 18, *range(40, 49)),
    ErrorClass.NO_NETWORK: (30, 32),
    ErrorClass.MAYBE_SENT: (31,),
    ErrorClass.MODEM: (0, 1, 4),
    ErrorClass.BUSY: (2, 3, 14, 515),
    ErrorClass.STORAGE: (20, 21, 22, 23),
}


def _by_code(classes: Mapping[ErrorClass, tuple[int, ...]]) -> Mapping[int, ErrorClass]:
    return {code: error_class for error_class, codes in classes.items() for code in codes}


_CMS_CLASS = _by_code(_CLASSES)
_CME_CLASS = _by_code(_CME_CLASSES)


def classify(kind: Literal["cms", "cme", "error"], code: int | None) -> ErrorClass:
    """The class of a refusal; UNKNOWN for a bare ERROR, for vendors' own codes and for codes nobody defined."""
    if code is None or kind == "error":
        return ErrorClass.UNKNOWN
    return (_CMS_CLASS if kind == "cms" else _CME_CLASS).get(code, ErrorClass.UNKNOWN)


def code_by_words(table: Mapping[int, str], words: str) -> int | None:
    """The code whose words a modem with CMEE=2 wrote, or None. Case and punctuation do not count."""
    wanted = _plain(words)
    return next((code for code, known in table.items() if _plain(known) == wanted), None)


def _plain(words: str) -> str:
    return "".join(letter for letter in words.lower() if letter.isalnum())
