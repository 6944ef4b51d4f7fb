"""Unsolicited lines told by their shape."""

from __future__ import annotations

import pytest

from otppi.at.answers import SimNews, sim_news
from otppi.at.profile import ModemProfile
from otppi.at.profiles.generic import GENERIC
from otppi.at.profiles.table import VENDORS
from otppi.at.unsolicited import Tells, said
from otppi.at.urc import KNOWN, Urc, recognise, report_tpdu


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("^RSSI:17", "^RSSI"),
        ("^BOOT:20075402,0,0,0,75", "^BOOT"),
        ("+CREG: 1", "+CREG"),
        ('+CREG: 5,"00C3","1A2B"', "+CREG"),
        ('+CREG: 1,"00C3","0001A2B3",7', "+CREG"),
        ("+CREG: 1,00C3,1A2B", "+CREG"),
        ("+CREG: 0,1", None),
        ('+CREG: 2,1,"00C3","1A2B"', None),
        ("+CEREG: 4", "+CEREG"),
        ("+CMT: ,24", "+CMT"),
        ('+CMT: "alpha",24', "+CMT"),
        ("+CDS: 25", "+CDS"),
        ('+CDS: 6,"+628120000"', None),
        ('+CMTI: "SM",3', "+CMTI"),
        ('+CUSD: 0,"text",15', "+CUSD"),
        ("RING", "RING"),
        ("RINGING", None),
        ("Call Ready", "Call Ready"),
        ("NO CARRIER", "NO CARRIER"),
        ("+UUSORD: 0,4", "+UU"),
        ("+CSQ: 20,99", "+CSQ"),
        ("+CMGS: 5", None),
        ("OK", None),
        ("356938035643809", None),
    ],
)
def test_shapes(line: str, name: str | None) -> None:
    found = recognise(line, KNOWN)
    assert (found.name if found is not None else None) == name


@pytest.mark.parametrize(
    ("line", "tells"),
    [
        ("RDY", Tells.RESTARTED),
        ("^SYSSTART", Tells.RESTARTED),
        ("+AT: READY", Tells.RESTARTED),
        ("+WIND: 3", Tells.RESTARTED),
        ("NORMAL POWER DOWN", Tells.SWITCHED_OFF),
        ("POWERED DOWN", Tells.SWITCHED_OFF),
        ("^SHUTDOWN", Tells.SWITCHED_OFF),
        ("UNDER-VOLTAGE POWER DOWN", Tells.SUPPLY_FAILED),
        ("OVER-VOLTAGE POWER DOWN", Tells.SUPPLY_FAILED),
        ("UNDER-VOLTAGE WARNNING", Tells.SUPPLY_WARNING),
        ("OVER-VOLTAGE WARNNING", Tells.SUPPLY_WARNING),
        ("+CPIN: NOT READY", Tells.SIM),
        ("+QUSIM: 1", Tells.SIM),
        ("+QSIMSTAT: 1,0", Tells.SIM),
        ("^SIMST: 255", Tells.SIM),
        ("#QSS: 1", Tells.SIM),
        ("^SCKS: 0", Tells.SIM),
        ("+WIND: 0", Tells.SIM),
        ("+SMSFULL", Tells.STORE_FULL),
        ("+SMS FULL", Tells.STORE_FULL),
        ('+CIEV: "SMSFULL",1', Tells.STORE_FULL),
        ("+CIEV: smsfull,2", Tells.STORE_FULL),
        ('+QIND: "smsfull","ME"', Tells.STORE_FULL),
        ('^SMMEMFULL: "SM"', Tells.STORE_FULL),
        # what looks alike and is noise
        ('+CIEV: "SMSFULL",0', None),
        ("+CIEV: 8,1", None),
        ('+QIND: "csq",20,99', None),
        ("^BOOT:20075402,0,0,0,75", None),
        ("+WIND: 4", None),
        ("+WIND: 10", None),
        ("+CFUN: 1", None),
        ("SMS Ready", None),
        ("*ATREADY: 1", None),
    ],
)
def test_what_a_line_tells(line: str, tells: Tells | None) -> None:
    found = recognise(line, KNOWN)
    assert found is not None
    assert found.tells is tells
    assert line.upper().replace('"', "").startswith(found.name.upper())
    assert Urc(found.name, line, tells=found.tells).reboot is (tells is Tells.RESTARTED)


@pytest.mark.parametrize(
    ("line", "news"),
    [
        ("+CPIN: READY", SimNews.READY),
        ("+CPIN: SIM PIN2", SimNews.READY),
        ("+CPIN: SIM PIN", SimNews.LOCKED),
        ('+CPIN:"SIM PUK"', SimNews.LOCKED),
        ("+CPIN: NOT INSERTED", SimNews.ABSENT),
        ("+CPIN: SIM REMOVED", SimNews.ABSENT),
        ("+CPIN: NOT READY", SimNews.TOUCHED),
        ("+QUSIM: 1", SimNews.TOUCHED),
        ("+QSIMSTAT: 1,0", SimNews.ABSENT),
        ("+QSIMSTAT: 1,1", SimNews.TOUCHED),
        ("+CSMINS: 1,0", SimNews.ABSENT),
        ("^SIMST: 1", SimNews.READY),
        ("^SIMST:1,0", SimNews.READY),
        ("^SIMST: 255", SimNews.ABSENT),
        ("^SIMST: 255,1", SimNews.TOUCHED),
        ("^SIMST: 4", SimNews.TOUCHED),
        ("#QSS: 0", SimNews.ABSENT),
        ("#QSS: 2", SimNews.TOUCHED),
        ("#QSS: 3", SimNews.READY),
        ("^SCKS: 0", SimNews.ABSENT),
        ("^SCKS: 1", SimNews.TOUCHED),
        ("+WIND: 0", SimNews.ABSENT),
        ("+WIND: 1", SimNews.TOUCHED),
        ("+WIND: 4", None),
        ("+ZUSIMR:2", SimNews.TOUCHED),
        ("+CREG: 1", None),
        ("^RSSI: 1", None),
    ],
)
def test_what_a_line_says_of_the_sim(line: str, news: SimNews | None) -> None:
    assert sim_news(line) is news
    found = recognise(line, KNOWN)
    assert found is not None
    assert (found.tells is Tells.SIM) is (news is not None)


