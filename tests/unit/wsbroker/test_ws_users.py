"""The users file of the broker: what is read, what is refused, and that a change is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from otppi.ports.operations import Refused
from otppi.wsbroker.users import UsersFile, add_user, read_users, remove_user, set_user

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def users(tmp_path: Path) -> Path:
    path = tmp_path / "users"
    add_user(path, "shop", "$argon2id$1")
    return path


def write(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o600)


def test_the_file_is_the_owner_s_and_says_who(users: Path) -> None:
    add_user(users, "Ärger & Söhne", "$argon2id$2")
    assert read_users(users) == {"shop": "$argon2id$1", "Ärger & Söhne": "$argon2id$2"}
    assert users.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in users.parent.iterdir()] == ["users"]


@pytest.mark.parametrize("name", ["", "a:b", "#a", "a\nb", "a" * 65])
def test_a_name_must_be_one(users: Path, name: str) -> None:
    with pytest.raises(Refused, match="1 to 64 printable"):
        add_user(users, name, "$argon2id$2")
    assert list(read_users(users)) == ["shop"]


@pytest.mark.parametrize(
    "line", ["shop", "a:plain-Horse-7", ":$argon2id$1", "shop:$argon2id$1\nshop:$argon2id$2", "\xff:$"]
)
def test_a_line_that_is_none_refuses_the_file_without_showing_it(users: Path, line: str) -> None:
    write(users, f"# who\n{line}\n")
    with pytest.raises(Refused, match=r"line [23] of the users file") as refused:
        read_users(users)
    assert "Horse" not in str(refused.value)
    assert "argon2id$" not in str(refused.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_nobody_else_may_have_any_right_to_it(users: Path, mode: int) -> None:
    users.chmod(mode)
    with pytest.raises(Refused, match="chmod 600"):
        read_users(users)
    with pytest.raises(Refused, match="chmod 600"):
        remove_user(users, "shop")


def test_a_file_that_is_too_large_is_refused(users: Path) -> None:
    write(users, "#" * (1024 * 1024 + 1))
    with pytest.raises(Refused, match="larger than 1 MiB"):
        read_users(users)


def test_a_change_is_seen_once_and_a_spoiled_file_keeps_what_was(users: Path) -> None:
    file = UsersFile(users)
    assert not file.refresh()
    set_user(users, "shop", "$argon2id$2")
    assert file.refresh()
    assert not file.refresh()
    assert file.stored("shop") == "$argon2id$2"
    users.unlink()
    with pytest.raises(Refused, match="cannot be read"):
        file.refresh()
    assert not file.refresh()
    assert file.stored("shop") == "$argon2id$2"
    assert file.stored("nobody") is None


def test_who_is_not_there_is_neither_set_nor_removed(users: Path) -> None:
    with pytest.raises(Refused, match="there is no user 'other'"):
        set_user(users, "other", "$argon2id$2")
    with pytest.raises(Refused, match="there is no user 'other'"):
        remove_user(users, "other")
    remove_user(users, "shop")
    assert read_users(users) == {}
