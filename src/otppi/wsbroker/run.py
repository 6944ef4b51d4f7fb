"""The broker as a process: hygiene, one line when it listens, signals."""

from __future__ import annotations

import asyncio
import json
import resource
import signal
from typing import TYPE_CHECKING, Final

from otppi.host.process import harden
from otppi.wsbroker.server import Broker

if TYPE_CHECKING:
    from otppi.wsbroker.options import BrokerOptions

_FILES_WANTED: Final = 4096
"""Open files: every client is one, and the usual limit is 1024."""


def run(options: BrokerOptions) -> None:
    """Serve until SIGTERM or SIGINT; says one line on stdout when it listens. Raises Refused."""
    harden()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES_WANTED if most == resource.RLIM_INFINITY else min(_FILES_WANTED, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
    asyncio.run(_until_signal(options))


async def _until_signal(options: BrokerOptions) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    broker = Broker(options)
    await broker.start()
    print(_listening(options, *broker.ports), flush=True)
    await stopped.wait()
    await broker.stop()


def _listening(options: BrokerOptions, port: int | None, tls_port: int | None) -> str:
    if options.json:
        return json.dumps({"host": options.host, "port": port, "tls_port": tls_port})
    host = f"[{options.host}]" if ":" in options.host else options.host
    places = [f"{scheme}://{host}:{used}" for scheme, used in (("ws", port), ("wss", tls_port)) if used is not None]
    return f"ws-broker listening on {' and '.join(places)}"
