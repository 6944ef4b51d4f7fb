"""Everything the owner can set while the gateway runs: one table, and a typed view of what was set. Pure.

To add a setting, add a row to `Settings`: the command line, the reference page and the checks follow from it.
A row is read as an attribute (`settings.otp_length`). What only the boot file may say is not here (`otppi.config`).
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

from otppi.domain.durations import NEVER
from otppi.domain.setting_kinds import CallingCodes, Choice, Flag, Kind, Span, Text, Whole, absolute_path
from otppi.domain.setting_rows import SettingRow

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")

LogLevel = Literal["debug", "info", "warning", "error"]
LogFormat = Literal["text", "json"]
FraudMode = Literal["off", "watch", "enforce"]
SuccessCode = Literal["auto", "000", "0000"]

_LEVELS: Final[Kind[LogLevel]] = Choice(("debug", "info", "warning", "error"))
_LOG_FORMATS: Final[Kind[LogFormat]] = Choice(("text", "json"))
_FRAUD_MODES: Final[Kind[FraudMode]] = Choice(("off", "watch", "enforce"))
_SUCCESS_CODES: Final[Kind[SuccessCode]] = Choice(("auto", "000", "0000"))
_MINUTE: Final = 60.0
_HOUR: Final = 3600.0
_DAY: Final = 86_400.0


class UnknownSetting(KeyError):
    """There is no setting of that name; the message suggests the nearest one."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True, slots=True, eq=False)
class Row(SettingRow[T]):
    """One setting. `readme` is the page and field of the README. The value of a `secret` row is never shown; an
    `unused` one has no effect yet."""

    secret: bool = False
    unused: bool = False


def _path(name: str, default: str, what: str, readme: str = "") -> Row[str]:
    kind = Text(
        r"(?!/v1(?:/|$)|/health$)/[A-Za-z0-9._~/-]{1,128}",
        "a path such as /api/otp: letters, digits and ._~/-, at most 129 in all, and neither /health nor under /v1/",
    )
    return Row(name, kind, default, f"Path on which clients {what}.", readme)


def _file(name: str, what: str) -> Row[str]:
    return Row(name, absolute_path("/etc/otppi/api.pem"), "", what)


