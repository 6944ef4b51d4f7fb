"""The command line in process: users, tokens, limits and blocked ranges."""

from __future__ import annotations

import re

import pytest
from cli_gateway import NOW, PASSWORD, Gateway, Said, typed

from otppi.domain.fraud import Block

pytestmark = pytest.mark.process

# -- users --------------------------------------------------------------------------------------------------------


@pytest.mark.feature("F044", "F045")
def test_a_user_is_added_listed_changed_and_removed(
    gateway: Gateway, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, f"{PASSWORD}\n")
    flags = ("--email", "ops@bank.example", "--phone", "0812 0000 1234", "--allow", "modems,inbox", "--deny", "mail")
    said = Said(capsys, "user", "add", "bank", "--password-stdin", *flags, "--network", "192.0.2.0/24,192.0.2.1")
    assert (said.code, said.out, said.err) == (0, "user bank added\n", "")
    (account,) = gateway.do(gateway.store.accounts.all())
    assert account.password_hash == f"hash of {len(PASSWORD)} characters"
    (row,) = Said(capsys, "user", "list", "--json").json
    assert set(row) == {
        *("name", "active", "rights", "email", "phone", "networks"),
        *("policy", "strict_ids", "short_codes", "created", "updated"),
        *("rate_minute", "rate_hour", "rate_day", "queue", "countries"),
    }
    assert row["rights"] == ["block", "inbox", "modems", "otp", "sms"]
    assert row["networks"] == ["192.0.2.0/24", "192.0.2.1/32"]
    shown = Said(capsys, "user", "show", "bank").out.splitlines()
    assert "email:        ops@bank.example" in shown
    assert "phone:        6281200001234" in shown
    assert Said(capsys, "user", "show", "bank", "--json").json == {**row, "usage": None}
    assert Said(capsys, "user", "set", "bank", "--inactive", "--network", "", "--strict-ids").code == 0
    (row,) = Said(capsys, "user", "list", "--json").json
    assert (row["active"], row["networks"], row["strict_ids"], row["email"]) == (False, [], True, "ops@bank.example")
    assert Said(capsys, "user", "remove", "bank", "--yes").out == "user bank removed\n"
    assert Said(capsys, "user", "list").out == "no users\n"


def test_a_token_is_made_listed_and_removed(
    gateway: Gateway, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, PASSWORD)
    assert Said(capsys, "user", "add", "bank", "--password-stdin").code == 0
    said = Said(capsys, "token", "add", "bank", "--scope", "otp,sms", "--label", "till 3", "--expires", "90d")
    assert re.fullmatch(r"otp_[a-z2-7]{32}\n", said.out)
    (row,) = Said(capsys, "token", "list", "--json").json
    assert said.err.startswith(f"otppi: note: token {row['id']} of bank expires 2027-")
    assert (row["scopes"], row["label"], row["expires"]) == (["otp", "sms"], "till 3", NOW + 90 * 86_400)
    forever = Said(capsys, "token", "add", "bank", "--expires", "never", "--json")
    assert "never expires" in forever.err
    forever_id = forever.json["id"]
    listed = Said(capsys, "token", "list").out
    assert said.out.strip() not in listed
    (line,) = [line for line in listed.splitlines() if forever_id in line]
    assert line.split()[1:4] == ["bank", "-", "all"]
    assert Said(capsys, "token", "remove", row["id"]).out == f"token {row['id']} of bank removed\n"
    typed(monkeypatch, "n\n", terminal=True)
    assert Said(capsys, "token", "remove", forever_id).code == 1
    assert len(Said(capsys, "token", "list", "--json").json) == 1


def test_the_limits_of_a_user_are_set_and_shown(
    gateway: Gateway, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, PASSWORD)
    assert Said(capsys, "user", "add", "bank", "--password-stdin").code == 0
    assert Said(capsys, "user", "set", "bank", "rate_minute=60", "rate_day=none", "countries=62,65").code == 0
    shown = Said(capsys, "user", "show", "bank", "--json").json
    assert (shown["rate_minute"], shown["rate_day"], shown["countries"]) == (60, 0, ["62", "65"])
    assert shown["usage"] is None, "no gateway is behind this socket"
    assert ["rate", "minute:", "60"] in [line.split() for line in Said(capsys, "user", "show", "bank").out.splitlines()]


def test_blocked_ranges_are_listed_and_unblocked(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    said = Said(capsys, "fraud", "list")
    assert said.out == "fraud.mode is watch\nno range is blocked\n"
    block = Block("628120000", NOW - 60, NOW + 3600, 1, 20, 1)
    gateway.do(gateway.store.limits.put_block(block, forget_before=0.0))
    (row,) = Said(capsys, "fraud", "list", "--json").json["blocks"]
    assert (row["range"], row["sent"], row["entered"]) == ("628120000", 20, 1)
    assert "628120000" in Said(capsys, "fraud", "list").out
    assert Said(capsys, "fraud", "unblock").code == 1
    assert Said(capsys, "fraud", "unblock", "+62 812 0000").out == "1 unblocked\n"
    assert Said(capsys, "fraud", "unblock", "--all").out == "0 unblocked\n"
    assert Said(capsys, "fraud", "list", "--json").json["blocks"] == []
