"""Filters against names, with the examples of MQTT 5.0, 4.7.1 and 4.7.2."""

from __future__ import annotations

import pytest

from otppi.domain.mqtt_topics import client_id, is_name, is_shared, matches
from otppi.domain.subscriber import Method, Subscriber


@pytest.mark.parametrize(
    ("wanted", "topic"),
    [
        ("sport/tennis/player1/#", "sport/tennis/player1"),
        ("sport/tennis/player1/#", "sport/tennis/player1/ranking"),
        ("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon"),
        ("sport/#", "sport"),
        ("#", "any/topic"),
        ("sport/tennis/+", "sport/tennis/player1"),
        ("sport/+", "sport/"),
        ("+/+", "/finance"),
        ("/+", "/finance"),
        ("$SYS/#", "$SYS/broker"),
        ("$SYS/monitor/+", "$SYS/monitor/Clients"),
        ("$share/gates/sport/+", "sport/tennis"),
        ("sms", "sms"),
    ],
)
def test_belongs(wanted: str, topic: str) -> None:
    assert matches(wanted, topic)


@pytest.mark.parametrize(
    ("wanted", "topic"),
    [
        ("sport/tennis/+", "sport/tennis/player1/ranking"),
        ("sport/+", "sport"),
        ("+", "/finance"),
        ("#", "$SYS/broker"),
        ("+/monitor/Clients", "$SYS/monitor/Clients"),
        ("sms", "SMS"),
        ("sms", "sms/a"),
        ("sport/tennis/#", "sport"),
        ("$share/gates/sms", "gates/sms"),
    ],
)
def test_does_not_belong(wanted: str, topic: str) -> None:
    assert not matches(wanted, topic)


def test_a_shared_filter_is_known() -> None:
    assert is_shared("$share/gates/sms")
    assert not is_shared("share/gates/sms")


@pytest.mark.parametrize("topic", ["", "a/#", "+", "a\0b", "x" * 65_536, "é" * 40_000])
def test_what_nobody_can_publish_to(topic: str) -> None:
    assert not is_name(topic)


def test_what_can_be_published_to() -> None:
    assert is_name("back/é")


def test_the_client_id_is_stable_short_and_differs_by_name() -> None:
    ids = {
        client_id(Subscriber(name, Method.MQTT)) for name in ("shop", "shop!", "a very long name", "a very long nail")
    }
    assert len(ids) == 4
    assert all(len(each) <= 23 and each.startswith("otppi-") for each in ids)
    assert client_id(Subscriber("shop", Method.MQTT)) == "otppi-shop-8d9001d3"
    assert client_id(Subscriber.of("shop", Method.MQTT, {"client_id": "till-7"})) == "till-7"
