"""What surrounds a request: an id of its own, told and logged, and the count of it under a path that is ours."""

from __future__ import annotations

import json
import logging
import re
from typing import TYPE_CHECKING, Any

import pytest
from asgi import ask
from rest_world import SMS, World

from otppi.app import requests
from otppi.app.requests import RequestIds
from otppi.domain.replies import Code, Refusal
from otppi.intake.rest.assembly import RestDoor
from otppi.intake.rest.commands import CommandDoor
from otppi.intake.rest.observed import Observed
from otppi.intake.rest.v1.assembly import v1_app

if TYPE_CHECKING:
    from otppi.intake.rest.asgi import App

BODY = json.dumps(SMS).encode()


class Told:
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.in_flight = 0
        self.ended_with: list[tuple[str, int, str]] = []

    def ended(self, path: str, status: int, code: str, seconds: float) -> None:
        assert seconds >= 0
        self.in_flight -= 1
        self.ended_with.append((path, status, code))


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def door(world: World, told: Told) -> App:
    def settings() -> Any:
        return world.settings

    own = v1_app(world.gateway, world.sign_in, settings, None)
    commands = CommandDoor(world.gateway, world.sign_in, settings)
    return Observed(RestDoor(commands, own, settings), settings, told)


async def test_every_answer_has_an_id_of_its_own(door: App) -> None:
    answers = [await ask(door, "/api/sms", "POST", BODY), await ask(door, "/health"), await ask(door, "/nothing")]
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert all(re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]+", each) for each in ids)
    assert len(set(ids)) == 3


async def test_the_id_stands_while_the_request_is_answered_and_no_longer(world: World, door: App) -> None:
    seen: list[str] = []

    async def handle(*_arguments: Any, **_options: Any) -> Any:
        seen.append(requests.current())
        raise Refusal(Code.BLOCKED, "blocked")

    world.gateway.handle = handle  # type: ignore[method-assign]  # to look from inside of a request
    answer = await ask(door, "/api/sms", "POST", BODY)
    assert seen == [answer.headers["x-request-id"]]
    assert requests.current() == ""


async def test_an_id_sent_by_a_client_is_not_taken(door: App) -> None:
    async def with_header(scope: Any, receive: Any, send: Any) -> None:
        scope["headers"].append((b"x-request-id", b"mine"))
        await door(scope, receive, send)

    assert (await ask(with_header, "/health")).headers["x-request-id"] != "mine"


def test_ids_do_not_repeat() -> None:
    ids = RequestIds("run")
    assert [ids.new() for _ in range(17)][-2:] == ["run-10", "run-11"]


async def test_requests_are_counted_by_path_status_and_refusal(world: World, door: App, told: Told) -> None:
    await ask(door, "/api/sms/with/more?", "POST", BODY)
    await ask(door, "/api/sms", "GET")
    await ask(door, "/api/sms", "POST", BODY, authorization="")
    await ask(door, "/v1/messages/m1")
    await ask(door, "/v1/messages/nothing")
    await ask(door, "/v1/made-up-by-a-client")
    await ask(door, "/made-up-by-a-client")
    world.gateway.fails = Refusal(Code.BLOCKED, "blocked")
    await ask(door, "/api/sms", "POST", BODY)
    assert told.ended_with == [
        ("/api/sms", 200, ""),
        ("/api/sms", 405, ""),
        ("/api/sms", 401, ""),
        ("/v1/messages/{message_id}", 200, ""),
        ("/v1/messages/{message_id}", 404, ""),
        ("other", 404, ""),
        ("other", 404, ""),
        ("/api/sms", 200, "1104"),
    ]
    assert told.in_flight == 0


async def test_a_refusal_on_our_own_paths_counts_by_its_code_too(world: World, door: App, told: Told) -> None:
    world.gateway.fails = Refusal(Code.LIMITED, "too many", retry_after=3)
    answer = await ask(door, "/v1/messages/m1")
    assert (answer.status, told.ended_with) == (429, [("/v1/messages/{message_id}", 429, "1105")])


async def test_a_client_that_left_is_counted_as_status_0(told: Told, world: World) -> None:
    async def nothing(scope: Any, receive: Any, send: Any) -> None:
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await ask(Observed(nothing, lambda: world.settings, told), "/api/otp")
    assert told.ended_with == [("/api/otp", 0, "")]


async def test_lines_logged_by_a_request_bear_its_id(
    world: World, door: App, capsys: pytest.CaptureFixture[str]
) -> None:
    from otppi import logs

    root, level = logging.getLogger(), logging.getLogger().level
    handlers = root.handlers[:]
    try:
        logs.set_up("info", "json")
        world.gateway.fails = RuntimeError("a defect with a canary")
        answer = await ask(door, "/api/sms", "POST", BODY)
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
    (line,) = map(json.loads, capsys.readouterr().err.splitlines())
    assert answer.status == 500
    assert (line["request"], line["kind"]) == (answer.headers["x-request-id"], "RuntimeError")
    assert "canary" not in json.dumps(line)
