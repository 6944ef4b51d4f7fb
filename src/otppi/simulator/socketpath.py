"""Names for Unix sockets in directories of any length: sun_path holds 107 octets, a directory may hold more."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOCKET_NAME = "control.sock"


@contextmanager
def short_name(path: Path) -> Iterator[str]:
    """A short name of `path`, good inside the block; raises OSError when its directory is not there."""
    directory = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{directory}/{path.name}"
    finally:
        os.close(directory)
