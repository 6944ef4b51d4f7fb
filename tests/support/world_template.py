"""An empty store for the worlds to begin with: made once, and copied for each."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from otppi.security import Vault
from otppi.store import InlineWriter, open_store
from otppi.testing.virtual_time import VirtualLoop

_KEPT: list[TemporaryDirectory[str]] = []


@cache
def template(master: bytes) -> Path:
    """An empty store, made once."""
    folder = TemporaryDirectory()
    _KEPT.append(folder)
    path = Path(folder.name) / "template.db"
    loop = VirtualLoop()
    store = open_store(path, key_id=Vault(master).key_id, synchronous="OFF", writer=InlineWriter)
    loop.run_until_complete(store.close())
    loop.close()
    return path
