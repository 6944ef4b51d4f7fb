"""A Huawei USB stick of the E173 class (Qualcomm chip, 3G). Data and the commands that only these have."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from otppi.pdu import gsm7
from otppi.pdu.errors import PduError
from otppi.simulator import general
from otppi.simulator.commandline import Call, Form
from otppi.simulator.commands import COMMANDS
from otppi.simulator.errors import EquipmentRefusal, PlainRefusal
from otppi.simulator.family import NAMES, CardLines, Fact, Family, Indications, Places, Power, Ready, Stage, Stores
from otppi.simulator.sim import SimState

if TYPE_CHECKING:
    from otppi.simulator.device import Device
    from otppi.simulator.effects import Answer
    from otppi.simulator.family import Cnmi

_MU509 = "Huawei MU509 AT Command Interface Specification, issue 04"
_E1752 = "python-gsmmodem-new 0.13.0, test/fakemodems.py, HuaweiE1752"
_E1550 = "a trace of an E1550 with Mobile Partner (AT+CPMS?, AT^CPIN?, AT+COPS?)"
_E270 = "a log of Vodafone Mobile Connect 2.0 with an E270, ubuntuforums.org, October 2008"
_MM = "ModemManager, test-modem-helpers.c: Huawei E160G"
_NO_SERVICE = 30
_FURTHER_MEMORY = ("ME", "MT", "SM", "SR")


def tries(device: Device, call: Call) -> Answer:
    """^CPIN: <code>,[<times>],<puk_times>,<pin_times>,<puk2_times>,<pin2_times>; to set, it is +CPIN."""
    if call.form is not Form.READ:
        return general.pin(device, call)
    sim = device.sim
    times = {SimState.PIN: str(sim.tries), SimState.PUK: str(sim.puk_tries)}.get(sim.state, "")
    return (f"^CPIN: {sim.state},{times},{sim.puk_tries},{sim.tries},10,3",)


def card_number(device: Device, call: Call) -> Answer:
    """^ICCID?: the digits as they are on the card, each two swapped."""
    digits = device.sim.iccid + "F" * (len(device.sim.iccid) % 2)
    swapped = "".join(digits[place + 1] + digits[place] for place in range(0, len(digits), 2))
    return () if call.form is Form.TEST else (f"^ICCID: {swapped}",)


def switch(device: Device, call: Call) -> Answer:
    """^CURC, ^USSDMODE: 0 or 1."""
    if call.form is Form.TEST:
        return (f"{call.name}: (0,1)",)
    if call.form is Form.READ:
        return (f"{call.name}: {device.parameters.numbers[call.name]}",)
    device.parameters.numbers[call.name] = call.number(0, high=1)
    return ()


def port(_device: Device, call: Call) -> Answer:
    """^PORTSEL: which port tells unsolicited lines; taken, there is one."""
    if call.form is Form.SET:
        call.number(0, high=1)
    return ()


def system(device: Device, _call: Call) -> Answer:
    """^SYSINFO: service, domain, roaming, mode, SIM, lock, sub-mode."""
    served = 2 if device.reachable else 0
    return (f"^SYSINFO:{served},{3 if served else 0},0,5,{int(device.sim_ready)},,4",)


def commands(_device: Device, call: Call) -> Answer:
    """+CLAC: every name with a CR of its own before the line end, and no prefix."""
    if call.form is Form.TEST:
        return ()
    known = [name for name in (*COMMANDS, *FAMILY.commands) if name not in FAMILY.absent]
    return tuple(f"{name}\r" for name in known)


def unstructured(device: Device, call: Call) -> Answer:
    """+CUSD: with ^USSDMODE=1 the code is packed GSM 7-bit in hex, and so is the answer; plain text is refused."""
    plain = device.parameters.numbers["^USSDMODE"] == 0
    if plain or call.form is not Form.SET or len(call.arguments) < 2:
        return COMMANDS["+CUSD"](device, call)
    try:
        octets = bytes.fromhex(call.string(1))
        gsm7.decode(gsm7.unpack(octets, len(octets) * 8 // 7))
    except (ValueError, PduError):
        raise PlainRefusal from None
    if not device.reachable:
        raise EquipmentRefusal(_NO_SERVICE)
    packed = gsm7.pack(gsm7.encode(device.traits.ussd)).hex().upper()
    device.timers.later(device.latency, partial(device.urcs.append, f'+CUSD: 0,"{packed}",15'))
    return ()


def _together(values: Cnmi) -> bool:
    mode, routed, _, reported, _ = values
    return mode == 1 or (routed not in (2, 3) and reported != 1)


def _shows(device: Device, line: str) -> bool:
    return not line.startswith("^") or device.parameters.numbers["^CURC"] != 0


FAMILY = Family(
    name="huawei",
    manufacturer="huawei",
    model="E173",
    revision="11.126.16.00.715",
    facts=(
        Fact("identification", "ATI names everything and ends with +GCAP", "ATI of E173 sticks in public logs"),
        Fact(
            "boot",
            "^STIN, ^BOOT before the SIM is read; the delays are ours",
            "a ModemManager log of ttyUSB2; " + _E270,
        ),
        Fact("usable", "^SRVST:1, ^MODE, ^SIMST:1, ^SRVST:2, ^RSSI; the delays are ours", _E270),
        Fact("card_lines", "^SIMST:255 is no card", "programs that read it; Huawei ^SIMST"),
        Fact("stores", "the memories offered", _E1752),
        Fact("stores", "40 places on the SIM, SM after power-on", _E1550),
        Fact("stores", "indices begin with 0", "gammu, libgammu/phone/at: SMS_LOCATION_0 of Huawei"),
        Fact("indications", "mt 2 and 3, and ds 1, only with mode 1", _MU509 + ", 6.3.3"),
        Fact("places", "area and cell without quotes, and ,00,0 without a network", _MM),
        Fact("places", "+COPS? shows the access technology", _E1550),
        Fact(
            "power",
            "+CFUN=1,1 turns it into the CD-ROM: the port is gone for good",
            "gammu issue 687 and users' reports",
        ),
        Fact("^CPIN", "tries: code, times of the present code, PUK, PIN, PUK2, PIN2", _MU509 + ", 7.4; " + _E1550),
        Fact("^ICCID", "digits swapped by two", "AT^ICCID? in wvdial logs (98...)"),
        Fact("^CURC", "0 silences the reports that begin with ^", "gammu and SMSLib send it for that"),
        Fact("^USSDMODE", "1 at first", _E1752),
        Fact("^PORTSEL", "it is known", "AT+CLAC of K3715 and E1752 in python-gsmmodem-new 0.13.0; gammu sends it"),
        Fact("^SYSINFO", "2,3,0,5,1,,4 in service", _E1550),
        Fact("+CUSD", "plain text is refused with ERROR while ^USSDMODE is 1", _E1752),
        Fact("+CLAC", "each line has one CR more", _E1752),
        Fact("needs_pin", "+CSQ is refused while the SIM is locked", _E270),
        Fact("unknown", "COMMAND NOT SUPPORT", _E1752),
        Fact("surplus", "TOO MANY PARAMETERS", _MU509 + ", 1.3"),
        Fact("full_line", "^SMMEMFULL names the memory", _MU509 + ", 6.21"),
        Fact("noise", "lines that come at any time", _E1550 + "; " + _E270),
        Fact("shows", "^CURC=0 silences them", "gammu and SMSLib send it for that"),
        Fact("defaults", "^CURC and ^USSDMODE are 1", _E1752),
        Fact("on_card", "they read the card", "3GPP TS 27.007 9.2.1: SIM not inserted, SIM busy"),
        Fact("absent", "no +CEREG (3G), tries by ^CPIN, card by ^ICCID", "AT+CLAC of E1752 in " + _E1752),
    ),
    identification={
        "I": (
            "Manufacturer: {manufacturer}",
            "Model: {model}",
            "Revision: {revision}",
            "IMEI: {imei}",
            "+GCAP: +CGSM,+DS,+ES",
        ),
        **NAMES,
    },
    boot=(
        Stage(0, brings=Ready.LINE),
        Stage(0, brings=Ready.COMMANDS),
        Stage(0.5, "^STIN:0,0,0"),
        Stage(0.8, "^BOOT:22633994,0,0,0,64"),
        Stage(2.0, brings=Ready.CARD),
    ),
    usable=(
        Stage(0.3, "^SRVST:1"),
        Stage(0.6, "^MODE:5,4"),
        Stage(1.0, "^SIMST:1", Ready.MESSAGES),
        Stage(1.5, "^SRVST:2", Ready.NETWORK),
        Stage(1.6, "^RSSI:15"),
    ),
    card_lines=CardLines(absent="^SIMST:255", removed="^SIMST:255"),
    stores=Stores((_FURTHER_MEMORY,) * 3, sizes={"SM": 40, "ME": 255}, same={"MT": "ME"}, first=0),
    indications=Indications(together=_together),
    places=Places(form=",{area:X},{cell:X}", nowhere=",00,0"),
    power=Power(away=None),
    commands={
        "^CPIN": tries,
        "^ICCID": card_number,
        **dict.fromkeys(("^CURC", "^USSDMODE"), switch),
        "^PORTSEL": port,
        "^SYSINFO": system,
        "+CUSD": unstructured,
        "+CLAC": commands,
    },
    on_card=frozenset({"^CPIN", "^ICCID"}),
    absent=frozenset({"+CEREG", "+CPINR", "+CCID"}),
    needs_pin=frozenset({"+CSQ"}),
    unknown="COMMAND NOT SUPPORT",
    surplus="TOO MANY PARAMETERS",
    full_line='^SMMEMFULL:"{memory}"',
    noise=(
        "^RSSI:15",
        "^RSSI:27",
        "^MODE:5,4",
        "^CSNR:-83,-7",
        "^BOOT:22633994,0,0,0,64",
        "^DSFLOWRPT:00000010,00000000,00000000,0000000000000000,0000000000000000,0003E800,0003E800",
        "^STIN: 7, 0, 0",
        "^SRVST:2",
    ),
    shows=_shows,
    defaults={"^CURC": 1, "^USSDMODE": 1},
)
