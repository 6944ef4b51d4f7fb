"""`/v1/messages` through the real HTTP door, over the real application and the real store."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from v1_site import NOW, Site, v1_site

from otppi.testing.fake_modem import Lot

if TYPE_CHECKING:
    from pathlib import Path

    import httpx2

pytestmark = pytest.mark.process

TO = "+6281200001234"
RECORD = {
    "id", "status", "held", "class", "receiver", "segments", "created", "send_at", "deadline", "modem", "attempts",
    "possible_duplicate", "outcome_unknown", "sent_late", "route", "waiting", "error",
}  # fmt: skip


def problem(answer: httpx2.Response) -> tuple[int, str, str]:
    """A problem's status, code and sentence, once its form is right."""
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == answer.status_code
    return answer.status_code, body.get("code", ""), body.get("detail", "")


def octets(folder: Path) -> bytes:
    """All that a folder holds."""
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def pages(client: httpx2.AsyncClient, **parameters: Any) -> list[dict[str, Any]]:
    """All items of a listing."""
    items: list[dict[str, Any]] = []
    cursor: dict[str, Any] = {}
    while True:
        answer = await client.get("/v1/messages", params=parameters | cursor)
        assert answer.status_code == 200, answer.text
        items += answer.json()["items"]
        if answer.json()["next"] is None:
            return items
        cursor = {"cursor": answer.json()["next"]}


async def test_sent_shown_and_told(tmp_path: Path) -> None:
    async with v1_site(tmp_path) as site:
        answer = await site.post("/v1/messages", {"to": TO, "text": "Halo", "wait": 10})
        record = answer.json()
        assert (answer.status_code, record["status"], record["expected_in"]) == (201, "sent", 0)
        assert set(record) == RECORD | {"expected_in", "duplicate", "clock"}
        shown = await site.client.get(answer.headers["location"])
        assert shown.json() == {name: record[name] for name in RECORD}
        told = (await site.client.get(f"/v1/messages/{record['id']}/timeline")).json()
        assert [(e["edge"], e["segment"], e["modem"]) for e in told["entries"]] == [
            ("a", None, None), ("c", 1, "modem0"), ("d", 1, "modem0"),
        ]  # fmt: skip
        assert (told["id"], told["status"], told["waiting"]) == (record["id"], "sent", None)
        assert len(site.air.entries) == 1


@pytest.mark.feature("F131")
async def test_keys_hold_over_a_restart(tmp_path: Path) -> None:
    body = {"to": TO, "text": "Halo", "class": "bulk", "reference": "r1"}
    async with v1_site(tmp_path) as site:
        first = await site.post("/v1/messages", body | {"wait": 10}, Idempotency_Key="k1")
        assert first.status_code == 201
    async with v1_site(tmp_path) as site:
        for again, key in ((body, "k1"), (body | {"class": "otp"}, "k1"), (body, "k9"), (body, "")):
            answer = await site.post("/v1/messages", again, Idempotency_Key=key)
            assert (answer.status_code, answer.headers["location"]) == (200, first.headers["location"])
            assert answer.json() == first.json() | {"duplicate": True}
        for other, key in ((body | {"text": "Lain"}, "k2"), (body | {"to": "081200005678", "reference": "r2"}, "k1")):
            answer = await site.post("/v1/messages", other, Idempotency_Key=key)
            assert problem(answer) == (409, "1201", "this key was used before with other content")
        assert len(await pages(site.client)) == 1


async def test_racing_orders_with_one_key_make_one_message(tmp_path: Path) -> None:
    async with v1_site(tmp_path) as site:
        body = {"to": TO, "text": "Halo"}
        answers = await asyncio.gather(*(site.post("/v1/messages", body, Idempotency_Key="k") for _ in range(30)))
        assert sorted(answer.status_code for answer in answers) == [200] * 29 + [201]
        assert len({answer.json()["id"] for answer in answers}) == len(await pages(site.client)) == 1


WRONG = (
    (b"", "a body is needed"),
    (b"[]", "data: Expected `object`, got `array`"),
    (b"{}", "data: Object missing required field `to`"),
    (b'{"to":7,"text":"a"}', "to: Expected `str`, got `int`"),
    (b'{"to":"1","text":"a"}', "to must be a telephone number of 7 to 15 digits with its country code"),
    (b'{"to":"081200001234","text":""}', "text must not be empty"),
    (b'{"to":"081200001234","text":"a","color":"red"}', "data: Object contains unknown field `color`"),
    (b'{"to":"081200001234","text":"a","class":"canary"}', "class: Not one of the words that are allowed"),
    (b'{"to":"081200001234","text":"a","policy":"canary"}', "policy: Not one of the words that are allowed"),
    (b'{"to":"081200001234","text":"a","wait":61}', "wait: Expected `float` <= 60.0"),
    (b'{"to":"081200001234","text":"a","expires_in":0}', "expires_in: Expected `float` > 0.0"),
    (b'{"to":"081200001234","text":"a","send_at":true}', "send_at: Expected `float | str | null`, got `bool`"),
    (b'{"to":"081200001234","text":"a","send_at":1}', "send_at has passed"),
)


