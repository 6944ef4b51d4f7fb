"""The README's own requests, replayed: on the README's day, unchanged today, and with their times moved to now.

Decisions 2, "Replay of the README's examples". The blocks are sent verbatim, with the headers the README shows; the
broker blocks go to REST too, one broker at a time with nothing remembered of the others; to the brokers themselves they
go in `test_readme_replay_brokers.py`.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Final

import pytest
from gateway import PASSWORD, Site, basic, site, until
from independent_pdu import decode_submit_text
from readme_blocks import (
    DATE_TIME,
    EXPIRATION,
    GROUPS,
    PHONE,
    RECEIVER,
    REFERENCE,
    REQUESTS,
    blocks_of,
    kind,
    moved,
)
from readme_day import HEADERS, Day, readme_day

from otppi.intake.rest.settings import DEFAULT_PATHS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx2

pytestmark = pytest.mark.process


def default_path(block: dict[str, str]) -> str:
    """The path the README sends a block to; a broker's block has none and takes that of its kind."""
    usual = {"Block Number": "/api/block", "Unblock Number": "/api/unblock"}
    return block["path"] or usual.get(kind(block), "/api/message")


def answered(answer: httpx2.Response, block: dict[str, str]) -> tuple[str, dict[str, Any]]:
    """The code and the data of a reply whose frame is as the README's."""
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    reply = answer.json()
    success = reply["response_code"] == "000"
    assert set(reply) == {"command", "response_code", "data"} | (set() if success else {"error"})
    assert reply["command"] == json.loads(block["body"].replace(",\n\t}", "\n\t}"))["command"]
    return reply["response_code"], reply["data"]


def demand_fields(block: dict[str, str], data: dict[str, Any], date_time: int, expiration: int) -> None:
    """A success says what the README documents, and beyond it only what decisions 2 adds."""
    assert data["date_time"] == date_time
    assert data["receiver"] == json.loads(block["body"].replace(",\n\t}", "\n\t}"))["data"]["receiver"]
    ours = {"id", "status", "expected_in"}
    expected = {
        "Create OTP": {"reference", "expiration"} | ours,
        "Validate OTP": {"reference"},
        "Send SMS": {"client_id"} | ours,
        "Block Number": set(),
        "Unblock Number": set(),
    }[kind(block)]
    assert set(data) == {"date_time", "receiver"} | expected
    assert data.get("reference", REFERENCE) == REFERENCE
    assert data.get("client_id", "123456") == "123456"
    assert data.get("expiration", expiration) == expiration


# -- (1) unchanged, on the README's day, in one process ----------------------------------------------------------------


@pytest.mark.feature("F003", "F005", "F006", "F127", "F130", "F132", "F133", "F135", "F137", "F138")
@pytest.mark.parametrize(("method", "shift"), [("POST", 0), ("PUT", 3)])
@pytest.mark.parametrize("group", GROUPS)
async def test_unchanged_on_the_readmes_day(tmp_path: Path, group: str, method: str, shift: int) -> None:
    """PUT goes to other documented paths than the README's: any command works on any of them."""
    async with readme_day(tmp_path) as day:
        for number, block in enumerate(blocks_of(group)):
            path = DEFAULT_PATHS[(number + shift) % len(DEFAULT_PATHS)] if shift else default_path(block)
            await _replay_on_its_day(day, block, method, path)


async def _replay_on_its_day(day: Day, block: dict[str, str], method: str, path: str) -> None:
    before = len(day.air.entries)
    code, data = answered(await day.send(block["body"], method, path), block)
    match kind(block):
        case "Create OTP":
            assert code == "000"
            demand_fields(block, data, DATE_TIME, EXPIRATION)
            assert (await day.texts(before + 1))[-1].startswith("Your OTP is ")
        case "Validate OTP":
            assert code == "1202"
            right = block["body"].replace('"123456"', f'"{(await day.texts(1))[0].split()[-1]}"')
            code, data = answered(await day.send(right, method, path), block)
            assert code == "000"
            demand_fields(block, data, DATE_TIME, EXPIRATION)
            assert answered(await day.send(right, method, path), block)[0] == "1202", "a code is good for one use"
        case "Send SMS":
            assert code == "000"
            demand_fields(block, data, DATE_TIME, EXPIRATION)
            assert (await day.texts(before + 1))[-1] == "Your OTP is 1234"
        case "Send Email":
            assert (code, len(day.air.entries)) == ("1102", before)
        case "Block Number":
            assert code == "000"
            demand_fields(block, data, DATE_TIME, EXPIRATION)
            assert await day.sms(0) == "1104"
            assert len(day.air.entries) == before
        case "Unblock Number":
            assert code == "000"
            demand_fields(block, data, DATE_TIME, EXPIRATION)
            assert await day.sms(1) == "000"
            assert (await day.texts(before + 1))[-1] == "probe"
        case other:
            raise AssertionError(other)


