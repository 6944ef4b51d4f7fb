"""Stores of earlier versions: what was in them is there after the steps to this one."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from otppi.ports.store import Ticket
from otppi.store import InlineWriter, open_store
from otppi.store.link import PAGE_SIZE
from otppi.store.migrate import steps

if TYPE_CHECKING:
    from pathlib import Path

KEY_ID = "0123456789abcdef"
_MESSAGE = (
    "INSERT INTO message VALUES (1, 'M1', 'shop', 'sms', 'normal', '6281200001234', 1000.0, 1300.0, 'hold', 7, '', 0,"
    " '', 'prefix 62812: east', '{}', 'sent', 0, 1, 1003.0, 0, 0, 0, '',"
    """ '[["sent","east",9,1,1001.0,0,[]]]', '[["c",1,1001.0,"east"],["d",1,1003.0,"east"]]', NULL)"""
)
_MODEM = (
    "INSERT INTO modem VALUES ('east', '/dev/ttyUSB0', 1, '[\"62812\"]', 1, 1, 0, 1, 115200, 'N', 1, NULL, '',"
    " '004402450000012', '8900100000000000017', '001010000000017')"
)


def first_version(path: Path) -> None:
    """A store as the first version left it."""
    link = sqlite3.connect(path, isolation_level=None)
    link.execute(f"PRAGMA page_size = {PAGE_SIZE}")
    link.executescript(steps()[0][1])
    link.execute(_MESSAGE)
    link.execute(_MODEM)
    link.execute("PRAGMA user_version = 1")
    link.close()


async def test_a_store_of_the_first_version_keeps_its_messages_and_modems(tmp_path: Path) -> None:
    first_version(tmp_path / "store.db")
    store = open_store(tmp_path / "store.db", key_id=KEY_ID, writer=InlineWriter)
    message = await store.outbox.get("M1")
    assert (message.receiver, message.door, message.segments[0].reference) == ("6281200001234", "", 9)
    [modem] = await store.modems.all()
    assert (modem.name, modem.iccid, modem.manufacturer) == ("east", "8900100000000000017", "")
    assert (modem.limit_minute, modem.limit_hour, modem.limit_day) == (0, 0, 0)
    assert await store.sims.uses(since=0) == []
    assert await store.sims.quarantines() == []
    await store.close()


async def test_a_code_of_an_earlier_version_can_be_checked_by_its_id_and_sent_again(tmp_path: Path) -> None:
    """What it is bound to holds its reference, which was only in the first answer."""
    first_version(tmp_path / "store.db")
    link = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    link.execute("UPDATE message SET kind = 'otp', verification = 'M1', answer = ?", ('{"id":"M1","reference":"r1"}',))
    link.execute(
        "INSERT INTO verification VALUES (1, 'shop', x'01', 'pending', 1000.0, 1300.0, 5, 1, x'02', x'03', 'k', x'04')"
    )
    link.close()
    store = open_store(tmp_path / "store.db", key_id=KEY_ID, writer=InlineWriter)
    found = await store.verifications.get("M1")
    assert (found.reference, found.feedback, found.newest, found.last_sent) == ("r1", "", "M1", 1000.0)
    ticket = await store.verifications.begin_guess_of("M1", account="shop", now=1100.0)
    assert isinstance(ticket, Ticket)
    assert (ticket.reference, ticket.receiver) == ("r1", "6281200001234")
    await store.close()


def test_the_steps_are_numbered_without_gaps() -> None:
    assert [number for number, _ in steps()] == list(range(1, len(steps()) + 1))