async def test_what_is_wrong_is_named_and_never_shown(tmp_path: Path) -> None:
    async with v1_site(tmp_path) as site:
        for body, detail in WRONG:
            status, code, said = problem(await site.client.post("/v1/messages", content=body))
            assert (status, code, said) == (*((409, "1203") if "passed" in detail else (422, "1103")), detail)
        assert await pages(site.client) == []


async def test_what_is_no_json_is_a_400(tmp_path: Path) -> None:
    async with v1_site(tmp_path) as site:
        for body in (b"{", b'{"to":"081200001234","text":"\\ud800"}', b'{"to":"1","to":"2"}', b"\xff"):
            for path in ("/v1/messages", "/v1/messages/batch", "/v1/messages/preview"):
                assert problem(await site.client.post(path, content=body))[0] == 400


async def test_without_the_right_nothing_is_sent(tmp_path: Path) -> None:
    async with v1_site(tmp_path, rights=frozenset({"otp"})) as site:
        body = {"to": TO, "text": "Halo"}
        refusal = (403, "1106", "not permitted: the account has no right sms")
        assert problem(await site.post("/v1/messages", body)) == refusal
        results = (await site.post("/v1/messages/batch", {"messages": [body]})).json()["results"]
        assert (results[0]["status"], results[0]["problem"]["detail"]) == (403, refusal[2])
        assert (await site.post("/v1/messages/preview", {"text": "Halo"})).status_code == 200


async def test_for_later_cancelled_and_gone(tmp_path: Path) -> None:
    async with v1_site(tmp_path) as site:
        record = await site.send(send_at="2026-11-26T08:00:00+07:00", reference="r1")
        assert record["send_at"] == pytest.approx(1795654800.0, abs=0.01)
        assert record["waiting"] == "waits for its time: 2026-11-26 01:00 UTC"
    async with v1_site(tmp_path) as site:
        path = f"/v1/messages/{record['id']}"
        assert (await site.client.get(path)).json()["waiting"] == record["waiting"]
        assert problem(await site.other.post(f"{path}/cancel"))[0] == 404
        assert (await site.client.post(f"{path}/cancel")).json()["status"] == "cancelled"
        assert problem(await site.client.post(f"{path}/cancel")) == (
            409, "", "nothing of the message waits any more: it is cancelled",
        )  # fmt: skip
        told = (await site.client.get(f"{path}/timeline")).json()["entries"]
        assert (told[-1]["edge"], told[-1]["detail"]) == ("i", "cancelled by its sender")
        for place in (path, f"{path}/timeline", "/v1/messages/" + "x" * 65 + "/timeline"):
            assert problem(await site.other.get(place))[0] == 404
        assert site.air.entries == []


async def test_a_batch_answers_for_each_item_as_if_it_were_alone(tmp_path: Path) -> None:
    items: list[Any] = [
        {"to": TO, "text": "Satu"},
        {"to": TO},
        "nonsense",
        {"to": TO, "text": "Dua", "class": "canary"},
        {"to": "12", "text": "Tiga"},
        {"to": TO, "text": "Empat", "wait": 1},
        {"to": TO, "text": "Lima", "reference": "r"},
        {"to": TO, "text": "Lima", "reference": "r"},
        {"to": TO, "text": "Enam", "reference": "r"},
    ]
    async with v1_site(tmp_path) as site:
        answer = await site.post("/v1/messages/batch", {"messages": items}, Idempotency_Key="k")
        results = answer.json()["results"]
        assert answer.status_code == 200
        assert [result["index"] for result in results] == list(range(9))
        assert [result["status"] for result in results] == [201, 422, 422, 422, 422, 422, 201, 200, 409]
        assert [sorted(result) for result in results] == [
            ["index", "message" if result["status"] < 300 else "problem", "status"] for result in results
        ]
        assert [result["problem"]["detail"] for result in results[1:6]] == [
            "Object missing required field `text`",
            "Expected `object`, got `str`",
            "Not one of the words that are allowed - at `$.class`",
            "to must be a telephone number of 7 to 15 digits with its country code",
            "wait is not for batches",
        ]
        assert results[7]["message"]["id"] == results[6]["message"]["id"]
        assert "canary" not in answer.text
    async with v1_site(tmp_path) as site:
        again = (await site.post("/v1/messages/batch", {"messages": items}, Idempotency_Key="k")).json()["results"]
        assert [result["status"] for result in again] == [200, 422, 422, 422, 422, 422, 200, 200, 409]
        assert again[0]["message"]["id"] == results[0]["message"]["id"]


