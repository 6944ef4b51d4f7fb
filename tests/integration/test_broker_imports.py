"""What speaks with brokers is loaded with the first subscriber of its kind, and not before."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.process

LIBRARIES = ("aio_pika", "aiormq", "redis", "gmqtt", "websockets")
SERVING = "otppi.app.application, otppi.bootstrap, otppi.intake.brokers.factory, otppi.intake.rest.assembly"
MAKE = """
import asyncio
from otppi.domain.subscriber import Method, Subscriber
from otppi.intake.brokers.factory import connect
async def make(): connect(Subscriber.of("x", Method({method!r}), {{}}))
asyncio.run(make())
"""


def loaded(program: str) -> set[str]:
    """Which of the libraries a program has loaded when it ends."""
    tail = f"\nimport sys; print(*(name for name in {LIBRARIES!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", program + tail], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_a_gateway_without_subscribers_loads_none_of_them() -> None:
    assert loaded(f"import {SERVING}, otppi.intake.rest.server") == set()


@pytest.mark.parametrize(
    ("method", "libraries"),
    [
        ("rabbitmq", {"aio_pika", "aiormq"}),
        ("redis", {"redis"}),
        ("mqtt", {"gmqtt"}),
        ("websocket", {"websockets"}),
    ],
)
def test_a_subscriber_loads_its_own_alone(method: str, libraries: set[str]) -> None:
    assert loaded(MAKE.format(method=method)) == libraries
