"""The HTTP door through a real uvicorn on loopback: statuses, headers, listening and stopping."""

from __future__ import annotations

import asyncio
import ipaddress
import json
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest
from rest_world import HEAD, SMS, World, head_of

from otppi.domain.replies import Code, Refusal, Reply, Unavailable
from otppi.intake.rest.assembly import rest_app
from otppi.intake.rest.server import CannotListen, RestServer
from otppi.intake.rest.settings import DEFAULT_PATHS, RestSettings
from otppi.ports.store import Account

if TYPE_CHECKING:
    from otppi.ports.gateway import Health

pytestmark = pytest.mark.process

README = [
    block
    for block in json.loads((Path(__file__).parents[1] / "data/readme_blocks.json").read_text())
    if block["name"].startswith("REST API") and block["path"]
]


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.feature("F003", "F046")
@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_a_request_is_answered_on_every_documented_path(world: World, method: str) -> None:
    async with world.served() as client:
        for path in (*DEFAULT_PATHS, "/api/otp/", "/api/sms/more?x=1", "/api/messages"):
            answer = await client.request(method, path, json=SMS)
            assert answer.status_code == 200
            assert answer.json() == {"command": "send-sms", "response_code": "000", "data": {"id": "m1"}}
    envelope, caller, key = world.gateway.seen[0]
    assert (envelope.command, caller.account, caller.door, key) == ("send-sms", "user", "rest", "")


@pytest.mark.feature("F006", "F127", "F135", "F136", "F137", "F138")
@pytest.mark.parametrize(
    ("block", "length"), list(zip(README, [313, 274, 182, 222, 107, 109], strict=True)), ids=[b["name"] for b in README]
)
async def test_the_readmes_requests_work_octet_by_octet(world: World, block: dict[str, str], length: int) -> None:
    head = (
        f"POST {block['path']} HTTP/1.1\nHost: sub.domain.tld\nConnection: close\nUser-agent: KSPS\n"
        f"Content-type: application/json\nContent-length: {length}\nAuthorization: Basic dXNlcjpwYXNzd29yZA==\n\n"
    )
    async with world.served():
        answer = await world.raw((head + block["body"]).replace("\n", "\r\n").encode())
    assert head_of(answer) == b"HTTP/1.1 200 OK"
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["response_code"] == "000"


async def test_headers_keep_answers_out_of_caches_and_tell_nothing(world: World) -> None:
    async with world.served() as client:
        for answer in (await client.post("/api/sms", json=SMS), await client.get("/health"), await client.get("/nix")):
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "server" not in answer.headers


async def test_the_content_type_of_a_request_does_not_matter(world: World) -> None:
    async with world.served() as client:
        for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "nonsense"):
            answer = await client.post("/api/sms", content=json.dumps(SMS), headers={"content-type": content_type})
            assert answer.status_code == 200


async def test_settings_count_from_the_next_request(world: World) -> None:
    async with world.served() as client:
        assert (await client.post("/kirim", json=SMS)).status_code == 404
        world.settings = RestSettings(paths=("/kirim",), four_digits=True)
        assert (await client.post("/kirim/x", json=SMS)).json()["response_code"] == "0000"
        assert (await client.post("/api/sms", json=SMS)).status_code == 404
        world.settings = RestSettings(paths=("/",))
        assert (await client.get("/health")).json()["status"] == "ok"
        assert (await client.post("/anything", json=SMS)).status_code == 200


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", "the body must be a JSON object"),
        (b"\xff\xfe", "the body must be UTF-8"),
        (b"[]", "the body must be a JSON object"),
        (b'{"command":"send-sms"}', "data must be an object"),
        (b'{"data":{}}', "command must be text"),
        (
            b'{"command":"echo","data":{"a":' + b"[" * 100 + b"]" * 100 + b"}}",
            "the body must not be nested deeper than 20 levels",
        ),
        (b'{"command":"echo","data":{"a":NaN}}', "the body must be a JSON object"),
    ],
)
async def test_what_is_no_envelope_is_a_400(world: World, content: bytes, error: str) -> None:
    async with world.served() as client:
        answer = await client.post("/api/sms", content=content)
    assert answer.status_code == 400
    assert answer.json() == {"command": "", "response_code": "1103", "data": {}, "error": error}
    assert world.gateway.seen == []


