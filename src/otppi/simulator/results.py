"""Final results in words and numbers (V.250 5.7, 3GPP TS 27.007 9.2, 27.005 3.2.5). Pure; knows no modem state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otppi.simulator.errors import AtRefusal, EquipmentRefusal, MessageRefusal, NoCarrier, OtherResult

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otppi.simulator.family import Family

NUMERIC = {"OK": "0", "CONNECT": "1", "RING": "2", "NO CARRIER": "3", "ERROR": "4", "BUSY": "7", "NO ANSWER": "8"}
"""Result codes of ATV0 (V.250 table 1)."""

CME_WORDS = {
    0: "phone failure", 3: "operation not allowed", 4: "operation not supported",
    10: "SIM not inserted", 11: "SIM PIN required", 12: "SIM PUK required", 13: "SIM failure",
    14: "SIM busy", 15: "SIM wrong", 16: "incorrect password", 20: "memory full", 21: "invalid index",
    22: "not found", 23: "memory failure", 24: "text string too long", 25: "invalid characters in text string",
    26: "dial string too long", 30: "no network service", 31: "network timeout",
    32: "network not allowed - emergency calls only", 50: "Incorrect parameters", 100: "unknown",
    103: "Illegal MS", 106: "Illegal ME", 111: "PLMN not allowed",
}  # fmt: skip

CMS_WORDS = {
    1: "Unassigned (unallocated) number", 8: "Operator determined barring", 10: "Call barred",
    17: "Network failure", 21: "Short message transfer rejected", 22: "Memory capacity exceeded",
    27: "Destination out of service", 28: "Unidentified subscriber", 29: "Facility rejected",
    30: "Unknown subscriber", 38: "Network out of order", 41: "Temporary failure", 42: "Congestion",
    47: "Resources unavailable, unspecified", 50: "Requested facility not subscribed",
    69: "Requested facility not implemented", 96: "Invalid mandatory information",
    300: "ME failure", 301: "SMS service of ME reserved", 302: "operation not allowed",
    303: "operation not supported", 304: "invalid PDU mode parameter", 305: "invalid text mode parameter",
    310: "SIM not inserted", 311: "SIM PIN required", 312: "PH-SIM PIN required", 313: "SIM failure",
    314: "SIM busy", 315: "SIM wrong", 316: "SIM PUK required", 320: "memory failure",
    321: "invalid memory index", 322: "memory full", 330: "SMSC address unknown", 331: "no network service",
    332: "network timeout", 340: "no +CNMA acknowledgement expected", 500: "unknown error",
}  # fmt: skip


def final_result(refusal: AtRefusal, cmee: int, family: Family) -> str:
    """The final result of a refusal. `cmee` is +CMEE; +CMS ERROR depends on it as the family says."""
    if isinstance(refusal, EquipmentRefusal):
        told = cmee or refusal.code in family.always_told
        return f"+CME ERROR: {_code(refusal.code, CME_WORDS, cmee)}" if told else "ERROR"
    if isinstance(refusal, MessageRefusal):
        told = cmee or not family.cms_follows_cmee or refusal.code in family.always_told
        return f"+CMS ERROR: {_code(refusal.code, {**CMS_WORDS, **family.cms_words}, cmee)}" if told else "ERROR"
    if isinstance(refusal, OtherResult):
        return refusal.result
    return "NO CARRIER" if isinstance(refusal, NoCarrier) else "ERROR"


def _code(code: int, words: Mapping[int, str], cmee: int) -> str:
    return words.get(code, str(code)) if cmee == 2 else str(code)
