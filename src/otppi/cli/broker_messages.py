"""The messages of brokers as the reference tells them: their payloads, and one example of each.

Payloads are the schemas that the OpenAPI document shows for the documented paths, and the two members that only brokers
have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from otppi.app.brokers.callbacks import ANSWERED, DEFAULT_DELAY, MOST_DELAY, MOST_TOPIC
from otppi.domain.commands import COMMAND_WORDS
from otppi.domain.rights import Right
from otppi.wire import schemas

if TYPE_CHECKING:
    from collections.abc import Mapping

SUMMARIES: Final[Mapping[str, str]] = {
    "create-otp": "Make a code and send it",
    "validate-otp": "Check a code",
    "resend-otp": "Send the same code once more",
    "send-sms": "Send a text as SMS",
    "send-email": "Send an e-mail; refused with 1102 until e-mail is configured",
    "send-message": "Send a text as SMS, or as e-mail where the receiver holds an @",
    "block-msisdn": "Send no SMS to this number any more",
    "unblock-msisdn": "Take that back",
    "request-ussd": "Dial a USSD code; refused with 1102 in this version",
    "get-modem-list": "The modems and their states",
    "echo": "Give the request back",
}
EXAMPLES: Final[Mapping[str, Mapping[str, Any]]] = {
    "create-otp": {
        "date_time": 1795564800,
        "expiration": 1795564860,
        "receiver": "081200001234",
        "message": "Your code is %s",
        "reference": "order-4711",
        "param1": "100000",
    },
    "validate-otp": {"receiver": "081200001234", "otp": "123456", "reference": "order-4711", "param1": "100000"},
    "resend-otp": {"reference": "order-4711"},
    "send-sms": {
        "date_time": 1795564800,
        "expiration": 1795564860,
        "id": 4711,
        "receiver": "081200001234",
        "message": "Your parcel has arrived",
    },
    "send-email": {
        "date_time": 1795564800,
        "id": 4712,
        "receiver": "someone@example.org",
        "subject": "Your parcel",
        "message": "Your parcel has arrived",
    },
    "send-message": {"id": 4713, "receiver": "081200001234", "message": "Your parcel has arrived"},
    "block-msisdn": {"receiver": "081200001234"},
    "unblock-msisdn": {"receiver": "081200001234"},
    "request-ussd": {"modem_id": "telco1", "ussd_code": "*123#"},
    "get-modem-list": {},
    "echo": {"anything": "comes back"},
}
CALLBACK: Final[Mapping[str, Mapping[str, Any]]] = {
    "callback_topic": {
        "type": "string",
        "maxLength": MOST_TOPIC,
        "description": "Where the answer goes; not the topic of requests. Empty or absent: no answer.",
    },
    "callback_delay": {
        "type": ["string", "integer"],
        "pattern": "^[0-9]{1,9}$",
        "description": f"Milliseconds before the answer is sent, at most {1000 * MOST_DELAY:.0f};"
        f" {1000 * DEFAULT_DELAY:.0f} where absent or 0.",
    },
}


def title(command: str) -> str:
    """`send-sms` as SendSms."""
    return "".join(part.title() for part in command.split("-"))


def right_of(command: str) -> Right | None:
    """The right a command needs."""
    return COMMAND_WORDS[command].right


def request(command: str) -> dict[str, Any]:
    """The payload of a request over a broker. What bears a `response_code` is an answer and is never taken for one."""
    made = schemas.sound_request(command)
    made["properties"] |= {name: dict(rule) for name, rule in CALLBACK.items()}
    return {**made, "not": {"required": ["response_code"]}}


def example(command: str) -> dict[str, Any]:
    """A whole request that fits."""
    made: dict[str, Any] = {"command": command, "data": dict(EXAMPLES[command])}
    return made | {"callback_topic": "sms-answers"} if command in ANSWERED else made


def message(command: str) -> dict[str, Any]:
    aliases = schemas.words_of(command)[1:]
    known_as = f" Also called {', '.join(f'`{each}`' for each in aliases)}." if aliases else ""
    right = right_of(command)
    tags = {} if right is None else {"tags": [{"name": f"right {right.value}"}]}
    return {
        "name": command,
        "title": SUMMARIES[command],
        "description": f"{SUMMARIES[command]}.{known_as}{_permission(right)}",
        "contentType": "application/json",
        "payload": {"$ref": f"#/components/schemas/{title(command)}"},
        **tags,
        "examples": [{"name": command, "payload": example(command)}],
    }


def _permission(right: Right | None) -> str:
    if right is Right.OTP:
        return " Only through a subscriber with `otp=true`; it answers then, too."
    return ""


def answer_messages() -> dict[str, Any]:
    return {
        "Reply": {
            "name": "reply",
            "title": "What came of a request",
            "contentType": "application/json",
            "payload": {"$ref": "#/components/schemas/Reply"},
            "examples": [
                {
                    "name": "refused",
                    "payload": {
                        "command": "request-ussd",
                        "response_code": "1000",
                        "data": {},
                        "error": "modem_id names no modem",
                    },
                }
            ],
        },
        "EchoReply": {
            "name": "echo",
            "title": "The request, as it came",
            "contentType": "application/json",
            "payload": {"$ref": "#/components/schemas/Echo"},
        },
    }