def test_no_block_of_the_readme_is_left_out() -> None:
    assert sum(len(blocks_of(group)) for group in GROUPS) == len(REQUESTS) == 22
    assert GROUPS == ("REST API", "RabbitMQ", "Redis", "Mosquitto", "WSMessageBroker")


# -- through the real process ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("replay")) as place:
        for number in range(len(GROUPS)):
            place.owner("user", "add", f"user{number}", "--password-stdin", stdin=PASSWORD)
        yield place


def send(real: Site, group: str, block: dict[str, str], body: str) -> httpx2.Response:
    """One block to the real process, as an account of its group: what one group sent is no duplicate for another.
    Every second group uses PUT."""
    number = GROUPS.index(group)
    headers = HEADERS | basic(f"user{number}")
    with real.client() as client:
        return client.request(("POST", "PUT")[number % 2], default_path(block), content=body.encode(), headers=headers)


UNCHANGED_TODAY: Final = {
    "Create OTP": "1203",
    "Validate OTP": "1202",
    "Send SMS": "1203",
    "Send Email": "1203",
    "Block Number": "000",
    "Unblock Number": "000",
}


@pytest.mark.feature("F003", "F005", "F006", "F127", "F135", "F137", "F138")
@pytest.mark.parametrize("block", REQUESTS, ids=[block["name"] for block in REQUESTS])
def test_unchanged_today(real: Site, block: dict[str, str]) -> None:
    aired = len(real.aired())
    answer = send(real, block["name"].partition(":")[0], block, block["body"])
    code, data = answered(answer, block)
    assert code == UNCHANGED_TODAY[kind(block)]
    if code == "000":
        demand_fields(block, data, DATE_TIME, EXPIRATION)
    else:
        assert "id" not in data
    assert len(real.aired()) == aired


@pytest.mark.feature("F003", "F005", "F006", "F127", "F130", "F132", "F133", "F135", "F137", "F138")
@pytest.mark.parametrize("group", GROUPS)
def test_with_its_times_moved_to_now(real: Site, group: str) -> None:
    now = int(time.time())
    for block in blocks_of(group):
        _replay_today(real, group, block, now)


def _replay_today(real: Site, group: str, block: dict[str, str], now: int) -> None:
    def post(text: str) -> httpx2.Response:
        return send(real, group, block, text)

    body = moved(block["body"], now)
    before = real.shown(PHONE)
    code, data = answered(post(body), block)
    match kind(block):
        case "Create OTP":
            assert code == "000"
            demand_fields(block, data, now, now + 60)
            assert next_text(real, before).startswith("Your OTP is ")
        case "Validate OTP":
            assert code == "1202"
            right = body.replace('"123456"', f'"{real.code(PHONE)}"')
            code, data = answered(post(right), block)
            assert code == "000"
            demand_fields(block, data, now, now + 60)
            assert answered(post(right), block)[0] == "1202"
        case "Send SMS":
            assert code == "000"
            demand_fields(block, data, now, now + 60)
            assert next_text(real, before) == "Your OTP is 1234"
            entry = real.aired(PHONE)[-1]
            assert decode_submit_text(entry.pdu) == (f"+{PHONE}", "Your OTP is 1234", None)
        case "Send Email":
            assert (code, real.shown(PHONE)) == ("1102", before)
        case "Block Number" | "Unblock Number":
            assert code == "000"
            demand_fields(block, data, now, now + 60)
            blocked = kind(block) == "Block Number"
            assert real.call("send-sms", receiver=RECEIVER, message="probe")["response_code"] == (
                "1104" if blocked else "000"
            )
            if not blocked:
                assert next_text(real, before) == "probe"
        case other:
            raise AssertionError(other)


def next_text(real: Site, before: list[str]) -> str:
    """The one text that came after `before`."""
    until(lambda: len(real.shown(PHONE)) > len(before), "an SMS to the README's number")
    assert len(real.shown(PHONE)) == len(before) + 1
    return real.shown(PHONE)[-1]
