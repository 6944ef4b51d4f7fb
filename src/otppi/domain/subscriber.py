"""What the owner can set of a subscriber: one table of rows, and a typed view of one subscriber's values. Pure.

A subscriber is a door of ours to somebody's broker: we connect to it, and take requests from one topic. The rows of the
OTP-Pi README's four subscriber tables are all here; `readme` says which. Validation, the command line and the reference
page follow from the table. To add a setting, add a row.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

from otppi.domain.setting_kinds import Choice, Flag, Kind, Span, Text, Whole, absolute_path
from otppi.domain.setting_rows import InvalidSetting, SettingRow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otppi.domain.secret import Secret

T = TypeVar("T")

Declare = Literal["passive_then_durable", "durable", "transient", "never"]
RedisMode = Literal["pubsub", "stream"]
MqttVersion = Literal["3.1.1", "5"]

_DECLARE: Final[Kind[Declare]] = Choice(("passive_then_durable", "durable", "transient", "never"))
_REDIS_MODES: Final[Kind[RedisMode]] = Choice(("pubsub", "stream"))
_MQTT_VERSIONS: Final[Kind[MqttVersion]] = Choice(("3.1.1", "5"))
_MINUTE: Final = 60.0
_DAY: Final = 86_400.0


class Method(StrEnum):
    """The protocols a subscriber can speak."""

    RABBITMQ = "rabbitmq"
    REDIS = "redis"
    MQTT = "mqtt"
    WEBSOCKET = "websocket"


ALL: Final = tuple(Method)
PORTS: Final[Mapping[Method, tuple[int, int]]] = {
    Method.RABBITMQ: (5672, 5671),
    Method.REDIS: (6379, 6379),
    Method.MQTT: (1883, 8883),
    Method.WEBSOCKET: (80, 443),
}
"""Without TLS, and with it (the IANA registry; Redis has one for both)."""


@dataclass(frozen=True, slots=True, eq=False)
class Row(SettingRow[T]):
    """One thing to set. `methods`: the protocols it belongs to. `readme`: the field of the README's tables."""

    methods: tuple[Method, ...] = ALL


