"""Requests over a WSMessageBroker: `by_websocket.py send RECEIVER TEXT`, `by_websocket.py modems`. Needs websockets."""

import asyncio
import base64
import os
import sys
from urllib.parse import quote

from envelope import get_modem_list, own_topic, send_sms
from websockets.asyncio.client import ClientConnection, connect

HOST = os.environ.get("BROKER_HOST", "127.0.0.1")
PORT = os.environ.get("BROKER_PORT", "9000")
USER = os.environ.get("BROKER_USER", "")
PASSWORD = os.environ.get("BROKER_PASSWORD", "")
PATH = os.environ.get("BROKER_PATH", "/")
TOPIC = os.environ.get("TOPIC", "sms")


def at(topic: str) -> connect:
    """A connection is for one topic: what is sent goes to all others of it."""
    basic = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    url = f"ws://{HOST}:{PORT}{PATH}?topic={quote(topic, safe='')}"
    return connect(url, additional_headers={"Authorization": f"Basic {basic}"}, proxy=None)


async def publish(connection: ClientConnection, body: bytes) -> None:
    # A text message. Nothing is certain: such a broker passes it on to who is connected at this moment and keeps
    # nothing. Who must know asks for an answer (the subscriber's setting `results`), or takes another door.
    await connection.send(body.decode())


async def send(receiver: str, text: str) -> None:
    async with at(TOPIC) as connection:
        await publish(connection, send_sms(receiver, text))
    print("the broker was told")


async def modems() -> None:
    answers = own_topic("answers")
    async with at(answers) as listening, at(TOPIC) as connection:
        await publish(connection, get_modem_list(answers))
        print(await asyncio.wait_for(listening.recv(), 20))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["send", receiver, text]:
            asyncio.run(send(receiver, text))
        case ["modems"]:
            asyncio.run(modems())
        case _:
            sys.exit(__doc__)
