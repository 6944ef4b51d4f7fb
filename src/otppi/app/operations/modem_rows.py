"""A modem as the owner's commands show it: what was configured beside what the running gateway knows.

Never a PIN; IMEI, IMSI and ICCID only as far as they name no single device or subscriber.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otppi.domain import msisdn
from otppi.ports.live import ModemFacts, ModemRow
from otppi.ports.modem import ModemState

if TYPE_CHECKING:
    from otppi.ports.store import ModemEntry

_TAC_DIGITS: Final = 8
_NETWORK_DIGITS: Final = 5
_ISSUER_DIGITS: Final = 7
NO_FACTS: Final = ModemFacts(open_port="", profile="")


def masked_imei(imei: str) -> str:
    """The type allocation code (TS 23.003 6.2.1) and X for each digit of the serial number."""
    return _masked(imei, _TAC_DIGITS)


def live_row(entry: ModemEntry, rows: dict[str, ModemRow]) -> ModemRow:
    """The live row of a configured modem; where the gateway has none, the store's."""
    if entry.name in rows:
        return rows[entry.name]
    return ModemRow(
        name=entry.name,
        port=entry.port,
        state=ModemState.ABSENT if entry.active else ModemState.DISABLED,
        operator="",
        signal=None,
        imei=masked_imei(entry.imei),
        sim="",
        queue=0,
    )


def full_row(entry: ModemEntry, live: ModemRow, facts: ModemFacts = NO_FACTS) -> dict[str, object]:
    """One modem as `modem show --json` shows it: `port` is the configured one, `open_port` the one in use."""
    return {
        **live,
        **facts,
        "operator": live["operator"] or entry.operator,
        "manufacturer": entry.manufacturer,
        "model": entry.model,
        "revision": entry.revision,
        "number": entry.number,
        "prefixes": list(entry.prefixes),
        "default": entry.default,
        "api": entry.api,
        "internet": entry.internet,
        "active": entry.active,
        "baud": entry.baud,
        "parity": entry.parity,
        "stop_bits": entry.stop_bits,
        "pin_set": entry.pin is not None,
        "smsc": entry.smsc,
        "iccid": _masked(entry.iccid, _ISSUER_DIGITS),
        "imsi": _masked(entry.imsi, _NETWORK_DIGITS),
        "msisdn": entry.msisdn and msisdn.masked(entry.msisdn),
        "limit_minute": entry.limit_minute,
        "limit_hour": entry.limit_hour,
        "limit_day": entry.limit_day,
    }


def _masked(digits: str, kept: int) -> str:
    return digits[:kept] + "X" * len(digits[kept:])
