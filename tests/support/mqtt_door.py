"""A connector of MQTT at work in a test: hands that take, and what becomes of the connection."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from broker_server import PASSWORD

from otppi.domain.secret import Secret
from otppi.domain.subscriber import Method, Subscriber

if TYPE_CHECKING:
    from collections.abc import Callable

    from mosquitto_server import MosquittoServer


def subscriber(server: MosquittoServer, topic: str, password: str = PASSWORD, **values: str) -> Subscriber:
    """Of the server's rows, with others in their place; `tls_ca` is tls.ca."""
    given = {name.replace("tls_ca", "tls.ca"): value for name, value in values.items()}
    return Subscriber.of("shop", Method.MQTT, server.values(topic) | given, Secret(password))


async def until_so(holds: Callable[[], bool]) -> None:
    """Wait for what another process, or a script, says; TimeoutError after 10 seconds."""
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - there is nothing that could set an event
            await asyncio.sleep(0.01)
