"""Profiles: every fact with its source, one match or a loud error, and what a family's own table changes."""

from __future__ import annotations

import re
from dataclasses import fields, replace

import pytest

from otppi.at import tries
from otppi.at.codes import ErrorClass
from otppi.at.errors import ProfileConflict
from otppi.at.profile import Fact, ModemProfile
from otppi.at.profiles.generic import GENERIC
from otppi.at.profiles.huawei import HUAWEI
from otppi.at.profiles.quectel import QUECTEL
from otppi.at.profiles.simcom import SIM800, SIM7600
from otppi.at.profiles.table import VENDORS, choose_profile
from otppi.at.profiles.wavecom import WAVECOM
from otppi.at.results import ERROR, OK, Final, FinalKind

SOURCE = (Fact("matches", "it says so", "a test"),)
SOURCES = r"Manual|Specification|Guide|3GPP|ModemManager|oFono|Gammu|smstools|Kannel|transcript"
NAMES = {profile.name: profile for profile in VENDORS}


def test_no_two_profiles_may_claim_a_modem() -> None:
    one = ModemProfile("one", re.compile("^huawei"), facts=SOURCE)
    two = ModemProfile("two", re.compile("E173"), facts=SOURCE)
    assert choose_profile("huawei", "E220", "", (one, two)) is one
    assert choose_profile("WAVECOM", "Q24", "", (one, two)) is GENERIC
    with pytest.raises(ProfileConflict, match="one, two"):
        choose_profile("huawei", "E173", "", (one, two))


@pytest.mark.parametrize(
    ("manufacturer", "model", "revision", "profile"),
    [
        ("huawei", "E173", "11.126.85.00.209", HUAWEI),
        ("Huawei", "E1550", "", HUAWEI),
        ("huawei", "E3372", "21.180.01.00.00", HUAWEI),
        ("HUAWEI", "ME909s-120", "", HUAWEI),
        ("SIMCOM_Ltd", "SIMCOM_SIM800L", "Revision:1418B05SIM800L24", SIM800),
        ("SIMCOM_Ltd", "SIMCOM_SIM900", "Revision:1137B13SIM900M64_ST", SIM800),
        ("SIMCOM INCORPORATED", "SIMCOM_SIM7600E-H", "LE20B04SIM7600M22", SIM7600),
        ("SIMCOM INCORPORATED", "A7670E-FASE", "A7670M7_V1.11.1", SIM7600),
        ("Quectel", "EC25", "EC25EFAR06A01M4G", QUECTEL),
        ("Quectel", "EG25", "EG25GGBR07A08M2G", QUECTEL),
        ("Quectel", "EP06", "EP06ELAR03A08M4G", QUECTEL),
        ("WAVECOM MODEM", "900E 1800", "641b09gg.Q2403A 1320676 061804 14:38", WAVECOM),
        ("WAVECOM MODEM", "MULTIBAND  900E  1800", "657f09gg.Q24PL001", WAVECOM),
        ("Quectel_Ltd", "Quectel_M95", "Revision: M95FAR02A08", GENERIC),
        ("Telit", "LE910C1", "25.20.254", GENERIC),
        ("ZTE INCORPORATED", "MF190", "BD_MF190", GENERIC),
        ("u-blox", "SARA-G350", "08.70", GENERIC),
        ("SIEMENS", "MC35i", "REVISION 02.00", GENERIC),
        ("Nokia", "not a huawei", "", GENERIC),
        ("", "", "", GENERIC),
    ],
)
def test_modems_by_what_they_call_themselves(
    manufacturer: str, model: str, revision: str, profile: ModemProfile
) -> None:
    assert choose_profile(manufacturer, model, revision) is profile


def test_every_registered_profile_has_a_matcher_and_a_name_of_its_own() -> None:
    names = [profile.name for profile in (*VENDORS, GENERIC)]
    assert len(set(names)) == len(names)
    assert all(profile.matches is not None for profile in VENDORS)


