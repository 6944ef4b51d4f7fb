"""What a connector makes of a stranger: a port where something answers that is no broker of its kind."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

import pytest
from broker_server import PASSWORD
from connector_stands import refused

from otppi.domain.secret import Secret
from otppi.domain.subscriber import Method, Subscriber
from otppi.intake.brokers.factory import connect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


METHODS = pytest.mark.parametrize(
    ("method", "rows"),
    [
        pytest.param(Method.RABBITMQ, {}, id="rabbitmq"),
        pytest.param(Method.REDIS, {"mode": "stream"}, id="redis stream"),
        pytest.param(Method.REDIS, {"mode": "pubsub"}, id="redis pubsub"),
        pytest.param(Method.MQTT, {"version": "3.1.1"}, id="mqtt 3.1.1"),
        pytest.param(Method.MQTT, {"version": "5"}, id="mqtt 5"),
        pytest.param(Method.WEBSOCKET, {}, id="websocket"),
    ],
)
SILENT = None
ANSWERS = pytest.mark.parametrize(
    "answer",
    [
        pytest.param(SILENT, id="silence"),
        pytest.param(b"", id="an end"),
        pytest.param(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", id="HTTP"),
        pytest.param(b"\x00\xff\x13\x37" * 1000, id="noise"),
        pytest.param(b"-ERR what\r\n", id="an error of Redis"),
        pytest.param(b"\x20\x02\x00\x05", id="a refusal of MQTT"),
    ],
)


@contextlib.asynccontextmanager
async def answering(answer: bytes | None) -> AsyncIterator[int]:
    """A server that answers the first octets so, and hangs up; its port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await reader.read(1)
            if answer is None:
                await reader.read()
            else:
                writer.write(answer)
                await writer.drain()
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@pytest.mark.process
@METHODS
@ANSWERS
async def test_whatever_answers_it_is_trouble_within_the_timeout(
    method: Method, rows: dict[str, str], answer: bytes | None
) -> None:
    async with answering(answer) as port:
        values = {"port": str(port), "topic": "sms", "timeout": "500ms", **rows}
        who = Subscriber.of("shop", method, values, Secret(PASSWORD))
        begun = time.monotonic()
        told = await refused(lambda: connect(who))
        # Two attempts of half a second and their closing; a wait without an end would be PATIENCE.
        assert time.monotonic() - begun < 6
    assert told
