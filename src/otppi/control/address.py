"""Where the control socket is, and how to name it whatever the length of the directory's path.

A socket's address holds 108 octets (unix(7)); an open directory is named in a few by /proc/self/fd.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME: Final = "control.sock"
REQUEST_LIMIT: Final = 1024 * 1024
"""Octets of one request line, its end included."""


@contextmanager
def short_address(directory: Path) -> Iterator[str]:
    """An address of the socket in `directory`, good while the context is open. Raises OSError."""
    descriptor = os.open(directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{descriptor}/{NAME}"
    finally:
        os.close(descriptor)