@pytest.mark.feature("X03")
async def test_a_refusal_is_a_200_with_its_code(world: World) -> None:
    async with world.served() as client:
        for content, code in (
            ('{"command":"send-sms","data":{"receiver":"1","receiver":"2"}}', "1103"),
            ('{"command":"send-sms","data":{"receiver":""}}', "1103"),
            ('{"command":"nonsense","data":{}}', "1106"),
        ):
            answer = await client.post("/api/sms", content=content)
            assert (answer.status_code, answer.json()["response_code"]) == (200, code)
            assert answer.json()["command"] in content
            assert answer.json()["error"]
            assert "retry-after" not in answer.headers


async def test_a_limit_says_when_to_come_back(world: World) -> None:
    async with world.served() as client:
        world.gateway.reply = Reply("send-sms", Code.LIMITED, error="too many", retry_after=12.3)
        replied = await client.post("/api/sms", json=SMS)
        world.gateway.fails = Refusal(Code.LIMITED, "too many", retry_after=0.2)
        raised = await client.post("/api/sms", json=SMS)
    assert (replied.status_code, replied.headers["retry-after"]) == (200, "13")
    assert (raised.status_code, raised.headers["retry-after"], raised.json()["response_code"]) == (200, "1", "1105")


@pytest.mark.feature("F044", "F046")
@pytest.mark.parametrize("auth", [None, ("user", "wrong"), ("stranger", "password"), ("system", "password")])
async def test_who_is_not_signed_in_gets_a_401(world: World, auth: tuple[str, str] | None) -> None:
    async with world.served(auth=False) as client:
        for method, path in (("POST", "/api/sms"), ("GET", "/api/sms"), ("GET", "/v1/messages/m1")):
            answer = await (client.request(method, path, auth=auth) if auth else client.request(method, path))
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"].startswith('Basic realm="')
    assert world.gateway.seen == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "PATCH", "OPTIONS"])
async def test_other_methods_are_a_405(world: World, method: str) -> None:
    async with world.served() as client:
        answer = await client.request(method, "/api/sms")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST, PUT")


async def test_a_flood_of_sign_ins_is_a_429_before_the_body_is_read(world: World) -> None:
    world.passwords.busy = True
    async with world.served() as client:
        answer = await world.raw(HEAD.encode() + b"Content-Length: 1000\r\nConnection: close\r\n\r\n")
        assert (await client.get("/v1/messages/m1")).headers["retry-after"] == "3"
    assert head_of(answer) == b"HTTP/1.1 429 Too Many Requests"
    assert b"\r\nretry-after: 3\r\n" in answer


async def test_stopping_or_a_store_that_cannot_commit_is_a_503(world: World) -> None:
    async with world.served() as client:
        world.gateway.fails = Unavailable()
        broken = [await client.post("/api/sms", json=SMS), await client.get("/v1/messages/m1")]
        world.gateway.fails, world.gateway.stopping = None, True
        stopping = [
            await client.post("/api/sms", json=SMS),
            await client.get("/v1/messages/m1"),
            await client.get("/health"),
        ]
    for answer in (*broken, *stopping):
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert len(world.gateway.seen) == 1


async def test_an_unexpected_error_is_a_bare_500_and_a_bare_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.gateway.fails = RuntimeError("canary")
    async with world.served() as client:
        answers = [await client.post("/api/sms", json=SMS), await client.get("/v1/messages/m1")]
    assert [answer.status_code for answer in answers] == [500, 500]
    assert [line.count("kind=RuntimeError") for line in caplog.messages if "request failed" in line] == [1, 1]
    assert "canary" not in caplog.text + answers[0].text + answers[1].text


async def test_the_idempotency_key_reaches_the_gateway(world: World) -> None:
    async with world.served() as client:
        await client.post("/api/sms", json=SMS, headers={"Idempotency-Key": "k" * 256})
        refused = await client.post("/api/sms", json=SMS, headers={"Idempotency-Key": "k" * 257})
    assert [key for _, _, key in world.gateway.seen] == ["k" * 256]
    assert (refused.status_code, refused.json()["response_code"]) == (200, "1103")


