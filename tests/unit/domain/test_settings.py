"""The settings table: every row is sound, every refusal names the setting and its rule, defaults are as decided."""

from __future__ import annotations

import pytest

from otppi.domain.durations import NEVER
from otppi.domain.setting_rows import InvalidSetting
from otppi.domain.settings import ROWS, Row, Settings, UnknownSetting, parse, row


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
    assert (settings.message_max_life, settings.hold_for, settings.message_max_ahead) == (86_400, 900, 30 * 86_400)
    assert (settings.patience_otp, settings.patience_normal, settings.patience_bulk) == (0, 60, NEVER)
    assert (settings.fraud_mode, settings.success_code, settings.stop_grace) == ("watch", "auto", 30)
    assert (settings.http_port, settings.https_port, settings.retention_finished) == (8899, 10_443, 30 * 86_400)
    assert (settings.http_enabled, settings.https_enabled, settings.http_clear_ok) == (True, False, False)
    assert (settings.https_certificate, settings.https_key) == ("", "")
    assert (settings.queue_per_account, settings.queue) == (10_000, 100_000)
    assert (settings.fraud_receiver_hour, settings.fraud_receiver_day) == (5, 10)
    assert (settings.fraud_prefix_10min, settings.fraud_prefix_hour, settings.fraud_account_minute) == (20, 60, 60)
    assert (settings.fraud_countries, settings.fraud_conversion) == ((), 10)
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
        ("api.paths.sms", "/v1/sms", "neither /health nor under /v1/"),
        ("api.paths.sms", "/v1", "neither /health nor under /v1/"),
        ("api.paths.sms", "/health", "neither /health nor under /v1/"),
        ("api.https_port", "65536", "from 0 to 65535"),
        ("api.https_key", "key.pem", "an absolute path such as /etc/otppi/api.pem, or empty"),
        ("api.https_key", "/a\x00b", "an absolute path"),
        ("device.name", "a\nb", "printable"),
        ("stop.grace", "11min", "from 0s to 10min"),
    ],
)
def test_a_value_against_the_rule_is_refused_by_name(name: str, text: str, rule: str) -> None:
    with pytest.raises(InvalidSetting, match=rule) as refusal:
        parse(name, text)
    assert str(refusal.value).startswith(name)


README_ROWS = {
    "API Settings: HTTP Port": "api.http_port",
    "API Settings: Enable HTTP": "api.http_enabled",
    "API Settings: HTTPS Port": "api.https_port",
    "API Settings: Enable HTTPS": "api.https_enabled",
    "API Settings: Message Path": "api.paths.message",
    "API Settings: Blocking Path": "api.paths.block",
    "API Settings: Unblocking Path": "api.paths.unblock",
    "General Settings: Device Name": "device.name",
    "General Settings: OTP Expiration": "otp.expiration",
    "General Settings: Drop Expire OTP": "sms.drop_expired",
    "General Settings: Device Time Zone": None,
    "General Settings: NTP Server": None,
    "General Settings: Update Timer": None,
    "General Settings: Restart Service": None,
    "General Settings: Restart Device": None,
    "SMS Settings: Country Code": "sms.country_code",
    "SMS Settings: Recipient Prefix Length": "sms.prefix_length",
    "SMS Settings: Log Outgoing SMS": "sms.log_outgoing",
    "SMS Settings: Monitor SMS Traffic": "monitor.sms",
}
"""Every row of the pages API, General and SMS Settings of the OTP-Pi README and the setting that stands for it. None:
it changes the machine (time zone, NTP, restarts), which belongs to the operating system until there is a console."""


@pytest.mark.feature("F028", "F029", "F030", "F031", "F032", "F033", "F034", "F035")
@pytest.mark.parametrize(("readme", "name"), README_ROWS.items())
def test_every_row_of_the_readmes_pages_is_a_setting_or_has_its_reason(readme: str, name: str | None) -> None:
    assert [each.name for each in ROWS.values() if each.readme == readme] == ([] if name is None else [name])


def test_no_setting_claims_a_row_that_the_readme_does_not_have() -> None:
    assert {each.readme for each in ROWS.values() if each.readme} == {row for row, name in README_ROWS.items() if name}


def test_a_path_that_only_begins_like_one_of_ours_is_free() -> None:
    assert parse("api.paths.sms", "/v10/sms") == "/v10/sms"
    assert parse("api.paths.sms", "/healthy") == "/healthy"


def test_a_file_is_a_path_or_nothing() -> None:
    assert parse("api.https_certificate", "/etc/ssl/büro 1.pem") == "/etc/ssl/büro 1.pem"
    assert parse("api.https_certificate", "") == ""


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