async def test_a_thousand_at_once_leave_room_for_others(tmp_path: Path) -> None:
    """The longest batch there is; while it is taken in, others are answered."""
    items = [{"to": f"+6281200{n:06}", "text": "x" * 1500, "class": "bulk"} for n in range(1000)]
    async with v1_site(tmp_path, lot=Lot(prompt=0.05, air=60.0)) as site:
        body = json.dumps({"messages": items}).encode()
        assert 1_500_000 < len(body) < 2 * 1024 * 1024
        assert await pages(site.other) == await pages(site.client) == []
        batch = asyncio.create_task(site.client.post("/v1/messages/batch", content=body))
        answered = 0
        while not batch.done():
            assert (await site.other.get("/v1/messages")).json() == {"items": [], "next": None}
            answered += 1
        results = (await batch).json()["results"]
        assert [result["status"] for result in results] == [201] * 1000
        assert answered >= 3
        listed = [item["id"] for item in await pages(site.client, limit=200)]
        assert listed == [result["message"]["id"] for result in reversed(results)]


async def test_the_size_of_a_batch_has_its_bounds(tmp_path: Path) -> None:
    async with v1_site(tmp_path) as site:
        item = {"to": TO, "text": "Halo"}
        assert problem(await site.post("/v1/messages/batch", {"messages": []}))[0] == 422
        assert problem(await site.post("/v1/messages/batch", {"messages": [item] * 1001}))[0] == 422
        assert problem(await site.client.post("/v1/messages/batch", content=b" " * (2 * 1024 * 1024 + 1)))[0] == 413
        assert problem(await site.client.post("/v1/messages", content=b" " * 65_537))[0] == 413
        assert await pages(site.client) == []


async def _others_rows(site: Site, count: int) -> None:
    """Messages of another account, in the way."""
    body = {"messages": [{"to": TO, "text": f"{n}", "send_at": NOW + 3600} for n in range(count)]}
    assert (await site.other.post("/v1/messages/batch", json=body)).status_code == 200


async def test_a_list_with_every_filter(tmp_path: Path) -> None:
    async with v1_site(tmp_path) as site:
        first = await site.send(reference="r1", wait=10)
        await _others_rows(site, 600)
        second = await site.send(send_at=NOW + 3600, to="0813 0000 0001")
        third = await site.send(text="Kode", expires_in=60, send_at=NOW + 3600)
        ids = [third["id"], second["id"], first["id"]]
        assert [item["id"] for item in await pages(site.client)] == ids
        assert [item["id"] for item in await pages(site.client, limit=1)] == ids
        for parameters, expected in (
            ({"status": "sent"}, ids[2:]),
            ({"status": ["sent", "queued"]}, ids),
            ({"class": "otp"}, ids[:1]),
            ({"to": "+6281300000001"}, ids[1:2]),
            ({"reference": "r1"}, ids[2:]),
            ({"created_after": "2026-11-25T00:00:00Z", "created_before": str(NOW + 3600)}, ids),
            ({"created_before": "2026-11-25T00:00:00Z"}, []),
        ):
            assert [item["id"] for item in await pages(site.client, **parameters)] == expected, parameters
        for wrong in ({"status": "canary"}, {"limit": 0}, {"limit": 201}, {"cursor": "canary"}, {"class": "x"}):
            status, code, said = problem(await site.client.get("/v1/messages", params=wrong))
            assert (status, code) == (422, "1103")
            assert "canary" not in said


async def test_no_text_is_logged_answered_or_written(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    text = "k4n4ry"
    async with v1_site(tmp_path) as site:
        told = [
            await site.post("/v1/messages", {"to": TO, "text": text, "wait": 10}),
            await site.post("/v1/messages", {"to": TO, "text": text, "send_at": NOW + 3600, "reference": "r"}),
            await site.post("/v1/messages", {"to": TO, "text": f"{text}!", "reference": "r"}),
            await site.post("/v1/messages", {"to": TO, "text": f"{text}\x00"}),
            await site.post("/v1/messages", {"to": TO, "text": [text]}),
            await site.post(
                "/v1/messages/batch", {"messages": [{"to": TO, "text": text}, {"to": "1", "text": text}, text]}
            ),
            await site.client.get("/v1/messages"),
        ]
        assert [answer.status_code for answer in told] == [201, 201, 409, 422, 422, 200, 200]
        kept = octets(tmp_path)
    assert text not in caplog.text + "".join(answer.text for answer in told)
    assert kept
    assert text.encode() not in kept


async def test_a_preview_needs_no_number_and_leaves_nothing(tmp_path: Path) -> None:
    async with v1_site(tmp_path) as site:
        answer = await site.post("/v1/messages/preview", {"text": "It\u2019s ready"})
        assert answer.status_code == 200
        assert answer.json() == {
            "encoding": "ucs2", "characters": 10, "segments": 1, "units_used": 10, "units_left": 60, "parts": [10],
            "forcing": [{"character": "\u2019", "code_point": "U+2019"}], "fits": True,
        }  # fmt: skip
        assert problem(await site.post("/v1/messages/preview", {"text": "a\x07"}))[0] == 422
        assert await pages(site.client) == []
