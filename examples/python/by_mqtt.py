"""Requests over MQTT: `by_mqtt.py send RECEIVER TEXT`, `by_mqtt.py modems`. Needs gmqtt."""

import asyncio
import os
import sys
import uuid

from envelope import get_modem_list, own_topic, send_sms
from gmqtt import Client
from gmqtt.mqtt.constants import MQTTv311
from gmqtt.storage import PersistentStorage

HOST = os.environ.get("BROKER_HOST", "127.0.0.1")
PORT = int(os.environ.get("BROKER_PORT", "1883"))
USER = os.environ.get("BROKER_USER", "")
PASSWORD = os.environ.get("BROKER_PASSWORD", "")
TOPIC = os.environ.get("TOPIC", "sms")
SECONDS = 20


class Broker:
    """One connection; `unsent` empties as the broker acknowledges."""

    def __init__(self) -> None:
        self.unsent = PersistentStorage()
        self.client = Client(f"example-{uuid.uuid4().hex[:12]}", persistent_storage=self.unsent)

    async def __aenter__(self) -> "Broker":
        if USER:
            self.client.set_auth_credentials(USER, PASSWORD)
        await self.client.connect(HOST, PORT, version=MQTTv311)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.disconnect()

    async def publish(self, body: bytes) -> None:
        # QoS 1, and never retained: the gateway ignores retained messages. When this returns, the broker has the
        # request (PUBACK), and keeps it for the gateway's session even while that is away. Whether it outlives a crash
        # of the broker is a matter of its persistence. Whether anybody subscribes, version 3.1.1 does not say.
        self.client.publish(TOPIC, body, qos=1, retain=False)
        await asyncio.wait_for(self.unsent.wait_empty(), SECONDS)


async def send(receiver: str, text: str) -> None:
    async with Broker() as broker:
        await broker.publish(send_sms(receiver, text))
    print("the broker has it")


async def modems() -> None:
    topic = own_topic("answers")
    answer = asyncio.get_running_loop().create_future()
    listening = asyncio.Event()
    async with Broker() as broker:
        broker.client.on_subscribe = lambda *_: listening.set()
        broker.client.on_message = lambda _client, _topic, body, _qos, _properties: answer.set_result(body)
        broker.client.subscribe(topic, qos=1)
        await asyncio.wait_for(listening.wait(), SECONDS)
        await broker.publish(get_modem_list(topic))
        print((await asyncio.wait_for(answer, SECONDS)).decode())


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["send", receiver, text]:
            asyncio.run(send(receiver, text))
        case ["modems"]:
            asyncio.run(modems())
        case _:
            sys.exit(__doc__)
