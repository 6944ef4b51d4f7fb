"""Who may sign in: a file of lines `name:argon2id string`, for its owner only. Lines that are empty or begin with #
are passed over. No password is ever in it, and none of its strings in any error."""

from __future__ import annotations

import fcntl
import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from otppi.ports.operations import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

NAME_RULE: Final = "1 to 64 printable characters without : that do not begin with #"
_NAME: Final = re.compile(r"(?!#)[^:\x00-\x1f\x7f]{1,64}")
_SIZE_MOST: Final = 1024 * 1024

Stamp = tuple[int, ...]


class UsersFile:
    """The users as the file says now. A file that cannot be used any more leaves what was read last in force."""

    def __init__(self, path: Path) -> None:
        """Reads the file. Raises Refused."""
        self._path = path
        self._seen = stamp(path)
        self._users = read_users(path)

    def stored(self, name: str) -> str | None:
        """The argon2id string of a user."""
        return self._users.get(name)

    def refresh(self) -> bool:
        """Read it again if it has changed since it was looked at last; whether it was read. Raises Refused, once for
        each change."""
        now = stamp(self._path)
        if now == self._seen:
            return False
        self._seen = now
        self._users = read_users(self._path)
        return True


def stamp(path: Path) -> Stamp:
    """What tells one state of a file from another; empty where there is none."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def read_users(path: Path) -> dict[str, str]:
    """Names and argon2id strings, in the order of the file. Raises Refused."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(_SIZE_MOST + 1)
    except OSError as error:
        raise Refused(f"the users file {path} cannot be read: {error.strerror}") from None
    if mode & 0o077:
        raise Refused(f"the users file {path} may be read by others: chmod 600 {path}")
    if len(content) > _SIZE_MOST:
        raise Refused(f"the users file {path} is larger than 1 MiB")
    return _parsed(path, content)


def _parsed(path: Path, content: bytes) -> dict[str, str]:
    users: dict[str, str] = {}
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, stored = line.partition(":")
        if _NAME.fullmatch(name) is None or not stored.startswith("$argon2id$") or name in users:
            raise Refused(f"line {number} of the users file {path} is no name:argon2id string, or a name repeated")
        users[name] = stored.strip()
    return users


def add_user(path: Path, name: str, stored: str) -> None:
    """Add one; the file is made where there is none. Raises Refused."""
    if _NAME.fullmatch(name) is None:
        raise Refused(f"the name of a user is {NAME_RULE}")
    with _changing(path) as users:
        if name in users:
            raise Refused(f"there is a user {name!r} already")
        users[name] = stored


def set_user(path: Path, name: str, stored: str) -> None:
    """Give a user another password. Raises Refused."""
    with _changing(path) as users:
        _need(users, name)
        users[name] = stored


def remove_user(path: Path, name: str) -> None:
    """Raises Refused."""
    with _changing(path) as users:
        _need(users, name)
        del users[name]


def _need(users: Mapping[str, str], name: str) -> None:
    if name not in users:
        raise Refused(f"there is no user {name!r}")


@contextmanager
def _changing(path: Path) -> Iterator[dict[str, str]]:
    """The users, to be changed and written back by rename while nobody else changes them. Comments are not kept."""
    try:
        folder = os.open(path.absolute().parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise Refused(f"the folder of {path} cannot be opened: {error.strerror}") from None
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        users = read_users(path) if path.exists() else {}
        yield users
        _write(path, users)
        os.fsync(folder)
    except OSError as error:
        raise Refused(f"the users file {path} cannot be written: {error.strerror}") from None
    finally:
        os.close(folder)


def _write(path: Path, users: Mapping[str, str]) -> None:
    new = path.with_name(f".{path.name}.new")
    with os.fdopen(
        os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "w", encoding="utf-8"
    ) as file:
        os.fchmod(file.fileno(), 0o600)
        file.writelines(f"{name}:{stored}\n" for name, stored in users.items())
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
