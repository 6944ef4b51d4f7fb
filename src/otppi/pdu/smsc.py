"""The SMS centre in front of a TPDU, as AT commands want it (3GPP TS 27.005 3.1, 3.5.1). No TPDU is read here."""

from __future__ import annotations

from otppi.pdu import address
from otppi.pdu.address import Address
from otppi.pdu.octets import read_hex


def with_smsc(tpdu: str, smsc: str | Address | None) -> str:
    """`tpdu` behind the octets of its SMS centre: `00` for None (the SIM's own).

    A string is the centre's international number, with or without `+`. Raises `PduError`.
    """
    centre = Address(smsc.removeprefix("+")) if isinstance(smsc, str) else smsc
    return address.encode_smsc(centre).hex().upper() + tpdu


def tpdu_length(tpdu: str) -> int:
    """The octets of a TPDU in hex without SMS centre: the number AT+CMGS takes. Raises `PduError` if no hex."""
    return read_hex(tpdu).left
