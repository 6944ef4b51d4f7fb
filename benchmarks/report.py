"""Keeps the figures of each version: docs/benchmarks.md for people, docs/benchmarks/VERSION.json for programs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

PAGE: Final = Path("docs/benchmarks.md")
FOLDER: Final = Path("docs/benchmarks")


def keep(document: dict[str, Any], table: str, *, peers: bool) -> None:
    """Write or replace the section of this version; the others stay."""
    title = f"## {document['version']}{' beside others' if peers else ''}"
    section = f"{title}\n\n{document['date']}, {document['machine']}\n\n{table}\n"
    page = PAGE.read_text("utf-8")
    old = re.compile(rf"^{re.escape(title)}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    page = old.sub("", page).rstrip() + "\n"
    head, mark, rest = page.partition("\n## ")
    PAGE.write_text(f"{head.rstrip()}\n\n{section}{mark}{rest}" if mark else f"{head.rstrip()}\n\n{section}", "utf-8")
    FOLDER.mkdir(exist_ok=True)
    name = f"{document['version']}{'-peers' if peers else ''}.json"
    (FOLDER / name).write_text(json.dumps(document, indent=1) + "\n", "utf-8")
