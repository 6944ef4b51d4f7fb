"""`python -m otppi.cli.reference`: writes the pages of docs/reference that tables in code give; a test compares them.

With a folder as argument it takes that for the root of the repository.
"""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from otppi.cli import (
    api_reference,
    asyncapi,
    broker_reference,
    error_reference,
    metric_reference,
    profile_reference,
    subscriber_reference,
)
from otppi.domain.settings import ROWS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from otppi.domain.settings import Row

PAGE: Final = Path("docs/reference/settings.md")

_HEAD: Final = """# Settings

<!-- Written by `python -m otppi.cli.reference` from src/otppi/domain/settings.py. Do not edit by hand. -->

What the owner can change while the gateway runs, with `otppi settings set NAME VALUE`; `otppi settings set NAME
--default` goes back. A change takes effect within a second, without a restart, unless its text says otherwise.
A span of time is a whole number with a unit: `500ms`, `10s`, `5min`, `1h`, `2d`.

What only the boot file may say (listen address, key file, `imei_write`, `clock.require_sync`) is not here, nor
what is set of a [subscriber](subscribers.md). An option on the command line comes first, then the environment, the boot
file, the setting, and last the default.
"""


def render() -> str:
    """The page."""
    sections = [_section(name, list(rows)) for name, rows in groupby(ROWS.values(), lambda row: row.name.split(".")[0])]
    return "\n".join([_HEAD, *sections])


def _section(name: str, rows: list[Row[Any]]) -> str:
    lines = [f"## {name}", "", "| Setting | Must be | Default | What it does |", "| --- | --- | --- | --- |"]
    return "\n".join([*lines, *map(_line, rows), ""])


def _line(row: Row[Any]) -> str:
    default = "" if row.secret else f"`{row.default_text}`" if row.default_text else "empty"
    readme = f" (OTP-Pi README, {row.readme})" if row.readme else ""
    secret = " It is never shown." if row.secret else ""
    unused = " **No effect yet.**" if row.unused else ""
    return f"| `{row.name}` | {row.kind.rule} | {default} | {row.help}{secret}{unused}{readme} |"


PAGES: Final[Mapping[Path, Callable[[], str]]] = {
    PAGE: render,
    error_reference.PAGE: error_reference.render,
    profile_reference.PAGE: profile_reference.render,
    api_reference.OPENAPI: api_reference.render_openapi,
    api_reference.PAGE: api_reference.render_page,
    metric_reference.PAGE: metric_reference.render,
    subscriber_reference.PAGE: subscriber_reference.render,
    asyncapi.DOCUMENT: asyncapi.render,
    broker_reference.PAGE: broker_reference.render,
}
"""Each page, from the root of the repository, and what makes it."""


def main() -> None:
    """Write the pages."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path()
    for page, make in PAGES.items():
        (root / page).parent.mkdir(parents=True, exist_ok=True)
        (root / page).write_text(make(), "utf-8")


if __name__ == "__main__":
    main()