def _words(least: int, most: int, rule: str) -> Text:
    return Text(rf"[^\x00-\x1f\x7f]{{{least},{most}}}", rule)


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One subscriber as it is run. `values` holds what was set, by row; the others have their default. Build it with
    `Subscriber.of`; reading an attribute gives the typed value (spans in seconds). The password is no row: it
    is sealed in the store and never shown."""

    name: str
    method: Method
    values: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    password: Secret[str] | None = field(default=None, repr=False)

    enabled = Row("enabled", Flag(), default=True, help="Whether it is run.", readme="Enable")
    account = Row(
        "account",
        _words(1, 64, "the name of an API user, or brokers"),
        "brokers",
        "API user in whose name its messages are taken; rights, limits and duplicate keys are that user's.",
    )
    host = Row(
        "host",
        Text(r"[A-Za-z0-9._:\-]{1,253}", "a host name or an IP address"),
        "127.0.0.1",
        "Host name or IP address of the broker.",
        readme="Host",
    )
    port_set = Row(
        "port",
        Whole(0, 65_535),
        0,
        "Port of the broker; 0 for the protocol's own: 5672, 6379, 1883, 80, with TLS 5671, 6379, 8883, 443.",
        readme="Port",
    )
    tls = Row(
        "tls",
        Flag(),
        default=False,
        help="TLS; the broker's certificate must be valid for the host.",
        readme="SSL",
    )
    tls_ca = Row(
        "tls.ca",
        absolute_path("/etc/otppi/broker-ca.pem"),
        "",
        "PEM file of the authorities that are believed in place of the system's.",
    )
    path = Row(
        "path",
        Text(r"/?[^\x00-\x20\x7f#]{0,512}", "a path such as /ws, at most 513 characters, without spaces and #"),
        "/",
        "Path of the WebSocket server.",
        methods=(Method.WEBSOCKET,),
        readme="Path",
    )
    vhost = Row("vhost", _words(1, 256, "1 to 256 characters"), "/", "Virtual host.", methods=(Method.RABBITMQ,))
    username = Row(
        "username",
        _words(0, 256, "at most 256 characters"),
        "",
        "User name at the broker; of Redis the name that its CLIENT LIST shows (the user of its ACL is acl_user).",
        readme="Username",
    )
    acl_user = Row(
        "acl_user",
        _words(0, 256, "at most 256 characters"),
        "",
        "User of Redis's access control list that the password belongs to; empty for its default user.",
        methods=(Method.REDIS,),
    )
    client_id = Row(
        "client_id",
        Text(r"[\x21-\x7e]{0,64}", "at most 64 printable ASCII characters without spaces"),
        "",
        "Client id; the broker keeps the session under it. Empty for one that is made of the subscriber's name.",
        methods=(Method.MQTT,),
        readme="Client ID",
    )
    topic = Row(
        "topic",
        _words(1, 256, "1 to 256 characters"),
        "sms",
        "Queue, channel, stream or topic its messages come by. Of MQTT a filter: +, # and $share/group/ are possible.",
        readme="Topic",
    )
    declare = Row(
        "declare",
        _DECLARE,
        "passive_then_durable",
        "What is done about the queue: take it as it is, and make a durable one where there is none; "
        "declare it durable, or transient; or never declare.",
        methods=(Method.RABBITMQ,),
    )
    mode = Row(
        "mode",
        _REDIS_MODES,
        "pubsub",
        "pubsub, as documented: what comes while nobody listens is lost. stream: kept until it is safe here.",
        methods=(Method.REDIS,),
    )
    group = Row(
        "group",
        _words(1, 256, "1 to 256 characters"),
        "otppi",
        "Consumer group of the stream; gateways of one group share the work.",
        methods=(Method.REDIS,),
    )
    qos = Row(
        "qos",
        Whole(0, 2),
        1,
        "Quality of service that is asked for; with 0 what comes while nobody listens is lost.",
        methods=(Method.MQTT,),
    )
    version = Row("version", _MQTT_VERSIONS, "3.1.1", "Version of MQTT.", methods=(Method.MQTT,))
    status_topic = Row(
        "status_topic",
        Text(r"[^\x00-\x1f\x7f+#]{0,256}", "at most 256 characters, without + and #"),
        "",
        "Topic on which the broker tells, retained, that we are online or offline; empty for none.",
        methods=(Method.MQTT,),
    )
    prefetch = Row(
        "prefetch",
        Whole(1, 1000),
        100,
        "Most messages that are taken from the broker before they are safe here; of RabbitMQ and Redis no more than"
        " there are places for.",
        methods=(Method.RABBITMQ, Method.REDIS, Method.MQTT),
    )
    rate = Row("rate", Whole(0, 10_000), 0, "Most messages taken in a second; 0 for no such limit.")
    timeout = Row(
        "timeout",
        Span(0.1, 10 * _MINUTE),
        10.0,
        "Longest wait for the broker to connect or to answer.",
        readme="Timeout",
    )
    reconnect_delay = Row(
        "reconnect_delay",
        Span(0.1, 60 * _MINUTE),
        10.0,
        "Wait before it is tried again after the connection failed or was lost.",
        readme="Reconnect Delay",
    )
    refresh = Row(
        "refresh",
        Span(0, _DAY),
        0.0,
        "How often the connection is made anew though nothing is wrong with it; 0 for never.",
        readme="Refresh Connection",
    )
    heartbeat = Row(
        "heartbeat",
        Span(1, 10 * _MINUTE),
        30.0,
        "How often the connection is looked at; one that does not answer within this and the timeout is given up.",
    )
    otp = Row(
        "otp",
        Flag(),
        default=False,
        help="Whether codes may be made and checked; the answers are read by all who listen on the callback topic.",
    )
    results = Row(
        "results",
        Flag(),
        default=False,
        help="Whether the answers to messages, too, go to the callback topic of the request.",
    )

    @classmethod
    def of(cls, name: str, method: Method, texts: Mapping[str, str], password: Secret[str] | None = None) -> Subscriber:
        """The subscriber of stored texts. Raises InvalidSetting, also for a row of another protocol."""
        values = {key: row_named(key, method).parse(text) for key, text in texts.items()}
        return cls(name, method, MappingProxyType(values), password)

    @property
    def port(self) -> int:
        """The port that is meant."""
        return self.port_set or PORTS[self.method][1 if self.tls else 0]

    @property
    def keeps(self) -> bool:
        """Whether the broker keeps a message until it is acknowledged, so that it can wait there."""
        match self.method:
            case Method.RABBITMQ:
                return True
            case Method.REDIS:
                return self.mode == "stream"
            case Method.MQTT:
                return self.qos > 0
            case Method.WEBSOCKET:
                return False


ROWS: Final[Mapping[str, Row[Any]]] = {row.name: row for row in vars(Subscriber).values() if isinstance(row, Row)}
"""Every row by its name, in the order of the table."""


def rows_of(method: Method) -> tuple[Row[Any], ...]:
    """What can be set of a subscriber of this protocol."""
    return tuple(row for row in ROWS.values() if method in row.methods)


def row_named(name: str, method: Method) -> Row[Any]:
    """The row. Raises InvalidSetting, with the nearest name, where a subscriber of this protocol has none."""
    row = ROWS.get(name)
    if row is not None and method in row.methods:
        return row
    near = difflib.get_close_matches(name, [each.name for each in rows_of(method)], n=1)
    hint = f": did you mean {near[0]}?" if near else ""
    raise InvalidSetting(f"a {method.value} subscriber has no setting of that name{hint}")
