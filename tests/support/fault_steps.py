"""The commands of a line outside a send, by the text that tells each from the others, in the order they are sent."""

from __future__ import annotations

WAKE = ("AT\r", "E0", "V1", "+CMEE=1")
"""The first of them can be told from others by its end alone, which is there before the echo only."""
IDENTIFY = ("+CGMI", "+CGMM", "+CGMR", "+CGSN")
START_UP = (
    *IDENTIFY,
    *("+CFUN?", "+CPIN?", "+CPMS?", "+CIMI", "+CCID", "+CMGF=0", '+CSCS="GSM"', "+CSMS?", "+CPMS=?", '+CPMS="'),
    *("+CNMI=?", "+CNMI=2", "+CMMS=?", "+CREG=1", "+CREG?", "+COPS?", "+CSQ"),
)
"""All from the first question on to the first state after `starting`, for a modem of no maker whose SIM has no PIN."""
KEEP_ALIVE = ("+CSQ", "+CREG?", "+CPMS?")
"""What a modem is asked in idle times."""
