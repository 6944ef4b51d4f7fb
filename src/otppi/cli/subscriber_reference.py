"""The page docs/reference/subscribers.md, written from the table of what can be set of a subscriber."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from otppi.domain.subscriber import ALL, ROWS, Method

if TYPE_CHECKING:
    from otppi.domain.subscriber import Row

PAGE: Final = Path("docs/reference/subscribers.md")

TITLES: Final = {
    Method.RABBITMQ: "RabbitMQ",
    Method.REDIS: "Redis",
    Method.MQTT: "Mosquitto",
    Method.WEBSOCKET: "WSMessageBroker",
}
"""What the OTP-Pi README calls them."""

_HEAD: Final = """# What can be set of a subscriber

How to go about it: [connect to a broker](../how-to/connect-to-a-broker.md).

<!-- Written by `python -m otppi.cli.reference` from src/otppi/domain/subscriber.py. Do not edit by hand. -->

Set with `otppi subscriber add NAME METHOD KEY=VALUE ...` and `otppi subscriber set NAME KEY=VALUE ...`; `KEY=` goes
back to the default. The password is given with `--password-stdin`, sealed, and never shown again (README: Password). A
change takes effect at once: the subscriber is connected anew. A span of time is a whole number with a unit: `500ms`,
`10s`, `5min`. Methods: `rabbitmq`, `redis`, `mqtt` (the README's Mosquitto), `websocket` (its WSMessageBroker).
"""


def render() -> str:
    """The page."""
    common = [row for row in ROWS.values() if row.methods == ALL]
    sections = [_section("All methods", common)]
    for method, title in TITLES.items():
        own = [row for row in ROWS.values() if method in row.methods and row.methods != ALL]
        sections.append(_section(f"{title} (`{method.value}`)", own))
    return "\n".join([_HEAD, *sections])


def _section(title: str, rows: list[Row[Any]]) -> str:
    lines = [f"## {title}", "", "| Key | Must be | Default | What it does |", "| --- | --- | --- | --- |"]
    return "\n".join([*lines, *map(_line, rows), ""])


def _line(row: Row[Any]) -> str:
    default = f"`{row.default_text}`" if row.default_text else "empty"
    readme = f" (OTP-Pi README: {row.readme})" if row.readme else ""
    rule = row.kind.rule.replace("|", "\\|")
    return f"| `{row.name}` | {rule} | {default} | {row.help}{readme} |"
