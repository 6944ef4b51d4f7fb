"""The command line in process, against a running control socket: flags, exit codes, tables, JSON and questions.

What the operations decide is tested with them, and commands as real processes in test_cli_processes.py.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from cli_gateway import NOW, PASSWORD, Gateway, Said, typed

from otppi.domain.message import Change, Class, Edge, Kind, Message, Policy, Segment
from otppi.ports.store import Alarm, Entry

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.process


def test_a_table_is_aligned_under_its_names(
    gateway: Gateway, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("bank", "a-longer-name"):
        typed(monkeypatch, PASSWORD)
        assert Said(capsys, "user", "add", name, "--password-stdin").code == 0
    lines = Said(capsys, "user", "list").out.splitlines()
    assert [line.split()[:3] for line in lines] == [
        ["NAME", "ACTIVE", "RIGHTS"],
        ["a-longer-name", "yes", "block,mail,otp,sms"],
        ["bank", "yes", "block,mail,otp,sms"],
    ]
    assert len({line.index(word) for line, word in zip(lines, ("RIGHTS", "block", "block"), strict=True)}) == 1


@pytest.mark.parametrize(("second", "code"), [(PASSWORD, 0), ("another horse", 1)])
def test_a_password_is_asked_for_twice_without_echo_on_a_terminal(
    gateway: Gateway, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, second: str, code: int
) -> None:
    typed(monkeypatch, "", terminal=True)
    answers = {"password: ": PASSWORD, "password again: ": second}
    monkeypatch.setattr("getpass.getpass", answers.__getitem__)
    said = Said(capsys, "user", "add", "bank", "--password-stdin")
    assert said.code == code
    assert "horse" not in said.err


@pytest.mark.parametrize("stdin", ["", "\n"])
def test_no_password_is_refused(
    gateway: Gateway, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, stdin: str
) -> None:
    typed(monkeypatch, stdin)
    said = Said(capsys, "user", "add", "bank", "--password-stdin")
    assert (said.code, said.out) == (1, "")
    assert "password" in said.err


def test_a_weak_password_is_noticed_and_not_shown(
    gateway: Gateway, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, "sesame\n")
    said = Said(capsys, "user", "add", "bank", "--password-stdin")
    assert (said.code, said.out) == (0, "user bank added\n")
    assert said.err.startswith("otppi: note: the password is short")
    assert "sesame" not in said.err


# -- modems -------------------------------------------------------------------------------------------------------


@pytest.mark.feature("F012", "F018", "F077", "F084")
def test_a_modem_is_added_shown_changed_and_removed(
    gateway: Gateway, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, "4711\n")
    flags = ("--prefix", "0871,62872999", "--default", "--no-api", "--pin-stdin", "--baud", "9600")
    said = Said(capsys, "modem", "add", "m1", "--port", "/dev/ttyUSB0", *flags)
    assert (said.code, said.out) == (0, "modem m1 added\n")
    assert said.err == "otppi: note: prefix 62872999 takes part with its first 5 digits, 62872 (sms.prefix_length)\n"
    assert Said(capsys, "modem", "list", "--json").json == [
        {
            "name": "m1",
            "port": "/dev/ttyUSB0",
            "state": "absent",
            "operator": "",
            "signal": None,
            "imei": "",
            "sim": "",
            "queue": 0,
        }
    ]
    shown = Said(capsys, "modem", "show", "m1", "--json").json
    assert (shown["prefixes"], shown["default"], shown["api"], shown["baud"]) == (
        ["62871", "62872999"],
        True,
        False,
        9600,
    )
    assert shown["pin_set"] is True
    assert Said(capsys, "modem", "set", "m1", "api=true", "parity=E", "prefix=").code == 0
    page = Said(capsys, "modem", "show", "m1").out
    assert [line.split() for line in page.splitlines() if line.startswith(("api", "parity", "prefixes", "pin"))] == [
        ["prefixes:", "-"],
        ["api:", "yes"],
        ["parity:", "E"],
        ["pin", "set:", "yes"],
    ]
    assert "4711" not in page
    assert Said(capsys, "modem", "disable", "m1").code == 0
    assert "disabled" in Said(capsys, "modem", "list").out
    assert Said(capsys, "modem", "enable", "m1").code == 0
    assert Said(capsys, "modem", "remove", "m1", "--yes").code == 0
    assert Said(capsys, "modem", "list").out == "no modems\n"


def test_a_pin_comes_from_standard_input_only(
    gateway: Gateway, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Said(capsys, "modem", "add", "m1", "--port", "/dev/ttyUSB0").code == 0
    said = Said(capsys, "modem", "set", "m1", "pin=4711")
    assert said.code == 1
    assert "--pin-stdin" in said.err
    assert "4711" not in said.err
    typed(monkeypatch, "4711\n")
    assert Said(capsys, "modem", "set", "m1", "--pin-stdin").code == 0
    assert Said(capsys, "modem", "show", "m1", "--json").json["pin_set"] is True


def test_a_modem_that_the_gateway_uses_is_not_recorded(
    gateway: Gateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    link = tmp_path / "modem"
    link.symlink_to(tmp_path / "tty")
    assert Said(capsys, "modem", "add", "east", "--port", str(tmp_path / "tty")).code == 0
    said = Said(capsys, "modem", "record", "--port", str(link))
    assert (said.code, said.err) == (1, "otppi: the gateway uses it as east: `otppi modem disable east` first\n")
    assert "No such file" in Said(capsys, "modem", "record", "--port", str(tmp_path / "other")).err


# -- the other groups ---------------------------------------------------------------------------------------------


def test_the_block_list_is_kept_and_imported(
    gateway: Gateway, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert Said(capsys, "block", "add", "0812-0000-0001").out == "6281200000001 blocked\n"
    (tmp_path / "list.txt").write_text("\ufeff+62 812 0000 0002\n# a comment\n0812 0000 0003\n", "utf-8")
    assert Said(capsys, "block", "import", os.fspath(tmp_path / "list.txt")).out == "2 numbers blocked\n"
    typed(monkeypatch, "0812 0000 0004\nnonsense\n")
    said = Said(capsys, "block", "import", "-")
    assert (said.code, said.err) == (1, "otppi: nothing was imported: no telephone number in line 2\n")
    rows = Said(capsys, "block", "list", "--json").json
    assert [row["number"] for row in rows] == ["6281200000001", "6281200000002", "6281200000003"]
    assert rows[0] == {"number": "6281200000001", "active": True, "changed": NOW, "by": "operator"}
    assert Said(capsys, "block", "remove", "+6281200000002").code == 0
    assert "6281200000002" not in Said(capsys, "block", "list").out
    said = Said(capsys, "block", "import", os.fspath(tmp_path / "none.txt"))
    assert (said.code, said.err) == (1, f"otppi: {tmp_path}/none.txt cannot be read: No such file or directory\n")


def test_settings_are_listed_shown_set_and_put_back(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    assert Said(capsys, "settings", "set", "otp.expiration", "120000").out == "otp.expiration = 2min\n"
    shown = Said(capsys, "settings", "get", "otp.expiration", "--json").json
    assert (shown["name"], shown["value"], shown["default"], shown["set"]) == ("otp.expiration", "2min", "5min", True)
    listed = Said(capsys, "settings", "list", "--json").json
    assert shown in listed
    assert "otp.expiration" in Said(capsys, "settings", "list").out
    assert "rule:" in Said(capsys, "settings", "get", "otp.expiration").out
    assert Said(capsys, "settings", "set", "otp.expiration", "--default").out == "otp.expiration = 5min\n"
    said = Said(capsys, "settings", "set", "otp.lenght", "6")
    assert (said.code, said.err) == (1, "otppi: there is no setting 'otp.lenght' (did you mean otp.length?)\n")


async def accept(gateway: Gateway) -> str:
    message = Message(
        id=gateway.vault.identifier(NOW - 60),
        account="bank",
        kind=Kind.SMS,
        klass=Class.NORMAL,
        receiver="6281200001234",
        created=NOW - 60,
        deadline=NOW + 600,
        policy=Policy.HOLD,
        segments=(Segment(),),
    )
    await gateway.store.outbox.accept(Entry(message, b"sealed", (), "{}"), now=NOW - 60)
    return message.id


async def lose(gateway: Gateway, message_id: str) -> None:
    hand = Change(Edge.HAND, NOW - 50, modem="m1")
    await gateway.store.outbox.settle(message_id, [hand, Change(Edge.LOSE_SIGHT, NOW - 40)])


def test_messages_are_listed_shown_cancelled_and_resolved(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    waiting, lost = gateway.do(accept(gateway)), gateway.do(accept(gateway))
    gateway.do(lose(gateway, lost))
    rows = Said(capsys, "message", "list", "--state", "in_doubt", "--account", "bank", "--json").json
    assert [row["id"] for row in rows] == [lost]
    assert {"id", "status", "held", "class", "receiver", "segments", "created", "deadline", "modem", "attempts"} <= set(
        rows[0]
    )
    page = Said(capsys, "message", "list").out
    assert waiting in page
    assert "6281200001XXX" in page
    page = Said(capsys, "message", "show", lost).out
    assert "j  in doubt: the modem gave no answer, segment 1" in page
    assert f"otppi message resolve {lost}" in page
    assert "segment 1 of 1: in_doubt, modem m1, handed 1 times" in page
    assert Said(capsys, "message", "show", lost, "--json").json["history"][0]["edge"] == "a"
    assert Said(capsys, "message", "resolve", lost, "sent", "--yes").out == f"message {lost} is sent\n"
    assert Said(capsys, "message", "cancel", waiting, "--yes").out == f"message {waiting} is cancelled\n"
    said = Said(capsys, "message", "cancel", waiting, "--yes")
    assert (said.code, said.out) == (1, "")
    assert said.err == f"otppi: message {waiting} is cancelled: nothing of it can be cancelled any more\n"


def test_alarms_are_listed_and_nothing_in_them_is_obeyed_by_the_terminal(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    assert Said(capsys, "alarm", "list").out == "no alarms\n"
    gateway.do(gateway.store.registry.raise_alarm(Alarm("modem_state", "m\x1b[2J1", NOW, "warning", "check it")))
    assert Said(capsys, "alarm", "list", "--json").json == [
        {"kind": "modem_state", "object": "m\x1b[2J1", "since": NOW, "severity": "warning", "remedy": "check it"}
    ]
    page = Said(capsys, "alarm", "list").out
    assert "m?[2J1" in page
    assert "\x1b" not in page


def test_unlock_wants_to_know_whom(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    said = Said(capsys, "otp", "unlock")
    assert (said.code, said.err) == (1, "otppi: say whom to unlock: a receiver, --account NAME, or --all\n")
    assert Said(capsys, "otp", "unlock", "--all").out == "0 unlocked\n"
    assert Said(capsys, "otp", "unlock", "0812 0000 0001", "--account", "bank").code == 0
    assert Said(capsys, "otp", "unlock", "0812 0000 0001", "--all").code == 1


# -- questions ----------------------------------------------------------------------------------------------------


def test_a_script_is_taken_at_its_word(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    assert Said(capsys, "modem", "add", "m1", "--port", "/dev/ttyUSB0").code == 0
    assert Said(capsys, "modem", "remove", "m1").out == "modem m1 removed\n"
    assert Said(capsys, "modem", "list", "--json").json == []


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("yes\n", 0), ("n\n", 1), ("\n", 1), ("", 1)])
def test_on_a_terminal_it_is_asked(
    gateway: Gateway, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    assert Said(capsys, "modem", "add", "m1", "--port", "/dev/ttyUSB0").code == 0
    typed(monkeypatch, answer, terminal=True)
    said = Said(capsys, "modem", "remove", "m1")
    assert said.code == code
    assert said.err.startswith("modem m1 will be forgotten, with its prefixes and its PIN. Go on? [y/N] ")
    assert len(Said(capsys, "modem", "list", "--json").json) == code


# -- usage --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ("nope",),
        ("user", "nope"),
        ("user", "add"),
        ("user", "add", "bank"),
        ("user", "list", "--nope"),
        ("modem", "add", "m1"),
        ("modem", "add", "m1", "--port", "/dev/x", "--baud", "fast"),
        ("message", "resolve", "X", "maybe"),
        ("serve", "--api-port", "65536"),
        ("simulate", "--modems", "0", "--dir", "x"),
        ("pdu", "decode"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_2_and_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setenv("OTPPI_DATA_DIR", "/nonexistent/otppi")
    said = Said(capsys, *arguments)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("otppi: ")
    assert "--help`" in said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("user", "add", "bank", "--password=Canary"),
        ("user", "add", "bank", "--password", "Canary"),
        ("user", "add", "bank", "--password-stdin", "--pasword=Canary"),
        ("user", "set", "bank", "Canary"),
        ("modem", "add", "m1", "Canary", "--port", "/dev/x"),
        ("modem", "add", "m1", "--pin=Canary", "--port", "/dev/x"),
    ],
    ids=" ".join,
)
def test_a_secret_given_as_an_argument_is_not_repeated(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setenv("OTPPI_DATA_DIR", "/nonexistent/otppi")
    said = Said(capsys, *arguments)
    assert said.code == 2
    assert "Canary" not in said.out + said.err


def test_a_command_without_a_data_directory_is_wrong_usage(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OTPPI_DATA_DIR", raising=False)
    said = Said(capsys, "user", "list")
    assert said.code == 2
    assert "--data-dir" in said.err


@pytest.mark.parametrize(
    "group",
    ["serve", "user", "modem", "block", "settings", "message", "otp", "fraud", "alarm", "key", "simulate", "pdu"],
)
def test_every_group_has_a_help_page(capsys: pytest.CaptureFixture[str], group: str) -> None:
    said = Said(capsys, group, "--help")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"Usage: otppi {group}")


def test_the_version_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert Said(capsys, "--version").out == "0.1.0\n"


def test_pdu_prints_what_the_codec_says(capsys: pytest.CaptureFixture[str]) -> None:
    segments = Said(capsys, "pdu", "encode", "+6281200001234", "hello", "--json").json["segments"]
    decoded = Said(capsys, "pdu", "decode", segments[0]["pdu"], "--json").json
    assert (decoded["type"], decoded["number"], decoded["text"]) == ("submit", "+6281200001234", "hello")
    said = Said(capsys, "pdu", "decode", "00")
    assert (said.code, said.out, said.err.count("\n")) == (1, "", 1)
