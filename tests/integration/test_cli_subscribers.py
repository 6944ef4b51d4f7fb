"""The command line in process: subscribers."""

from __future__ import annotations

import json

import pytest
from cli_gateway import PASSWORD, Gateway, Said, typed

from otppi.domain.subscriber import Method
from otppi.ports.subscribers import RefusedRequest

pytestmark = pytest.mark.process


def test_a_subscriber_is_added_shown_changed_and_removed_and_its_password_never_seen(
    gateway: Gateway, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, f"{PASSWORD}\n")
    said = Said(capsys, "subscriber", "add", "bank", "rabbitmq", "host=broker.example", "tls=yes", "--password-stdin")
    assert (said.code, said.err) == (0, "")
    (row,) = Said(capsys, "subscriber", "list", "--json").json
    assert {key: row[key] for key in ("name", "method", "host", "port", "tls", "topic", "account", "keeps")} == {
        "name": "bank",
        "method": "rabbitmq",
        "host": "broker.example",
        "port": 5671,
        "tls": True,
        "topic": "sms",
        "account": "brokers",
        "keeps": True,
    }
    assert (row["password_set"], row["state"]) == (True, "off")
    (entry,) = gateway.do(gateway.store.subscribers.all())
    assert entry.password is not None
    assert PASSWORD.encode() not in entry.password
    assert Said(capsys, "subscriber", "set", "bank", "topic=codes", "tls=", "--no-password").code == 0
    shown = Said(capsys, "subscriber", "show", "bank", "--json").json
    assert (shown["settings"]["topic"], shown["settings"]["tls"], shown["password_set"]) == ("codes", "false", False)
    lines = Said(capsys, "subscriber", "show", "bank").out.splitlines()
    assert "declare:          passive_then_durable" in lines
    assert Said(capsys, "subscriber", "remove", "bank", "--yes").out == "subscriber bank removed\n"
    assert Said(capsys, "subscriber", "list").out == "no subscribers\n"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (("qos=1",), "a rabbitmq subscriber has no setting of that name"),
        (("tpic=x",), "did you mean topic?"),
        (("port=99999",), "port must be a whole number from 0 to 65535"),
        (("account=nobody",), "there is no user 'nobody'"),
        (("timeout=soon",), "timeout must be a span of time"),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    gateway: Gateway, capsys: pytest.CaptureFixture[str], values: tuple[str, ...], words: str
) -> None:
    said = Said(capsys, "subscriber", "add", "bank", "rabbitmq", *values)
    assert said.code == 1
    assert words in said.err
    assert gateway.do(gateway.store.subscribers.all()) == []


def test_wrong_words_are_refused(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    assert "rabbitmq, redis, mqtt, websocket" in Said(capsys, "subscriber", "add", "x", "kafka").err
    assert Said(capsys, "subscriber", "add", "x", "redis", "secret").code == 2
    assert "there is no subscriber 'x'" in Said(capsys, "subscriber", "set", "x", "topic=a").err
    assert Said(capsys, "subscriber", "add", "x", "redis").code == 0
    assert "there is a subscriber 'x' already" in Said(capsys, "subscriber", "add", "x", "redis").err
    assert "nothing to change" in Said(capsys, "subscriber", "set", "x").err
    assert "exclude each other" in Said(capsys, "subscriber", "set", "x", "--password-stdin", "--no-password").err


def test_a_user_whose_name_a_subscriber_uses_is_not_removed(
    gateway: Gateway, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, f"{PASSWORD}\n")
    assert Said(capsys, "user", "add", "till", "--password-stdin").code == 0
    assert Said(capsys, "subscriber", "add", "bank", "mqtt", "account=till").code == 0
    said = Said(capsys, "user", "remove", "till", "--yes")
    assert said.code == 1
    assert "subscriber 'bank' takes requests in its name" in said.err


def test_the_test_of_a_subscriber_says_in_words_what_is_wrong(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    assert Said(capsys, "subscriber", "add", "bank", "redis", "port=1", "timeout=1s").code == 0
    said = Said(capsys, "subscriber", "test", "bank")
    assert said.code == 1
    assert "subscriber bank: connect: nothing listens on 127.0.0.1 port 1" in said.err
    said = Said(capsys, "subscriber", "test", "bank", "--json")
    assert said.code == 1
    found = json.loads(said.out)
    assert (found["ok"], found["what"]) == (False, "connect")


def test_refusals_are_listed(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    assert Said(capsys, "subscriber", "refusals").out == "no refusals\n"
    row = RefusedRequest(
        1_800_000_000.0, "bank", "brokers", "send-sms", "1104", "receiver is on the block list", "62XXX"
    )
    gateway.do(gateway.store.subscribers.refuse(row))
    (shown,) = Said(capsys, "subscriber", "refusals", "bank", "--json").json
    assert (shown["code"], shown["receiver"], shown["command"]) == ("1104", "62XXX", "send-sms")
    assert Said(capsys, "subscriber", "refusals", "other", "--json").json == []
    assert "receiver is on the block list" in Said(capsys, "subscriber", "refusals").out
    assert Said(capsys, "subscriber", "refusals", "--limit", "0").code == 1


def test_every_method_can_be_configured(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    for method in Method:
        assert Said(capsys, "subscriber", "add", method.value, method.value).code == 0
    ports = {row["name"]: row["port"] for row in Said(capsys, "subscriber", "list", "--json").json}
    assert ports == {"rabbitmq": 5672, "redis": 6379, "mqtt": 1883, "websocket": 80}
