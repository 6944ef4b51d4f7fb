"""The settings table: every row is sound, every refusal names the setting and its rule, defaults are as decided."""

from __future__ import annotations

import pytest

from otppi.domain.durations import NEVER
from otppi.domain.settings import ROWS, InvalidSetting, Row, Settings, UnknownSetting, parse, row


@pytest.mark.parametrize("setting", ROWS.values(), ids=ROWS)
def test_a_row_is_complete_and_its_default_keeps_its_own_rule(setting: Row[object]) -> None:
    assert setting.parse(setting.default_text) == setting.default
    assert setting.canonical(setting.default_text) == setting.default_text
    assert setting.help.endswith(".")
    assert setting.kind.word in {"duration", "whole", "flag", "text", "choice", "list"}


@pytest.mark.feature("F036", "F037", "F070", "F071")
def test_the_defaults_are_those_decided() -> None:
    settings = Settings()
    assert (settings.otp_length, settings.otp_expiration, settings.otp_max_life) == (6, 300, 600)
    assert (settings.country_code, settings.prefix_length, settings.max_segments) == ("62", 5, 10)
    assert (settings.drop_expired, settings.delivery_report, settings.monitor_sms) == (True, False, False)
    assert (settings.dedupe_window, settings.dedupe_id_window) == (86_400, 900)
    assert (settings.message_max_life, settings.hold_for) == (86_400, 900)
    assert (settings.patience_otp, settings.patience_normal, settings.patience_bulk) == (0, 60, NEVER)
    assert (settings.fraud_mode, settings.success_code, settings.stop_grace) == ("watch", "auto", 30)
    assert (settings.queue_per_account, settings.queue) == (10_000, 100_000)
    assert (settings.fraud_receiver_hour, settings.fraud_receiver_day) == (5, 10)
    assert (settings.fraud_prefix_10min, settings.fraud_prefix_hour, settings.fraud_account_minute) == (20, 60, 60)
    assert (settings.fraud_countries, settings.fraud_conversion) == ((), 10)
    assert (settings.http_port, settings.retention_finished) == (8899, 30 * 86_400)
    assert settings.paths == tuple(
        f"/api/{name}" for name in ["otp", "message", "sms", "email", "block", "blocking", "unblock", "unblocking"]
    )


@pytest.mark.feature("F036")
def test_a_bare_otp_expiration_counts_milliseconds_as_the_readme_has_it() -> None:
    assert parse("otp.expiration", "30000") == 30
    assert row("otp.expiration").canonical("120000") == "2min"


@pytest.mark.parametrize(
    ("name", "text", "rule"),
    [
        ("otp.length", "3", "otp.length must be a whole number from 4 to 12"),
        ("otp.length", "13", "from 4 to 12"),
        ("otp.length", "six", "from 4 to 12"),
        ("otp.length", "٦", "from 4 to 12"),
        ("otp.expiration", "300", "from 10s to 1d"),
        ("otp.expiration", "never", "from 10s to 1d"),
        ("otp.expiration", "5m", "from 10s to 1d"),
        ("sms.drop_expired", "maybe", "true or false"),
        ("sms.country_code", "062", "do not begin with 0"),
        ("sms.country_code", "1234", "1 to 3 digits"),
        ("sms.max_segments", "0", "from 1 to 255"),
        ("fraud.mode", "ON", "one of off, watch, enforce"),
        ("fraud.countries", "62,065", "calling codes of 1 to 4 digits"),
        ("fraud.countries", "62,any", "calling codes of 1 to 4 digits"),
        ("fraud.countries", "12345", "calling codes of 1 to 4 digits"),
        ("fraud.receiver_hour", "101", "from 0 to 100"),
        ("limits.queue", "0", "from 1 to 1000000"),
        ("api.paths.sms", "api/sms", "a path such as /api/otp"),
        ("api.paths.sms", "/", "a path such as /api/otp"),
        ("api.paths.sms", "/api/sms?x", "a path such as /api/otp"),
        ("device.name", "a\nb", "printable"),
        ("stop.grace", "11min", "from 0s to 10min"),
    ],
)
def test_a_value_against_the_rule_is_refused_by_name(name: str, text: str, rule: str) -> None:
    with pytest.raises(InvalidSetting, match=rule) as refusal:
        parse(name, text)
    assert str(refusal.value).startswith(name)


@pytest.mark.parametrize("text", ["true", "yes", "ON", "1"])
def test_a_flag_understands_the_usual_words(text: str) -> None:
    assert parse("sms.delivery_report", text) is True
    assert row("sms.delivery_report").canonical(text) == "true"


def test_calling_codes_are_a_list_each_once() -> None:
    assert parse("fraud.countries", " +62, 65,62 ") == ("62", "65")
    assert parse("fraud.countries", "any") == ("any",)
    assert parse("fraud.countries", "") == ()
    assert row("fraud.countries").canonical("62, 65") == "62,65"


def test_patience_may_be_never() -> None:
    assert parse("route.patience.otp", "never") == NEVER
    assert row("route.patience.otp").canonical("never") == "never"


def test_an_unknown_name_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(UnknownSetting) as refusal:
        Settings.of({"otp.lenght": "6"})
    assert str(refusal.value) == "there is no setting 'otp.lenght' (did you mean otp.length?)"


def test_an_unknown_name_near_none_gets_no_suggestion() -> None:
    with pytest.raises(UnknownSetting, match=r"there is no setting 'zzz'$"):
        row("zzz")


def test_what_was_set_is_in_force_and_the_rest_stays() -> None:
    settings = Settings.of({"otp.length": "8", "sms.drop_expired": "no", "api.paths.sms": "/sms", "log.level": "debug"})
    assert (settings.otp_length, settings.drop_expired, settings.path_sms, settings.log_level) == (
        8,
        False,
        "/sms",
        "debug",
    )
    assert settings.otp_expiration == 300
    assert "/sms" in settings.paths
    assert "/api/sms" not in settings.paths


def test_settings_show_no_value_in_their_repr() -> None:
    assert "Canary" not in repr(Settings.of({"device.name": "Canary"}))