# Family by family: the lines its modems are known to say by themselves (sources: `otppi.at.unsolicited`).
SAID = {
    "huawei": """^BOOT:20075402,0,0,0,75 ^RSSI:17 ^RSSILVL:40 ^HRSSILVL:3 ^MODE:5,4 ^DSFLOWRPT:0000000C,00000000
        ^NDISSTAT:1,,,"IPV4" ^NDISEND:0 ^SIMST:1 ^SRVST:2 ^CSNR:-81,-9 ^STIN:1,0,0 ^HCSQ:"LTE",46,54,111,22 ^PDPDEACT:1
        ^RFSWITCH:1,1 ^POSITION:0 ^POSEND:0,0 ^ECCLIST:0,112 ^LTERSRP:-110,-11 ^CSCHANNELINFO:1,2 ^CCALLSTATE:1,0,0
        ^EONS:1 ^LWURC:1 ^DSDORMANT:1 ^CONNECT:1 +CUSATP:"D0" +CUSATEND ^ORIG:1,0 ^CONF:1 ^CONN:1,0 ^CEND:1,0,104,31""",
    "simcom-sim800": """RDY +CFUN:1 +CPIN:READY +CSQ:18,0 +NITZ:"22/11/26" +CREG:1 +CMTI:"SM",3 +CDSI:"SM",4
        MISSED_CALL:1 *PSUTTZ:2022,11,26 *PSNWID:"510" DST:0 +CTZV:28,0 +CSMINS:1,1 +CMTE:1 +CR:GPRS +CCWV""",
    "simcom-sim7600": "*PSUTTZ:2022 +CNSMOD:8 +CPIN:READY +CTZV:+28 +CGEV:ME_DETACH +CSQ:20,99 +CEREG:1",
    "quectel": """RDY +QLWURC:"x" +QGPSURC:"x" +QTONEDET:1 +QUSIM:1 +QIND:"act","LTE" +QNITZ:"x" +QIURC:"recv",0
        +QSIMSTAT:1,1 +CFUN:1""",
    "wavecom": "+WIND:0 +WIND:4 +WIND:10,1 +WWSM:1 +CREG:1",
    "generic": """+ZUSIMR:2 +ZDONR:"x" +ZPASR:"x" +ZPSTM:1 +ZEND:1 +UUSORD:0,4 +UUPSDD:0 +PBREADY #QSS:1 SRING:1
        ^SYSSTART ^SHUTDOWN ^SCKS:1 +CIEV:2,1 +PACSP0 _OSIGQ:20,0 RING +CRING:VOICE +CLIP:"+6281200001234",145 +CGREG:1
        +CEREG:5 +CTZV:28 +CUSD:0 +CBMI:"BM",1 BUSY""",
}
SPOKEN = ["Call Ready", "SMS Ready", "PB DONE", "SMS DONE", "VOICE CALL: BEGIN", "NORMAL POWER DOWN", "+AT: READY"]
PROFILES = {profile.name: profile for profile in (*VENDORS, GENERIC)}


@pytest.mark.parametrize("name", PROFILES)
def test_all_that_a_family_says_is_known_by_its_profile(name: str) -> None:
    lines = [*SAID[name].split(), *SPOKEN]
    assert [line for line in lines if PROFILES[name].recognise(line) is None] == []


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_no_final_result_and_no_answer_of_our_commands_is_taken_for_news(profile: ModemProfile) -> None:
    finals = ("OK", "ERROR", "+CME ERROR: 14", "+CMS ERROR: 500", "COMMAND NOT SUPPORT", "0", "4", "> ", "AT+CREG?")
    bare = ("359876040000017", "510100000000017", "89620000000000000017", "huawei", "SIMCOM_SIM800L", "E173", "EC25")
    lines = (
        "+CREG: 0,1",
        '+CREG: 2,1,"00C3","1A2B"',
        "+CMGS: 5",
        "+CPMS: 0,255,0,255",
        "+CMGR: 1,,24",
        "+CMGL: 1,1,,24",
    )
    assert [line for line in (*finals, *bare, *lines) if profile.recognise(line) is not None] == []


def test_a_familys_own_lines_come_first() -> None:
    own = ModemProfile("own", urcs=said("RDY"))
    found = own.recognise("RDY")
    assert found is not None
    assert found.tells is None
    restarted = GENERIC.recognise("RDY")
    assert restarted is not None
    assert restarted.tells is Tells.RESTARTED


REPORT = "0006010B912618000000F0"


@pytest.mark.parametrize(
    ("line", "pdu", "tpdu"),
    [
        ("+CDS: 10", REPORT, REPORT[2:]),
        ("+CDS: 11", "07912618010000F1" + REPORT, REPORT),
        ("+CDS:11", "07912618010000f1" + REPORT.lower(), REPORT),
        ("+CDS: 11", REPORT, REPORT),
        ("+CDS: 9", REPORT, None),
        ("+CDS: 200", "FF", None),
        ("+CDS: 3", "", None),
    ],
)
def test_a_report_loses_its_smsc_octets_and_must_have_the_length_it_says(line: str, pdu: str, tpdu: str | None) -> None:
    assert report_tpdu(Urc("+CDS", line, pdu)) == tpdu
