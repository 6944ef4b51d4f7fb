"""How results are shown: JSON where asked, else aligned tables and lines. Safe for a terminal."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

AsJson = Annotated[bool, Parameter(name="--json", help="Print JSON, in a shape that stays.")]


def print_json(value: object) -> None:
    """One JSON document."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def print_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, empty: str) -> None:
    """`rows` under the names of `columns`, aligned; the line `empty` where there are none."""
    if not rows:
        print(empty)
        return
    lines = [[column.replace("_", " ").upper() for column in columns]]
    lines += [[cell(column, row[column]) for column in columns] for row in rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(columns))]
    for line in lines:
        print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())


def print_fields(row: Mapping[str, Any], names: Sequence[str]) -> None:
    """One line each for the named fields, aligned."""
    width = max(len(name) for name in names) + 1
    for name in names:
        print(f"{name.replace('_', ' ') + ':':<{width}}  {cell(name, row[name])}".rstrip())


def notice(text: str) -> None:
    """One line the owner should read, beside the result."""
    print(f"otppi: note: {safe(text)}", file=sys.stderr)


def print_notices(done: Mapping[str, Any]) -> None:
    """The notices of an operation's result."""
    for text in done["notices"]:
        notice(text)


def cell(name: str, value: object) -> str:
    """A value as text; `name` tells what kind of number it is."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name in _TIMES and isinstance(value, (int, float)):
        return moment(value)
    if isinstance(value, (list, tuple)):
        return ",".join(safe(str(each)) for each in value) or "-"
    return safe(str(value))


def moment(seconds: float) -> str:
    """Unix seconds as local time."""
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S%z")


def safe(text: str) -> str:
    """The text without anything a terminal would obey."""
    return "".join(character if character.isprintable() else "?" for character in text)


_TIMES = frozenset({"at", "created", "updated", "changed", "deadline", "since", "until", "time", "expires", "used"})
