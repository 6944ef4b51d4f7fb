"""A modem of no maker: V.250, 3GPP TS 27.005 and 27.007 and nothing else."""

from __future__ import annotations

from otppi.simulator.family import NAMES, Fact, Family

FAMILY = Family(
    name="generic",
    manufacturer="Simulated",
    model="TS27005",
    revision="1.0",
    facts=(
        Fact("identification", "free text", "3GPP TS 27.007 5.1 to 5.4; the words are ours"),
        Fact("noise", "lines of several makers, none of which belongs to a command", "V.250 6.3; makers' manuals"),
    ),
    identification={
        "I": ("{manufacturer}", "{model}", "Revision: {revision}", "IMEI: {imei}"),
        **NAMES,
    },
    noise=(
        "^RSSI:18",
        "^RSSILVL:60",
        "^MODE:5,4",
        "^DSFLOWRPT:0000000A,00000000,00000000,0000000000000000,0000000000000000,0003E800,0003E800",
        "^BOOT:20220101,0,0,0,75",
        "+CIEV: 2,4",
        '+ZPASR: "HSPA"',
        "+CTZV: +28",
        "RING",
    ),
)