async def test_an_address_list_counts_the_socket_and_only_configured_proxies(world: World) -> None:
    world.account = Account("user", "hash", networks=("198.51.100.0/24",))
    forwarded = {"X-Forwarded-For": "198.51.100.7"}
    async with world.served() as client:
        assert (await client.post("/api/sms", json=SMS, headers=forwarded)).status_code == 401
        world.settings = RestSettings(proxies=(ipaddress.ip_network("127.0.0.1/32"),))
        assert (await client.post("/api/sms", json=SMS, headers=forwarded)).status_code == 200


async def test_a_token_opens_our_own_paths_and_no_documented_one(world: World) -> None:
    header = {"Authorization": f"Bearer {world.token}"}
    async with world.served(auth=False) as client:
        shown = await client.get("/v1/messages/m1", headers=header)
        wrong = await client.get("/v1/messages/m1", headers={"Authorization": f"Bearer {world.token[:-1]}"})
        documented = await client.post("/api/sms", json=SMS, headers=header)
    assert (shown.status_code, shown.json()["id"]) == (200, "m1")
    assert (wrong.status_code, documented.status_code) == (401, 401)
    assert wrong.headers["www-authenticate"] == 'Basic realm="OTP-Pi", charset="UTF-8", Bearer realm="OTP-Pi"'
    assert "Bearer" not in documented.headers["www-authenticate"]
    assert world.gateway.seen == []


async def test_a_message_is_shown_to_its_account_only(world: World) -> None:
    async with world.served() as client:
        found = await client.get("/v1/messages/m1")
        missing = await client.get("/v1/messages/m2")
        absurd = await client.get("/v1/messages/" + "m" * 5000)
    assert (found.json()["id"], found.json()["status"], found.json()["class"]) == ("m1", "queued", "normal")
    for answer in (missing, absurd):
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
        assert answer.json()["status"] == 404


async def test_other_paths_and_methods_of_ours_are_problems(world: World) -> None:
    async with world.served() as client:
        assert (await client.post("/health")).status_code == 405
        assert "GET" in (await client.post("/health")).headers["allow"].split(", ")
        assert (await client.get("/v1/")).headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(("state", "status"), [("ok", 200), ("degraded", 200), ("unavailable", 503)])
async def test_health_needs_no_password(world: World, state: Health, status: int) -> None:
    world.gateway.state = state
    async with world.served(auth=False) as client:
        answer = await client.get("/health")
    assert (answer.status_code, answer.json()) == (status, {"status": state, "modems": 4})


async def test_a_port_in_use_is_named(world: World) -> None:
    async with world.served():
        second = RestServer(rest_app(world.gateway, world.sign_in, lambda: world.settings), "127.0.0.1", world.port)
        with pytest.raises(CannotListen, match=f"port {world.port} on 127.0.0.1 is already in use"):
            await second.start()
        await second.stop(0)


async def test_an_address_that_is_not_ours_is_named(world: World) -> None:
    server = RestServer(rest_app(world.gateway, world.sign_in, lambda: world.settings), "192.0.2.1", 0)
    with pytest.raises(CannotListen, match=r"cannot listen on 192\.0\.2\.1 port 0"):
        await server.start()


@pytest.mark.parametrize(("grace", "answered"), [(5, True), (0, False)])
async def test_a_stop_waits_for_requests_in_flight_as_long_as_it_may(
    world: World, grace: float, answered: bool
) -> None:
    world.gateway.hold = asyncio.Event()
    server = RestServer(rest_app(world.gateway, world.sign_in, lambda: world.settings), "127.0.0.1", 0)
    url = f"http://127.0.0.1:{await server.start()}"
    async with httpx2.AsyncClient(auth=("user", "password"), trust_env=False) as client:
        request = asyncio.create_task(client.post(f"{url}/api/sms", json=SMS))
        await world.gateway.asked.wait()
        stop = asyncio.create_task(server.stop(grace))
        await asyncio.sleep(0.4)
        world.gateway.hold.set()
        result, _ = await asyncio.gather(request, stop, return_exceptions=True)
    assert (isinstance(result, httpx2.Response) and result.status_code == 200) is answered