def _most(name: str, default: int, highest: int, what: str) -> Row[int]:
    return Row(name, Whole(0, highest), default, f"Most codes {what}; 0 for no such rule.")


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings in force: `values` holds those that were set, by name; the others have their default.

    Build it with `Settings.of`; reading an attribute gives the typed value (spans in seconds, NEVER for never).
    """

    values: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), repr=False)

    log_level = Row(
        "log.level",
        _LEVELS,
        "info",
        "How much the gateway logs; no level ever shows a code, a text or a password.",
    )
    log_format = Row(
        "log.format",
        _LOG_FORMATS,
        "text",
        "How a line of the log looks: words for people, or one JSON object.",
    )
    device_name = Row(
        "device.name",
        Text(r"[\x20-\x7e]{1,64}", "1 to 64 printable ASCII characters"),
        "OTP-Pi",
        "Name of this gateway on its pages and in its mails.",
        "General Settings: Device Name",
    )
    otp_length = Row("otp.length", Whole(4, 12), 6, "Digits of a code.")
    otp_expiration = Row(
        "otp.expiration",
        Span(10, _DAY, bare_unit="ms"),
        300.0,
        "Life of a code whose request names no expiration.",
        "General Settings: OTP Expiration",
    )
    otp_max_life = Row("otp.max_life", Span(30, _DAY), 10 * _MINUTE, "Longest life of a code; a longer one is cut.")
    country_code = Row(
        "sms.country_code",
        Text(r"[1-9]\d{0,2}", "1 to 3 digits that do not begin with 0"),
        "62",
        "Country code of numbers that are written without one.",
        "SMS Settings: Country Code",
    )
    prefix_length = Row(
        "sms.prefix_length",
        Whole(1, 15),
        5,
        "Leading digits of a number, country code included, that take part in the choice of a modem.",
        "SMS Settings: Recipient Prefix Length",
    )
    drop_expired = Row(
        "sms.drop_expired",
        Flag(),
        default=True,
        help="Drop a plain message whose life is over; if false it goes out late, marked late. A code never is.",
        readme="General Settings: Drop Expire OTP",
    )
    delivery_report = Row("sms.delivery_report", Flag(), default=False, help="Ask the network for a delivery report.")
    max_segments = Row("sms.max_segments", Whole(1, 255), 10, "Most segments of one message; a longer one is refused.")
    log_outgoing = Row(
        "sms.log_outgoing",
        Flag(),
        default=False,
        help="Write a line for each SMS sent into a CSV file for each day, with the receiver masked.",
        readme="SMS Settings: Log Outgoing SMS",
    )
    monitor_sms = Row(
        "monitor.sms",
        Flag(),
        default=False,
        help="Tell live watchers of every message on its way: door, modem, state, and the receiver masked.",
        readme="SMS Settings: Monitor SMS Traffic",
        unused=True,
    )
    dedupe_window = Row(
        "dedupe.window",
        Span(_MINUTE, 30 * _DAY),
        _DAY,
        "How long a reference, an Idempotency-Key or a redelivery is recognised as a duplicate.",
    )
    dedupe_id_window = Row(
        "dedupe.id_window",
        Span(0, 30 * _DAY),
        15 * _MINUTE,
        "How long a documented id with the same content is recognised as a duplicate.",
    )
    message_max_life = Row(
        "message.max_life", Span(_MINUTE, 30 * _DAY), _DAY, "Life of a plain message that names no expiration."
    )
    message_max_ahead = Row(
        "message.max_ahead",
        Span(_MINUTE, 365 * _DAY),
        30 * _DAY,
        "How far ahead the time may lie at which a message is to be sent (send_at).",
    )
    hold_for = Row(
        "in_doubt.hold_for",
        Span(0, 30 * _DAY),
        15 * _MINUTE,
        "How long a plain message of unknown outcome is held for a decision before it ends as failed.",
    )
    patience_otp = Row(
        "route.patience.otp",
        Span(0, _DAY, never=True),
        0.0,
        "How long a code waits for a modem of its tier that cannot take it before the next tier is asked.",
    )
    patience_normal = Row("route.patience.normal", Span(0, _DAY, never=True), _MINUTE, "The same for a normal message.")
    patience_bulk = Row("route.patience.bulk", Span(0, _DAY, never=True), NEVER, "The same for a bulk message.")
    fraud_mode = Row(
        "fraud.mode",
        _FRAUD_MODES,
        "watch",
        "What velocity, country and conversion limits on codes do: nothing, raise an alarm, or refuse as well.",
    )
    fraud_countries = Row(
        "fraud.countries",
        CallingCodes(),
        (),
        "Calling codes of the countries that get codes; where none is named, only sms.country_code.",
    )
    fraud_conversion = Row(
        "fraud.conversion",
        Whole(0, 100),
        10,
        "Percentage of the codes sent to a range of numbers in an hour that must be entered, or the range is blocked;"
        " 0 for no such rule.",
    )
    fraud_receiver_hour = _most("fraud.receiver_hour", 5, 100, "an hour for one receiver")
    fraud_receiver_day = _most("fraud.receiver_day", 10, 100, "a day for one receiver")
    fraud_prefix_10min = _most("fraud.prefix_10min", 20, 100_000, "in 10 minutes for one range of numbers")
    fraud_prefix_hour = _most("fraud.prefix_hour", 60, 100_000, "an hour for one range of numbers")
    fraud_account_minute = _most("fraud.account_minute", 60, 100_000, "a minute for one account")
    fraud_source_10min = _most("fraud.source_10min", 10, 100, "in 10 minutes for one `end_user_ip`")
    fraud_new_account_day = _most(
        "fraud.new_account_day", 100, 100_000, "a day for an account until its codes are entered"
    )
    queue_per_account = Row(
        "limits.queue_per_account",
        Whole(1, 1_000_000),
        10_000,
        "Most messages of one account that have not ended; more are refused.",
    )
    queue = Row(
        "limits.queue",
        Whole(1, 1_000_000),
        100_000,
        "Most messages of all accounts that have not ended; more are refused.",
    )
    stop_grace = Row(
        "stop.grace", Span(0, 10 * _MINUTE), 30.0, "How long a stop waits for messages that are being sent."
    )
    http_port = Row(
        "api.http_port",
        Whole(0, 65_535),
        8899,
        "HTTP port of the API; 0 takes a free one. A port that the start names comes first.",
        "API Settings: HTTP Port",
    )
    http_enabled = Row(
        "api.http_enabled", Flag(), default=True, help="Serve the API by HTTP.", readme="API Settings: Enable HTTP"
    )
    http_clear_ok = Row(
        "api.http_clear_ok",
        Flag(),
        default=False,
        help="Raise no alarm where HTTP lets passwords and texts cross a network in clear.",
    )
    https_port = Row(
        "api.https_port",
        Whole(0, 65_535),
        10_443,
        "HTTPS port of the API; 0 takes a free one.",
        "API Settings: HTTPS Port",
    )
    https_enabled = Row(
        "api.https_enabled", Flag(), default=False, help="Serve the API by HTTPS.", readme="API Settings: Enable HTTPS"
    )
    https_certificate = _file(
        "api.https_certificate", "PEM file with the certificate of HTTPS and its chain; empty: one signed by itself."
    )
    https_key = _file("api.https_key", "PEM file with its private key; empty: it is in the file of the certificate.")
    path_otp = _path("api.paths.otp", "/api/otp", "create and validate codes")
    path_message = _path("api.paths.message", "/api/message", "send SMS and e-mail", "API Settings: Message Path")
    path_sms = _path("api.paths.sms", "/api/sms", "send SMS")
    path_email = _path("api.paths.email", "/api/email", "send e-mail")
    path_block = _path("api.paths.block", "/api/block", "block a number", "API Settings: Blocking Path")
    path_blocking = _path("api.paths.blocking", "/api/blocking", "block a number too, as older clients do")
    path_unblock = _path("api.paths.unblock", "/api/unblock", "unblock a number", "API Settings: Unblocking Path")
    path_unblocking = _path("api.paths.unblocking", "/api/unblocking", "unblock a number too, as older clients do")
    success_code = Row(
        "api.success_code",
        _SUCCESS_CODES,
        "auto",
        "Response code of success; auto gives 000 to the documented command names and 0000 to the older ones.",
    )
    retention_finished = Row(
        "retention.finished",
        Span(_DAY, 3650 * _DAY),
        30 * _DAY,
        "How long the record of a finished message is kept.",
    )
    retention_reports = Row(
        "retention.reports", Span(_DAY, 3650 * _DAY), 365 * _DAY, "How long the daily files of outgoing SMS are kept."
    )
    metrics_enabled = Row("metrics.enabled", Flag(), default=True, help="Answer /metrics, for Prometheus.")
    metrics_open = Row(
        "metrics.open",
        Flag(),
        default=False,
        help="Answer /metrics without a password; if false the account needs the right modems.",
    )
    metrics_accounts = Row(
        "metrics.accounts", Flag(), default=False, help="Count messages in /metrics by account too, under its name."
    )

    @classmethod
    def of(cls, texts: Mapping[str, str]) -> Settings:
        """The settings with `texts` set. Raises UnknownSetting or InvalidSetting."""
        return cls(MappingProxyType({name: row(name).parse(text) for name, text in texts.items()}))

    @property
    def four_digits(self) -> bool | None:
        """Whether a success is written `0000`, or `000`; None where the name of the command decides."""
        return None if self.success_code == "auto" else self.success_code == "0000"

    @property
    def paths(self) -> tuple[str, ...]:
        """The documented paths, each once, in the order of the table."""
        paths = [self.values.get(name, row.default) for name, row in ROWS.items() if name.startswith("api.paths.")]
        return tuple(dict.fromkeys(paths))


ROWS: Final[Mapping[str, Row[Any]]] = MappingProxyType(
    {row.name: row for row in vars(Settings).values() if isinstance(row, Row)}
)
"""Every setting by name, in the order of the table."""


def row(name: str) -> Row[Any]:
    """The row of that name. Raises UnknownSetting."""
    if name in ROWS:
        return ROWS[name]
    near = difflib.get_close_matches(name, ROWS, n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    raise UnknownSetting(f"there is no setting {name[:64]!r}{hint}")


def parse(name: str, text: str) -> object:
    """The value `text` gives the setting `name`. Raises UnknownSetting or InvalidSetting."""
    return row(name).parse(text)