@pytest.mark.parametrize("profile", VENDORS, ids=NAMES)
def test_every_fact_of_a_family_has_a_source_and_is_of_a_field(profile: ModemProfile) -> None:
    known = {each.name for each in fields(ModemProfile)}
    for fact in profile.facts:
        assert fact.field in known
        assert fact.says.endswith(".")
        assert re.search(
            r"Manual|Specification|Guide|3GPP|ModemManager|oFono|Gammu|smstools|Kannel|transcript", fact.source
        )
    assert profile.departures() <= {fact.field for fact in profile.facts}
    assert all(sentence.endswith(".") for sentence in profile.unverified)


def test_a_value_without_a_source_is_no_profile() -> None:
    with pytest.raises(ValueError, match="acme: no source for command_gap"):
        ModemProfile("acme", re.compile("^ACME"), command_gap=0.1, facts=SOURCE)
    with pytest.raises(ValueError, match="acme: no source for matches"):
        ModemProfile("acme", re.compile("^ACME"))
    gap = Fact("command_gap", "It is slow.", "a manual")
    assert ModemProfile("acme", re.compile("^ACME"), command_gap=0.1, facts=(*SOURCE, gap)).claims("ACME / A1 / ")


def test_what_is_only_hearsay_changes_nothing() -> None:
    heard = replace(GENERIC, unverified=("It may restart.",))
    assert heard.departures() == frozenset()
    for each in fields(ModemProfile):
        if each.name != "unverified":
            assert getattr(heard, each.name) == getattr(GENERIC, each.name)


def test_the_body_limit_has_bounds() -> None:
    for seconds in (64, 301):
        with pytest.raises(ValueError):
            ModemProfile("hasty", body_timeout=seconds)


@pytest.mark.parametrize("profile", VENDORS, ids=NAMES)
def test_no_family_is_given_less_time_than_its_maker_allows(profile: ModemProfile) -> None:
    allowed = {"quectel": 120, "simcom-sim800": 60}
    assert profile.body_timeout >= max(65, allowed.get(profile.name, 0))


@pytest.mark.parametrize("profile", [*VENDORS, GENERIC], ids=lambda profile: str(profile.name))
def test_a_profile_asks_in_ways_that_are_commands(profile: ModemProfile) -> None:
    texts = (*profile.quiet, *profile.resets, *profile.iccid, *(query.text for query in profile.pin_tries))
    assert all(re.fullmatch(r"AT[+^#][ -~]+", text) for text in texts)
    assert tries.STANDARD in profile.pin_tries
    assert all(re.fullmatch(r"\d(,\d){4}", parameters) for parameters in profile.cnmi)
    assert all(parameters.split(",")[1] == "1" for parameters in profile.cnmi), "stored, then told"


def test_a_stick_of_huawei_is_never_restarted_by_command() -> None:
    assert HUAWEI.resets == ()
    assert GENERIC.resets == ()


def test_a_familys_own_codes_come_before_the_standard_ones() -> None:
    busy = Final(FinalKind.CMS, 515, "vendor-specific error")
    assert WAVECOM.meaning(busy) is ErrorClass.BUSY
    assert WAVECOM.own_meaning(busy) is ErrorClass.BUSY
    assert WAVECOM.worded(busy).words == "the modem is busy"
    assert GENERIC.meaning(busy) is ErrorClass.UNKNOWN
    assert GENERIC.own_meaning(busy) is None
    assert GENERIC.worded(busy) is busy


def test_the_standard_codes_hold_where_the_family_has_none() -> None:
    assert WAVECOM.meaning(Final(FinalKind.CMS, 322)) is ErrorClass.STORAGE
    assert WAVECOM.meaning(Final(FinalKind.CME, 515)) is ErrorClass.BUSY
    assert WAVECOM.own_meaning(Final(FinalKind.CME, 512)) is None
    assert WAVECOM.meaning(ERROR) is ErrorClass.UNKNOWN
    assert WAVECOM.meaning(OK) is None
    assert WAVECOM.meaning(Final(FinalKind.CALL, words="busy")) is None


@pytest.mark.parametrize("profile", VENDORS, ids=NAMES)
def test_own_codes_are_those_the_standard_leaves_to_the_makers(profile: ModemProfile) -> None:
    codes = [own.code for own in profile.cms]
    assert len(set(codes)) == len(codes)
    assert all(code >= 512 for code in codes)
    assert all(own.words for own in profile.cms)
