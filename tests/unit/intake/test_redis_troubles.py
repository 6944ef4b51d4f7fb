"""What Redis's refusals mean for the owner."""

from __future__ import annotations

from typing import Any

import pytest
from redis._parsers.base import BaseParser
from redis.asyncio.connection import Connection

from otppi.domain.subscriber import Method, Subscriber
from otppi.intake.brokers import redis_link
from otppi.intake.brokers.redis_link import trouble_of
from otppi.ports.connector import Trouble

ORDERS = Subscriber.of("orders", Method.REDIS, {"topic": "orders", "acl_user": "shop"})
CODE = "815 493"
ERROR_OF: Any = BaseParser.parse_error
"""The library's exception for what Redis answers; it bears no types."""


@pytest.mark.parametrize(
    ("answer", "what", "words"),
    [
        ("NOAUTH Authentication required.", "login", "wants a password"),
        ("WRONGPASS invalid username-password pair or user is disabled.", "login", "does not know user shop"),
        ("ERR Client sent AUTH, but no password is set", "login", "has no password for user shop"),
        ("DENIED Redis is running in protected mode because", "login", "protected mode"),
        ("NOPERM this user has no permissions to access one of the keys", "permission", "user shop may not"),
        ("WRONGTYPE Operation against a key holding the wrong kind of value", "topic", "orders"),
        ("NOGROUP No such key 'orders' or consumer group 'otppi'", "topic", "orders"),
        ("UNBLOCKED the stream key no longer exists", "topic", "orders"),
        ("LOADING Redis is loading the dataset in memory", "connect", "loading"),
        ("ERR max number of clients reached", "connect", "maxclients"),
        ("READONLY You can't write against a read only replica.", "protocol", "replica"),
        ("MISCONF Redis is configured to save RDB snapshots", "protocol", "disk"),
        ("OOM command not allowed when used memory > 'maxmemory'.", "protocol", "maxmemory"),
        ("MOVED 3999 127.0.0.1:6381", "protocol", "cluster"),
        ("ERR something of another day", "protocol", "something of another day"),
    ],
)
def test_a_refusal_in_words(answer: str, what: str, words: str) -> None:
    trouble = trouble_of(ERROR_OF(answer), ORDERS)
    assert trouble.what == what
    assert words in trouble.words


def test_a_command_that_is_not_known_is_not_quoted() -> None:
    answer = f"ERR unknown command 'XADD', with args beginning with: 'answers' '*' 'body' '{CODE}'"
    trouble = trouble_of(ERROR_OF(answer), ORDERS)
    assert trouble.what == "protocol"
    assert CODE not in trouble.words


def test_what_redis_says_is_cut_and_printable() -> None:
    trouble = trouble_of(ERROR_OF("ERR bad\x1b[31m " + "x" * 1000), ORDERS)
    assert trouble.words.isprintable()
    assert len(trouble.words) < 300


class ClosedBelow(Connection):
    """A connection whose transport was closed a moment ago, before the library has heard of it."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    @property
    def is_connected(self) -> bool:
        return True

    async def send_command(self, *args: Any, **kwargs: Any) -> None:
        raise self.error


@pytest.mark.parametrize("error", [AttributeError("_add_writer"), RuntimeError("closed transport")], ids=repr)
async def test_a_transport_that_has_just_been_closed_is_a_loss(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_link, "_connection", lambda *_: ClosedBelow(error))
    with pytest.raises(Trouble) as caught:
        await redis_link.Link(ORDERS, None).ask("PING")
    assert caught.value.what in ("lost", "connect")
