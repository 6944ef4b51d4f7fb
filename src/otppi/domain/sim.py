"""What a SIM is called where something is remembered of it. Pure.

The name holds the ICCID or the IMSI: it belongs into the store and into memory, never into a log, a repr or an error.
"""

from __future__ import annotations


def sim_name(modem: str, iccid: str, imsi: str) -> str:
    """By its ICCID; where that is not known by its IMSI; where nothing is known it is the SIM of its modem."""
    if iccid:
        return f"iccid {iccid}"
    return f"imsi {imsi}" if imsi else f"modem {modem}"
