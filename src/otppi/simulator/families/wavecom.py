"""Wavecom and Sierra Wireless Fastrack, Q2403 class (2G, RS-232). Data and the commands that only these have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otppi.simulator.commandline import Call, Form
from otppi.simulator.family import NAMES, Early, Fact, Family, Indications, Places, Power, Ready, Stage, Stores

if TYPE_CHECKING:
    from otppi.simulator.device import Device
    from otppi.simulator.effects import Answer

_GUIDE = "Wavecom AT Commands Interface Guide WM_DEV_OAT_UGD_049"
_G900 = "Wavecom GSM Modem WMO1-G900 AT commands"
_PYTHON = "python-gsmmodem-new 0.13.0, test/fakemodems.py, WavecomMultiband900E1800"
_WESTERMO = "Westermo GD-01 manual 6196-2220 and " + _GUIDE + ", 9.3"
_MULTITECH = "Multi-Tech GSM/GPRS AT Commands S000293I (Wavecom inside)"
_BUSY = 515
_HIGHEST_LEVEL = 4095
_LEVEL = 79
"""SIM, alerting, ready for some, ready for all, emergency calls: bits 0 to 3 and 6."""
_BITS = {0: 0, 1: 0, 2: 1, 3: 2, 4: 3, 5: 4, 6: 5, 7: 6, 8: 7, 9: 8, 10: 9}
"""The bit of +WIND that lets an indication through."""


def card_number(device: Device, call: Call) -> Answer:
    """+CCID: quoted."""
    return () if call.form is Form.TEST else (f'+CCID: "{device.sim.iccid}"',)


def tries(device: Device, call: Call) -> Answer:
    """+CPINC: PIN, PIN2, PUK, PUK2."""
    if call.form is Form.TEST:
        return ()
    return (f"+CPINC: {device.sim.tries},3,{device.sim.puk_tries},10",)


def general_indications(device: Device, call: Call) -> Answer:
    """+WIND: a sum of bits."""
    if call.form is Form.TEST:
        return (f"+WIND: (0-{_HIGHEST_LEVEL})",)
    if call.form is Form.READ:
        return (f"+WIND: {device.parameters.numbers['+WIND']}",)
    device.parameters.numbers["+WIND"] = call.number(0, high=_HIGHEST_LEVEL)
    return ()


def _shows(device: Device, line: str) -> bool:
    if not line.startswith("+WIND: "):
        return True
    bit = _BITS[int(line.removeprefix("+WIND: "))]
    return bool(device.parameters.numbers["+WIND"] >> bit & 1)


FAMILY = Family(
    name="wavecom",
    manufacturer=" WAVECOM MODEM",
    model=" MULTIBAND  900E  1800 ",
    revision="641b09gg.Q2403A 1320676 061804 14:38",
    facts=(
        Fact(
            "identification",
            "names with spaces before and within",
            _PYTHON + "; gammu's documentation (gammu identify)",
        ),
        Fact(
            "boot", "+WIND: 1, 7, 3; the delays are ours", "a boot log of a Q2400 (avrfreaks); Qtopia, wavecommodem.h"
        ),
        Fact("usable", "+WIND: 4 when all commands are taken; the delays are ours", "Qtopia, wavecommodem.h"),
        Fact("early", "515: please wait, init or command processing in progress", _G900 + ", 16.3; " + _PYTHON),
        Fact("stores", "two memories to choose, SM with 50 places; a third value is refused", _PYTHON),
        Fact("indications", "mode 0 keeps nothing back: its example shows +CMTI at once", _G900 + ", +CNMI"),
        Fact("indications", "ds 2 is taken", _PYTHON),
        Fact("places", "four digits, no access technology", "a boot log of a Q2400 (avrfreaks)"),
        Fact(
            "power",
            "+CFUN=1 is a restart of everything, +CFUN=0 ends the SIM; there are no other levels",
            _MULTITECH + ", +CFUN",
        ),
        Fact("+CCID", "quoted", "ModemManager, plugin wavecom"),
        Fact("+CPINC", "PIN, PIN2, PUK, PUK2", _WESTERMO),
        Fact(
            "+WIND",
            "bits; 79 as if an earlier owner had stored it (AT&W)",
            "python-gsmmodem's +WIND=50 for 2, 5 and 6; the value is ours",
        ),
        Fact("defaults", "+WIND is 79", "ours"),
        Fact("shows", "+WIND lines by the bits of +WIND", "python-gsmmodem's +WIND=50 for 2, 5 and 6"),
        Fact("without_ok", "+CPIN? is not ended by OK", _GUIDE + ", 2.3; " + _PYTHON),
        Fact("tests", "+CPMS=? has brackets round both lists", _PYTHON),
        Fact("cms_follows_cmee", "with +CMEE=0 every error is ERROR", _GUIDE + ", 2.3"),
        Fact("always_told", "515 comes after +CFUN=1, when +CMEE is 0 again", _PYTHON),
        Fact("cms_words", "codes of its own from 512", _G900 + ", 16.3; later guides"),
        Fact("noise", "indications and calls", "Qtopia, wavecommodem.h; " + _G900),
        Fact("on_card", "they read the card", "3GPP TS 27.007 9.2.1: SIM not inserted, SIM busy"),
        Fact("absent", "no +CEREG (2G); tries by +CPINC", _GUIDE),
    ),
    identification={
        "I": ("{manufacturer}", "{model}"),
        **NAMES,
    },
    boot=(
        Stage(0, brings=Ready.LINE),
        Stage(1.0, "+WIND: 1"),
        Stage(2.0, "+WIND: 7"),
        Stage(2.5, "+WIND: 3", Ready.COMMANDS),
        Stage(2.5, brings=Ready.CARD),
    ),
    usable=(Stage(2.0, brings=Ready.NETWORK), Stage(3.0, "+WIND: 4", Ready.MESSAGES)),
    early=Early(_BUSY, _BUSY, _BUSY),
    stores=Stores((("SM", "BM", "SR"), ("SM",)), sizes={"SM": 50, "BM": 20, "SR": 20}),
    indications=Indications(((0, 1, 2, 3), (0, 1, 2, 3), (0, 1, 2, 3), (0, 1, 2), (0, 1)), holds=False),
    places=Places(form=',"{area:04X}","{cell:04X}"', operator_access=""),
    power=Power(levels=(0, 1), restarts=(1,), card_off=True),
    commands={"+CCID": card_number, "+CPINC": tries, "+WIND": general_indications},
    on_card=frozenset({"+CPINC"}),
    absent=frozenset({"+CEREG", "+CPINR"}),
    tests={"+CPMS": '(("SM","BM","SR"),("SM"))'},
    without_ok=frozenset({("+CPIN", Form.READ)}),
    cms_follows_cmee=True,
    always_told=frozenset({_BUSY}),
    cms_words={
        512: "MM establishment failure (for SMS)",
        513: "Lower layer failure (for SMS)",
        514: "CP error (for SMS)",
        515: "Please wait, init or command processing in progress",
        527: "Please wait, RR or MM is busy. Retry your selection later",
        528: "Location update failure. Emergency calls only",
        529: "PLMN selection failure. Emergency calls only",
        531: "SMS not send: the <da> is not in FDN phonebook, and FDN lock is enabled (for SMS)",
    },
    noise=("+WIND: 7", "+WIND: 2", "+CRING: VOICE", "RING"),
    shows=_shows,
    defaults={"+WIND": _LEVEL},
)
