"""What the codes of MQTT 3.1.1 (3.2.2.3, 3.9.3) and 5.0 (2.4) mean for the owner. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otppi.ports.connector import Trouble

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otppi.domain.subscriber import Subscriber
    from otppi.ports.connector import What

_LOGIN: Final = "does not let us in: check username, password and client_id"
_BUSY: Final = "cannot serve us now: look at its load and limits"
_VERSION: Final = "does not speak this version of MQTT: check version"
_PROTOCOL: Final = "did not understand us: check version"
_MOVED: Final = "sends us to another server: check host"

_REFUSALS: Final[Mapping[int, tuple[What, str]]] = {
    1: ("protocol", _VERSION),
    2: ("login", "does not take the client id: check client_id"),
    3: ("connect", _BUSY),
    4: ("login", _LOGIN),
    5: ("login", _LOGIN),
    0x81: ("protocol", _PROTOCOL),
    0x82: ("protocol", _PROTOCOL),
    0x84: ("protocol", _VERSION),
    0x85: ("login", "does not take the client id: check client_id"),
    0x86: ("login", _LOGIN),
    0x87: ("login", _LOGIN),
    0x88: ("connect", _BUSY),
    0x89: ("connect", _BUSY),
    0x8A: ("permission", "has banned us: ask who runs it"),
    0x8C: ("login", "wants another way to sign in than user name and password"),
    0x90: ("topic", "does not take the topic of our will: check status_topic"),
    0x97: ("connect", _BUSY),
    0x9A: ("protocol", "keeps no retained messages: set status_topic to nothing"),
    0x9B: ("protocol", "does not take our will with QoS 1: set status_topic to nothing"),
    0x9C: ("connect", _MOVED),
    0x9D: ("connect", _MOVED),
    0x9F: ("connect", _BUSY),
}
"""Of a CONNACK. Mosquitto answers a wrong password with 5 or 0x87, "not authorized"."""

_TOPICS: Final[Mapping[int, tuple[What, str]]] = {
    0x80: ("permission", "does not let us read this topic: check topic and the rights of username"),
    0x87: ("permission", "does not let us read this topic: check topic and the rights of username"),
    0x8F: ("topic", "does not take this topic as a filter: check topic"),
    0x9E: ("topic", "knows no shared subscriptions: take $share/.../ off topic"),
    0xA2: ("topic", "knows no wildcards: take + and # off topic"),
}
"""Of a SUBACK."""

_ENDS: Final[Mapping[int, str]] = {
    0x81: "it did not understand us",
    0x82: "it did not understand us",
    0x87: "it no longer lets us in",
    0x8B: "it is stopping",
    0x8D: "it had not heard of us for too long",
    0x8E: "somebody else signed in with our client id: each gateway needs a client_id of its own",
    0x97: "a limit of the broker is reached",
    0x98: "whoever runs it ended it",
}
"""Of a DISCONNECT."""


def refusal(code: int, subscriber: Subscriber) -> Trouble:
    """Of a CONNACK that is none of success."""
    what, words = _REFUSALS.get(code, ("protocol", f"refused the connection with code {code}"))
    return Trouble(what, f"the broker at {subscriber.host} {words}")


def not_granted(code: int, subscriber: Subscriber) -> Trouble:
    """Of a SUBACK with a code of 128 or more."""
    what, words = _TOPICS.get(code, ("topic", f"refused this topic with code {code}"))
    return Trouble(what, f"the broker at {subscriber.host} {words}")


def end(code: int, subscriber: Subscriber) -> Trouble:
    """Of a connection that stood; 0 where the broker said nothing."""
    silent = "without a word; where this goes on, somebody else may use our client id"
    why = _ENDS.get(code, f"code {code}") if code else silent
    return Trouble("lost", f"the broker at {subscriber.host} ended the connection: {why}")


def no_answer(subscriber: Subscriber) -> Trouble:
    """Of a connection that was closed before the broker answered."""
    words = "closed the connection before it answered: check port, tls and version, and whether it is an MQTT broker"
    return Trouble("protocol", f"{subscriber.host} port {subscriber.port} {words}")


def no_connection(subscriber: Subscriber) -> Trouble:
    """Of a connection that was reset while it was made, which is what a port without TLS does when it is greeted so."""
    if not subscriber.tls:
        return no_answer(subscriber)
    words = "does not speak TLS with us: check tls and port"
    return Trouble("tls", f"{subscriber.host} port {subscriber.port} {words}")
