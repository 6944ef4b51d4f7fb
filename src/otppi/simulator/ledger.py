"""What went on the air: an append-only file of JSON lines, and the phones' view of it.

Numbers and texts in it are simulated ones, yet they never show in a repr.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One SMS on the air. `t` unix seconds; `ref` TP-MR; `pdu` the TPDU in hex, TP-MR as sent.

    `number` has a + if international. `text` is None for 8-bit data. `concat_ref` is None for a single segment.
    """

    t: float
    modem: str
    number: str = field(repr=False)
    text: str | None = field(repr=False)
    ref: int
    total: int
    part: int
    concat_ref: int | None
    pdu: str = field(repr=False)


class Ledger:
    """Appends entries, each in one `write` under O_APPEND: lines of several writers stay whole."""

    def __init__(self, path: Path) -> None:
        """Opens `path`, making it (0600) where it is absent; raises OSError."""
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def append(self, entry: LedgerEntry) -> None:
        """The line is with the kernel when this returns: it outlives the process, not a power cut."""
        os.write(self._file, json.dumps(asdict(entry)).encode() + b"\n")

    def close(self) -> None:
        """Give the file back."""
        os.close(self._file)


def read_ledger(path: Path | str) -> list[LedgerEntry]:
    """All entries in the order they went on the air; empty when the file is not there yet."""
    try:
        content = Path(path).read_bytes()
    except FileNotFoundError:
        return []
    whole = content[: content.rfind(b"\n") + 1]
    return [LedgerEntry(**json.loads(line)) for line in whole.splitlines()]


def received(path: Path | str, number: str) -> list[str]:
    """The texts the phone `number` shows, in the order they became complete.

    As on a phone, segments join only when they come from one sender (one modem) with one concatenation reference;
    a part that comes again begins another message. `number` may be given with or without +.
    """
    open_messages: list[_Assembly] = []
    texts: list[str] = []
    for entry in read_ledger(path):
        if entry.number.lstrip("+") != number.lstrip("+") or entry.text is None:
            continue
        message = _assembly_for(entry, open_messages)
        message.parts[entry.part] = entry.text
        if len(message.parts) == entry.total:
            open_messages.remove(message)
            texts.append(_join(message.parts))
    return texts


@dataclass(eq=False, slots=True)
class _Assembly:
    key: tuple[str, int | None, int]
    parts: dict[int, str] = field(default_factory=dict, repr=False)


def _assembly_for(entry: LedgerEntry, open_messages: list[_Assembly]) -> _Assembly:
    key = (entry.modem, entry.concat_ref, entry.total)
    for message in open_messages:
        if message.key == key and entry.part not in message.parts:
            return message
    open_messages.append(_Assembly(key))
    return open_messages[-1]


def _join(parts: dict[int, str]) -> str:
    """Foreign senders may split a surrogate pair between segments; a phone joins it again."""
    joined = "".join(parts[part] for part in sorted(parts))
    return joined.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
