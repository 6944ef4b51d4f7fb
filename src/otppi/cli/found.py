"""How `otppi modem detect` shows what it found. Words and layout only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from otppi.cli.output import notice, print_fields, safe

if TYPE_CHECKING:
    from collections.abc import Mapping

_FIELDS: Final = (
    *("port", "manufacturer", "model", "revision", "profile", "imei", "iccid", "imsi"),
    *("operator", "msisdn", "smsc", "sim"),
)
_SHOWN_DIGITS: Final = {"imei": 8, "iccid": 7, "imsi": 5, "msisdn": 5}
"""How much of a number is shown where anybody may look: none of it names one device, card or subscriber."""


def print_found(found: Mapping[str, Any], *, full: bool) -> None:
    """Modems with the commands that add them; then ports where none answered. `full`: numbers are not masked."""
    rows = found["modems"]
    print(f"{len(rows)} {'modem' if len(rows) == 1 else 'modems'} found")
    for row in rows:
        print(f"\n{safe(row['name'] or row['port'])}: {_standing(row)}")
        shown = row if full else row | {key: _masked(row[key], kept) for key, kept in _SHOWN_DIGITS.items()}
        print_fields(shown, (*_FIELDS[:1], *(["ports"] if len(row["ports"]) > 1 else []), *_FIELDS[1:]))
        if row["note"]:
            print(f"note: {safe(row['note'])}")
        if row["command"]:
            print(f"add it with: {safe(row['command'])}")
    if found["quiet"]:
        print("\nports where no modem answered:")
        for each in found["quiet"]:
            print(f"{safe(each['port'])}: {safe(each['reason'])}")
    for hint in found["hints"]:
        notice(hint)


def _standing(row: Mapping[str, Any]) -> str:
    if row["added"]:
        return "added"
    if not row["configured"]:
        return "not configured"
    return f"configured as {safe(row['configured'])}" + (f", {row['state']}" if row["state"] else "")


def _masked(digits: str, kept: int) -> str:
    return digits[:kept] + "X" * len(digits[kept:])
