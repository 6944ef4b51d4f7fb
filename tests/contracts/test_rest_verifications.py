"""/v1/verifications through the served door over the real application: statuses, bodies, problems."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from served import PASSWORD, served

if TYPE_CHECKING:
    from pathlib import Path

    from served import Served

pytestmark = pytest.mark.process

PATH = "/v1/verifications"
TO = "+6281200001234"
PHONE = TO[1:]
KODE = {"to": TO, "template": "Kode {code}"}


async def create(gateway: Served, headers: dict[str, str] | None = None, **fields: Any) -> httpx2.Response:
    return await gateway.client.post(PATH, json={**KODE, **fields}, headers=headers)


async def post(gateway: Served, path: str, **body: Any) -> httpx2.Response:
    return await gateway.client.post(f"{PATH}/{path}", json=body)


async def test_from_create_to_approved(tmp_path: Path) -> None:
    async with served(tmp_path) as gateway:
        answer = await create(gateway, reference="order-17", params=["a"], template="Kode {code} ” {ttl}", ttl=90)
        assert answer.status_code == 201
        record = answer.json()
        id_, created = record.pop("id"), record.pop("created")
        assert record.pop("message") == {"id": id_, "status": "claimed"}
        assert record.pop("expires") == pytest.approx(created + 90, abs=0.1)
        assert [warning["kind"] for warning in record.pop("warnings")] == ["ucs2", "ttl"]
        assert record == {
            "status": "pending",
            "to": "6281200001XXX",
            "reference": "order-17",
            "guesses_left": 5,
            "sends": 1,
            "next_resend_in": 30,
            "segments": 1,
            "feedback": None,
            "duplicate": False,
        }
        text = await gateway.text(PHONE)
        code = text.split()[1]
        assert text == f"Kode {code} ” 1"
        wrong = "000000" if code != "000000" else "111111"
        for body, told in (
            ({"code": wrong, "params": ["a"]}, {"valid": False, "status": "pending", "guesses_left": 4}),
            ({"code": code, "params": ["a"]}, {"valid": True, "status": "approved", "guesses_left": 3}),
            ({"code": code, "params": ["a"]}, {"valid": False, "status": "approved", "guesses_left": 3}),
        ):
            checked = await post(gateway, f"{id_}/check", **body)
            assert (checked.status_code, checked.json()) == (200, told)
        shown = await gateway.client.get(f"{PATH}/{id_}")
        assert (shown.status_code, shown.json()["status"]) == (200, "approved")
        assert "warnings" not in shown.json()
        assert code not in shown.text
        assert (await gateway.client.get(f"/v1/messages/{id_}")).status_code == 200


async def test_keys_and_references_survive_restarts(tmp_path: Path) -> None:
    async with served(tmp_path) as gateway:
        key = {"Idempotency-Key": "k1"}
        first = await create(gateway, key, reference="r1")
        for _ in range(2):
            await gateway.restart()
            again = await create(gateway, key, reference="r1")
            assert (again.status_code, again.json()["duplicate"]) == (200, True)
            assert again.json()["id"] == first.json()["id"]
            for other in (
                await create(gateway, key, reference="r1", template="Code {code}"),
                await create(gateway, {"Idempotency-Key": "k1"}, to="+6281200009999"),
                await create(gateway, reference="r1", params=["x"]),
            ):
                assert (other.status_code, other.json()["code"]) == (409, "1201")
        assert len(gateway.texts()) == 1
        await gateway.text(PHONE)


async def test_a_resend_at_once_makes_nothing_new_and_a_soon_one_has_to_wait(tmp_path: Path) -> None:
    async with served(tmp_path) as gateway:
        gateway.lot = type(gateway.lot)(prompt=0.3, air=0.01)
        made = (await create(gateway, reference="r1")).json()
        still = await gateway.client.post(f"{PATH}/{made['id']}/resend")
        assert (still.status_code, still.json()["resent"], still.json()["sends"]) == (200, False, 1)
        body = {"command": "resend-otp", "data": {"reference": "r1"}}
        told = (await gateway.client.post("/api/otp", json=body)).json()
        assert (told["response_code"], told["data"]["id"], told["data"]["resent"]) == ("0000", made["id"], False)
        await gateway.text(PHONE)
        await asyncio.sleep(0.1)
        early = await gateway.client.post(f"{PATH}/{made['id']}/resend")
        assert (early.status_code, early.json()["code"]) == (429, "1105")
        assert 25 <= int(early.headers["retry-after"]) <= 30
        documented = await gateway.client.post("/api/otp", json=body)
        assert (documented.status_code, documented.json()["response_code"]) == (200, "1105")
        assert 25 <= int(documented.headers["retry-after"]) <= 30
        assert len(gateway.texts()) == 1


async def test_cancel_and_feedback(tmp_path: Path) -> None:
    async with served(tmp_path) as gateway:
        made = (await create(gateway)).json()["id"]
        for _ in range(2):
            gone = await gateway.client.post(f"{PATH}/{made}/cancel")
            assert (gone.status_code, gone.json()["status"]) == (200, "cancelled")
        assert (await gateway.client.post(f"{PATH}/{made}/resend")).status_code == 409
        other = (await create(gateway)).json()["id"]
        told = await post(gateway, f"{other}/feedback", outcome="approved")
        assert (told.status_code, told.json()["status"], told.json()["feedback"]) == (200, "approved", "approved")
        assert (await post(gateway, f"{other}/feedback", outcome="abandoned")).status_code == 409
        assert (await post(gateway, f"{other}/feedback", outcome="maybe")).status_code == 422
        late = await gateway.client.post(f"{PATH}/{other}/cancel")
        assert (late.status_code, late.headers["content-type"]) == (409, "application/problem+json")


async def test_a_preview_tells_what_a_text_costs_and_gives_none_back(tmp_path: Path) -> None:
    async with served(tmp_path) as gateway:
        seen = await post(gateway, "preview", template="secretword {code} “", brand="Shop", origin="example.com")
        assert seen.status_code == 200
        told = seen.json()
        assert (told["alphabet"], told["segments"], told["outside_gsm"]) == ("ucs2", 1, ["“"])
        assert [warning["kind"] for warning in told["warnings"]] == ["ucs2"]
        assert "secretword" not in seen.text
        assert gateway.texts() == []


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"to": "a@b.example"}, "e-mail is not configured"),
        ({"to": 6281200001234}, "to: Expected `str`, got `int`"),
        ({"to": ""}, "to: Expected `str` of length >= 1"),
        ({"to": TO, "ttl": 29}, "ttl: Expected `int` >= 30"),
        ({"to": TO, "ttl": 700}, "ttl must be 30 to 600 seconds"),
        ({"to": TO, "length": 3}, "length: Expected `int` >= 4"),
        ({"to": TO, "brand": "x" * 41}, "brand: Expected `str` of length <= 40"),
        ({"to": TO, "params": ["a"] * 5}, "params: Expected `array` of length <= 4"),
        ({"to": TO, "wait": 61}, "wait: Expected `float` <= 60.0"),
        ({"to": TO, "template": "{code} {0.__class__}"}, "template may hold {code}, {brand} and {ttl}"),
        ({"to": TO, "template": "%s"}, "template must hold {code} exactly once"),
        ({"to": TO, "origin": "x", "app_hash": "FA+9qCX9VSu"}, "app_hash and origin cannot both be the last line"),
        ({"to": TO, "secret": "x"}, "data: Object contains unknown field `secret`"),
        ({}, "data: Object missing required field `to`"),
    ],
)
async def test_a_field_that_is_wrong_is_named(tmp_path: Path, body: dict[str, Any], detail: str) -> None:
    async with served(tmp_path) as gateway:
        answer = await gateway.client.post(PATH, json=body)
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
        assert answer.json()["detail"].startswith(detail)
        assert gateway.texts() == []


async def test_a_guess_is_text(tmp_path: Path) -> None:
    async with served(tmp_path) as gateway:
        made = (await create(gateway)).json()["id"]
        for body in ({"code": 123456}, {"code": ""}, {"code": "x" * 65}, {"code": "1", "more": 1}, {}):
            assert (await post(gateway, f"{made}/check", **body)).status_code == 422
        assert gateway.vault.compared == 0
        assert (await gateway.client.get(f"{PATH}/{made}")).json()["guesses_left"] == 5
        broken = await gateway.client.post(f"{PATH}/{made}/check", content=b'{"code": "\\ud800"}')
        assert broken.status_code in (400, 422)


async def test_what_is_not_there_or_anothers_is_404_everywhere(tmp_path: Path) -> None:
    async with served(tmp_path) as gateway:
        made = (await create(gateway)).json()["id"]
        code = (await gateway.text(PHONE)).split()[-1]
        gateway.client.auth = httpx2.BasicAuth("bank", PASSWORD)
        for id_ in (made, "01NOTHING", "x" * 500):
            for answer in (
                await gateway.client.get(f"{PATH}/{id_}"),
                await post(gateway, f"{id_}/check", code=code),
                await gateway.client.post(f"{PATH}/{id_}/resend"),
                await gateway.client.post(f"{PATH}/{id_}/cancel"),
                await post(gateway, f"{id_}/feedback", outcome="approved"),
            ):
                assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
        assert gateway.vault.compared == 0
        gateway.client.auth = httpx2.BasicAuth("shop", PASSWORD)
        assert (await post(gateway, f"{made}/check", code=code)).json()["valid"] is True


@pytest.mark.feature("X08")
async def test_too_many_wrong_guesses_for_a_receiver_are_429(tmp_path: Path) -> None:
    async with served(tmp_path) as gateway:
        for _ in range(2):
            made = (await create(gateway)).json()["id"]
            for left in (4, 3, 2, 1, 0):
                told = (await post(gateway, f"{made}/check", code="x")).json()
                assert told == {"valid": False, "status": "pending" if left else "exhausted", "guesses_left": left}
            assert (await post(gateway, f"{made}/check", code="x")).json() == told
        made = (await create(gateway)).json()["id"]
        limited = await post(gateway, f"{made}/check", code="x")
        assert (limited.status_code, limited.json()["code"]) == (429, "1105")
        assert 3500 < int(limited.headers["retry-after"]) <= 3600


async def test_without_a_password_nothing_is_told(tmp_path: Path) -> None:
    async with served(tmp_path) as gateway:
        gateway.client.auth = httpx2.BasicAuth("nobody", "x")
        assert (await create(gateway)).status_code == 401
        assert (await gateway.client.get(f"{PATH}/x")).status_code == 401
