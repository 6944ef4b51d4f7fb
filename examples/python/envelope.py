"""The requests the examples make. What a client of yours needs of this folder: these two, and the file of its broker.

The id names the request: the same one sent again within 15 minutes is the same SMS. Without an expiration the SMS lives
for a day; with one it never goes out later.
"""

import json
import time
import uuid


def send_sms(receiver: str, text: str, life: int = 60) -> bytes:
    """A request for an SMS that is of no more use in `life` seconds."""
    now = int(time.time())
    data = {
        "id": uuid.uuid4().hex,
        "date_time": now,
        "expiration": now + life,
        "receiver": receiver,
        "message": text,
    }
    return json.dumps({"command": "send-sms", "data": data}).encode()


def get_modem_list(callback_topic: str) -> bytes:
    """A request that is answered on `callback_topic`."""
    data = {"date_time": int(time.time())}
    return json.dumps({"command": "get-modem-list", "data": data, "callback_topic": callback_topic}).encode()


def own_topic(name: str) -> str:
    """A topic for one answer: nobody else's answers come there."""
    return f"{name}-{uuid.uuid4().hex[:12]}"
