"""Many clients that guess one code at once, over HTTP, at both doors that check codes.

200 parallel wrong guesses: at most 5 are evaluated, counted where verifiers are compared. 100 parallel right ones: one
success. 50 rounds of each, every round with a code and a receiver of its own.
"""

from __future__ import annotations

import base64
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from parallel import Crowd, crowd
from served import PASSWORD, Served, served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from parallel import Answer

pytestmark = [pytest.mark.process, pytest.mark.timeout(180)]

ROUNDS = 50
WRONG = 200
RIGHT = 100
AUTHORIZATION = "Basic " + base64.b64encode(f"shop:{PASSWORD}".encode()).decode()


class Door(Protocol):
    """One way to have codes checked."""

    async def make(self, clients: Crowd, number: str) -> str:
        """A new code for this number; its name at this door."""

    def guess(self, number: str, name: str, code: str) -> tuple[str, dict[str, Any]]:
        """Path and body of a guess."""

    def right(self, answer: Answer) -> bool:
        """Whether the guess was right; any answer but right and wrong is an error."""


class Documented:
    """create-otp and validate-otp."""

    async def make(self, clients: Crowd, number: str) -> str:
        data = {"receiver": f"+{number}", "reference": number, "message": "Kode %s"}
        answer = await clients.one("/api/otp", {"command": "create-otp", "data": data})
        assert answer.body["response_code"] == "000"
        return number

    def guess(self, number: str, name: str, code: str) -> tuple[str, dict[str, Any]]:
        data = {"receiver": f"+{number}", "reference": name, "otp": code}
        return "/api/otp", {"command": "validate-otp", "data": data}

    def right(self, answer: Answer) -> bool:
        assert answer.status == 200
        assert answer.body["response_code"] in ("000", "1202", "1204")
        return bool(answer.body["response_code"] == "000")


class Own:
    """/v1/verifications."""

    async def make(self, clients: Crowd, number: str) -> str:
        answer = await clients.one("/v1/verifications", {"to": f"+{number}", "template": "Kode {code}"})
        assert answer.status == 201
        return str(answer.body["id"])

    def guess(self, number: str, name: str, code: str) -> tuple[str, dict[str, Any]]:
        return f"/v1/verifications/{name}/check", {"code": code}

    def right(self, answer: Answer) -> bool:
        assert answer.status == 200
        return bool(answer.body["valid"])


DOORS = pytest.mark.parametrize("door", [Documented(), Own()], ids=["validate-otp", "v1"])


@asynccontextmanager
async def guessed(folder: Path, clients: int) -> AsyncIterator[tuple[Served, Crowd]]:
    """A served gateway and the clients that will guess."""
    async with served(folder) as gateway, crowd(gateway.port, clients, AUTHORIZATION) as many:
        yield gateway, many


async def at_once(clients: Crowd, door: Door, number: str, name: str, codes: list[str]) -> list[bool]:
    """All these guesses at once; which were right."""
    bodies = [door.guess(number, name, code)[1] for code in codes]
    return [door.right(answer) for answer in await clients.post(door.guess(number, name, "")[0], bodies)]


def numbers() -> list[str]:
    return [f"628120000{round_:04d}" for round_ in range(ROUNDS)]


@pytest.mark.feature("X08")
@DOORS
async def test_of_two_hundred_wrong_guesses_at_once_at_most_five_are_evaluated(tmp_path: Path, door: Door) -> None:
    async with guessed(tmp_path, WRONG) as (gateway, clients):
        for number in numbers():
            name = await door.make(clients, number)
            code = (await gateway.text(number)).split()[-1]
            before = gateway.vault.compared
            wrong = [f"{(int(code) + step) % 10**6:06}" for step in range(1, WRONG + 1)]
            assert not any(await at_once(clients, door, number, name, wrong))
            assert gateway.vault.compared - before == 5
            assert await at_once(clients, door, number, name, [code]) == [False], "the code is exhausted"


@pytest.mark.feature("X08")
@DOORS
async def test_of_a_hundred_right_guesses_at_once_one_succeeds(tmp_path: Path, door: Door) -> None:
    async with guessed(tmp_path, RIGHT) as (gateway, clients):
        for number in numbers():
            name = await door.make(clients, number)
            code = (await gateway.text(number)).split()[-1]
            assert (await at_once(clients, door, number, name, [code] * RIGHT)).count(True) == 1
