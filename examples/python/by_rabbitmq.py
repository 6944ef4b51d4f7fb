"""Requests over RabbitMQ: `by_rabbitmq.py send RECEIVER TEXT`, `by_rabbitmq.py modems`. Needs aio-pika."""

import asyncio
import os
import sys
import uuid

import aio_pika
from envelope import get_modem_list, own_topic, send_sms

HOST = os.environ.get("BROKER_HOST", "127.0.0.1")
PORT = int(os.environ.get("BROKER_PORT", "5672"))
USER = os.environ.get("BROKER_USER", "guest")
PASSWORD = os.environ.get("BROKER_PASSWORD", "guest")
TOPIC = os.environ.get("TOPIC", "sms")


async def publish(channel: aio_pika.abc.AbstractChannel, body: bytes) -> None:
    # Persistent, confirmed and mandatory: when this returns, RabbitMQ has the request on its disk (if the queue is a
    # durable one). The gateway gets it even if it is down now, and RabbitMQ keeps it until it is committed there.
    message = aio_pika.Message(
        body,
        content_type="application/json",
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        message_id=uuid.uuid4().hex,  # by this a redelivery is known
    )
    await channel.default_exchange.publish(message, routing_key=TOPIC, mandatory=True)


async def send(receiver: str, text: str) -> None:
    async with await aio_pika.connect(host=HOST, port=PORT, login=USER, password=PASSWORD) as connection:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        await publish(channel, send_sms(receiver, text))
    print("RabbitMQ has it")


async def modems() -> None:
    async with await aio_pika.connect(host=HOST, port=PORT, login=USER, password=PASSWORD) as connection:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        # Not exclusive: the gateway must be able to see the queue. It goes when we do.
        answers = await channel.declare_queue(own_topic("answers"), auto_delete=True)
        async with answers.iterator(no_ack=True, timeout=20) as coming:
            await publish(channel, get_modem_list(answers.name))
            async for message in coming:
                print(message.body.decode())
                break


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["send", receiver, text]:
            asyncio.run(send(receiver, text))
        case ["modems"]:
            asyncio.run(modems())
        case _:
            sys.exit(__doc__)
