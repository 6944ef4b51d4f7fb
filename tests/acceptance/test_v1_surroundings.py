"""The block list, modems, alarms, routes and the own account through the real HTTP door."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from v1_site import v1_site

from otppi.domain.rights import DEFAULT_RIGHTS, Right

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.process

ALL = frozenset(DEFAULT_RIGHTS) | {Right.MODEMS}
NUMBER = "+6281200009999"


async def test_a_number_is_blocked_listed_unblocked_and_removed(tmp_path: Path) -> None:
    async with v1_site(tmp_path) as site:
        blocked = await site.post("/v1/blocks", {"number": "0812 0000 9999"})
        assert (blocked.status_code, blocked.json()["number"], blocked.json()["active"]) == (201, NUMBER, True)
        refused = await site.post("/v1/messages", {"to": NUMBER, "text": "Halo"})
        assert (refused.status_code, refused.json()["code"]) == (403, "1104")
        (row,) = (await site.client.get("/v1/blocks")).json()["items"]
        assert (row["number"], row["by"]) == (NUMBER, "shop")
        assert (await site.post("/v1/blocks/unblock", {"number": NUMBER})).json()["active"] is False
        assert (await site.post("/v1/messages", {"to": NUMBER, "text": "Halo"})).status_code == 201
        listed = await site.client.get("/v1/blocks", params={"active": True})
        assert listed.json() == {"items": [], "next": None}
        assert (await site.client.delete(f"/v1/blocks/{NUMBER}")).status_code == 204
        for gone in (NUMBER, "nonsense", "+62"):
            assert (await site.client.delete(f"/v1/blocks/{gone}")).status_code == 404
        wrong = await site.post("/v1/blocks", {"number": "x"})
        assert (wrong.status_code, wrong.json()["code"]) == (422, "1103")
        assert wrong.json()["detail"].startswith("number ")


async def test_the_block_list_is_read_page_by_page(tmp_path: Path) -> None:
    async with v1_site(tmp_path) as site:
        numbers = [f"+62812000010{n:02}" for n in range(7)]
        for number in reversed(numbers):
            await site.post("/v1/blocks", {"number": number})
        seen: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            page = (await site.client.get("/v1/blocks", params={"limit": 3, "cursor": cursor})).json()
            seen += [row["number"] for row in page["items"]]
            cursor = page["next"]
        assert seen == numbers


async def test_blocking_cancels_what_waits(tmp_path: Path) -> None:
    async with v1_site(tmp_path) as site:
        later = await site.send(to=NUMBER, expires_in=600, send_at=site.clock.now() + 3600)
        await site.post("/v1/blocks", {"number": NUMBER})
        assert (await site.client.get(f"/v1/messages/{later['id']}")).json()["status"] == "cancelled"


async def test_modems_alarms_and_routes_are_for_those_who_may_see_them(tmp_path: Path) -> None:
    async with v1_site(tmp_path) as site:
        for path in ("/v1/modems", "/v1/modems/m1", "/v1/alarms"):
            assert (await site.client.get(path)).status_code == 403
        assert (await site.post("/v1/routes/explain", {"to": NUMBER})).status_code == 403


async def test_modems_are_listed_and_shown(tmp_path: Path) -> None:
    async with v1_site(tmp_path, modems=2, rights=ALL) as site:
        rows = (await site.client.get("/v1/modems")).json()["items"]
        assert len(rows) == 2
        shown = await site.client.get(f"/v1/modems/{rows[0]['name']}")
        assert shown.json() == rows[0]
        assert set(rows[0]) == {"name", "port", "state", "operator", "signal", "imei", "sim", "queue"}
        assert (await site.client.get("/v1/modems/nobody")).status_code == 404


async def test_an_alarm_is_listed_with_its_remedy(tmp_path: Path) -> None:
    async with v1_site(tmp_path, rights=ALL) as site:
        site.app.alarms.set("disk", "disk", "critical", "free space")
        (alarm,) = (await site.client.get("/v1/alarms")).json()["items"]
        assert (alarm["kind"], alarm["severity"], alarm["remedy"]) == ("disk", "critical", "free space")


async def test_a_route_is_explained(tmp_path: Path) -> None:
    async with v1_site(tmp_path, rights=ALL) as site:
        told = (await site.post("/v1/routes/explain", {"to": NUMBER})).json()
        (tier,) = told["tiers"]
        (modem,) = tier["modems"]
        assert (told["to"], told["blocked"], modem["able"], modem["why_not"]) == ("6281200009XXX", False, True, None)
        assert told["sentence"] == f"{tier['why']}: {modem['name']} would send it"
        await site.post("/v1/blocks", {"number": NUMBER})
        told = (await site.post("/v1/routes/explain", {"to": NUMBER})).json()
        assert (told["blocked"], told["sentence"]) == (True, "the number is on the block list: nothing is sent to it")


@pytest.mark.feature("F045")
async def test_an_account_sees_itself(tmp_path: Path) -> None:
    async with v1_site(tmp_path) as site:
        seen = (await site.client.get("/v1/account")).json()
        assert (seen["name"], set(seen["rights"])) == ("shop", set(DEFAULT_RIGHTS))


async def test_options_names_every_method_of_a_path(tmp_path: Path) -> None:
    async with v1_site(tmp_path) as site:
        for path, methods in (("/v1/blocks", {"GET", "POST"}), ("/v1/messages", {"GET", "POST"})):
            answer = await site.client.options(path)
            assert answer.status_code == 204
            assert {each.strip() for each in answer.headers["allow"].split(",")} == methods | {"OPTIONS"}
        assert (await site.client.options("/v1/nothing")).status_code == 404
