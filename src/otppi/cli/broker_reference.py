"""The page docs/reference/broker-messages.md: what the AsyncAPI document says, for people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from otppi.app.brokers.callbacks import ANSWERED
from otppi.cli.broker_messages import CALLBACK, SUMMARIES, example, request, right_of
from otppi.cli.broker_ways import WAYS
from otppi.domain.rights import Right
from otppi.wire import schemas

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGE: Final = Path("docs/reference/broker-messages.md")

_HEAD: Final = """# Messages over brokers

<!-- Written by `python -m otppi.cli.reference` from src/otppi/wire/schemas.py, src/otppi/cli/broker_ways.py and
src/otppi/cli/broker_messages.py. Do not edit by hand. -->

For who publishes requests to a broker that the gateway is [connected to](../how-to/connect-to-a-broker.md). The same
for programs is [asyncapi.json](asyncapi.json) (AsyncAPI 3.0); clients to start from are in
[examples](../../examples/README.md); what may get lost on which way is in [doors](../doors.md).

A message is one JSON object of at most 64 KiB in UTF-8, the same as the body of a request over
[HTTP](api.md#documented-paths), with the same rules of its [fields](api.md#fields). It goes to the `topic` of the
subscriber (`sms`, unless it was set).
"""

_ANSWERS: Final = """## Answers

`callback_topic` in the outer object asks for an answer on that topic, `callback_delay` milliseconds later:

| member | kind | |
| --- | --- | --- |
{members}

Answered are always {always}; the commands for codes through a subscriber
with `otp=true`, all others through one with `results=true` ([settings](subscribers.md)). Who listens on the callback
topic reads the answers. One that cannot be given after three tries is given up: what was asked for is done all the
same. A `callback_topic` on which we would read our own answer is passed over.

An answer is the [reply](api.md#reply) of HTTP, with the same [response codes](api.md#response-codes):

```json
{reply}
```

`echo` comes back as it was sent. So its answer can be mistaken for a request by another gateway that reads that topic;
what holds a `response_code` is never taken for a request.
"""


def render() -> str:
    """The page."""
    return "\n".join([_HEAD, _ways(), *map(_command, schemas.FIELDS), _answers()])


def _ways() -> str:
    lines = [
        "## Ways",
        "",
        "| way | when a request is acknowledged | where the answer goes |",
        "| --- | --- | --- |",
        *(f"| {way.title} | {way.acknowledged} | {way.answered} |" for way in WAYS),
        "",
        "WebSocket clients connect with `?topic=` and the topic's name, and with Basic authentication.",
        "",
    ]
    return "\n".join(lines)


def _command(name: str) -> str:
    made = request(name)
    data = made["properties"]["data"]
    needed = data.get("required", ())
    fields = [_field(field, rule, needed=field in needed) for field, rule in data.get("properties", {}).items()]
    table = ["| field of `data` | kind | |", "| --- | --- | --- |", *fields, ""] if fields else []
    shown = json.dumps(example(name), ensure_ascii=False)
    return "\n".join([f"## {name}", "", _about(name), "", *table, "```json", shown, "```", ""])


def _about(name: str) -> str:
    aliases = [f"`{each}`" for each in schemas.words_of(name)[1:]]
    known_as = f" Also called {', '.join(aliases)}." if aliases else ""
    right = right_of(name)
    permission = "" if right is None else f" Needs the right `{right.value}`."
    door = " Only through a subscriber with `otp=true`." if right is Right.OTP else ""
    return f"{SUMMARIES[name]}.{known_as}{permission}{door}"


def _field(name: str, rule: Mapping[str, Any], *, needed: bool) -> str:
    return f"| `{name}` | {kind(rule)}{' (needed)' if needed else ''} | {rule.get('description', '')} |"


def kind(rule: Mapping[str, Any]) -> str:
    """A type in words, with its bounds."""
    words = "text or number" if isinstance(rule["type"], list) else "text"
    if "maxLength" in rule:
        words += f", at most {rule['maxLength']} characters"
    return f"{words}, {rule['minimum']} to {rule['maximum']:g}" if "maximum" in rule else words


def _answers() -> str:
    reply = {
        "command": "get-modem-list",
        "response_code": "0000",
        "data": {"modem_list": {"telco1": {"id": "telco1", "active": True, "connected": True, "state": "ready"}}},
    }
    return _ANSWERS.format(
        members="\n".join(_field(name, rule, needed=False) for name, rule in CALLBACK.items()),
        always=", ".join(f"`{name}`" for name in ANSWERED[:-1]) + f" and `{ANSWERED[-1]}`",
        reply=json.dumps(reply),
    )
