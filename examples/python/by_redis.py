"""Requests over Redis: `by_redis.py send RECEIVER TEXT`, `by_redis.py modems`. Needs redis.

MODE=stream (default here) or pubsub, as the subscriber's `mode`.
"""

import os
import sys

import redis
from envelope import get_modem_list, own_topic, send_sms

TOPIC = os.environ.get("TOPIC", "sms")
STREAM = os.environ.get("MODE", "stream") == "stream"
SECONDS = 20


def connected() -> redis.Redis:
    return redis.Redis(
        host=os.environ.get("BROKER_HOST", "127.0.0.1"),
        port=int(os.environ.get("BROKER_PORT", "6379")),
        username=os.environ.get("BROKER_USER") or None,
        password=os.environ.get("BROKER_PASSWORD") or None,
    )


def publish(client: redis.Redis, body: bytes) -> None:
    if STREAM:
        # Redis keeps the entry, also while the gateway is down, and the gateway acknowledges it once it is committed.
        # Whether it outlives a crash of Redis is a matter of its `appendfsync`. The client bounds the stream.
        client.xadd(TOPIC, {"body": body}, maxlen=100_000, approximate=True)
    elif not client.publish(TOPIC, body):
        # Nothing is kept: the number says who listened at that moment, not that anybody has it safely.
        sys.exit("nobody listens: the request is lost")


def send(receiver: str, text: str) -> None:
    with connected() as client:
        publish(client, send_sms(receiver, text))
    print("Redis has it" if STREAM else "somebody has heard it")


def modems() -> None:
    answers = own_topic("answers")
    with connected() as client:
        if STREAM:
            publish(client, get_modem_list(answers))
            came = client.xread({answers: "0"}, count=1, block=SECONDS * 1000)
            client.delete(answers)
            if not came:
                sys.exit("no answer")
            entries = came[answers.encode()][0] if isinstance(came, dict) else came[0][1]
            print(entries[0][1][b"body"].decode())
            return
        with client.pubsub(ignore_subscribe_messages=True) as channel:
            channel.subscribe(answers)
            channel.get_message(timeout=SECONDS)  # from here on we hear
            publish(client, get_modem_list(answers))
            message = channel.get_message(timeout=SECONDS)
            print(message["data"].decode() if message else "no answer")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["send", receiver, text]:
            send(receiver, text)
        case ["modems"]:
            modems()
        case _:
            sys.exit(__doc__)
