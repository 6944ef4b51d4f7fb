"""Codes over HTTP: `by_http.py create RECEIVER REFERENCE`, `by_http.py validate RECEIVER REFERENCE CODE`,
`by_http.py send RECEIVER TEXT`, `by_http.py modems`. Needs nothing but Python.
"""

import base64
import json
import os
import sys
import time
import urllib.request

from envelope import send_sms

URL = os.environ.get("GATEWAY", "http://127.0.0.1:8899") + "/api/otp"
USER = os.environ.get("GATEWAY_USER", "shop")
PASSWORD = os.environ.get("GATEWAY_PASSWORD", "")


def ask(body: bytes) -> None:
    """Print the reply. A success means that what was asked for is on the gateway's disk.

    After HTTP 503 or a broken connection send the same body again: its reference or id makes it the same message.
    """
    basic = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    request = urllib.request.Request(URL, body, {"Authorization": f"Basic {basic}", "Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=70) as answer:
        reply = json.load(answer)
    print(json.dumps(reply))
    if reply["response_code"] not in ("000", "0000"):
        sys.exit(1)


def create(receiver: str, reference: str) -> None:
    # The gateway makes the code and puts it in place of %s; nobody but the receiver learns it. param1 is bound to it.
    now = int(time.time())
    data = {
        "date_time": now,
        "expiration": now + 120,
        "receiver": receiver,
        "message": "Your code is %s",
        "reference": reference,
        "param1": "login",
    }
    ask(json.dumps({"command": "create-otp", "data": data}).encode())


def validate(receiver: str, reference: str, code: str) -> None:
    # A code is good for one use. 1202: wrong; 1203: its time is over; 1204: too many wrong ones.
    data = {
        "date_time": int(time.time()),
        "receiver": receiver,
        "otp": code,
        "reference": reference,
        "param1": "login",
    }
    ask(json.dumps({"command": "validate-otp", "data": data}).encode())


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["create", receiver, reference]:
            create(receiver, reference)
        case ["validate", receiver, reference, code]:
            validate(receiver, reference, code)
        case ["send", receiver, text]:
            ask(send_sms(receiver, text))
        case ["modems"]:
            ask(json.dumps({"command": "get-modem-list", "data": {}}).encode())
        case _:
            sys.exit(__doc__)
