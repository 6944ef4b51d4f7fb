"""The README's example of four operators, on real processes: every message leaves by the SIM its prefix names.

Beside the four stand two SIMs of one more prefix, and two modems that share the first operator's prefix and must never
be used: one is inactive, the other closed to the API.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import httpx2
import pytest
from gateway import FOUR_OPERATORS, UNDER_WAY, Site, basic, site, until

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]

LATENCY: Final = 0.02
MODEMS: Final = (
    *FOUR_OPERATORS,
    ("twin1", ("--prefix", "0821")),
    ("twin2", ("--prefix", "62821")),
    ("inactive", ("--prefix", "62871", "--default")),
    ("closed", ("--prefix", "62871", "--default", "--no-api")),
)
CARRIERS: Final = {
    "62871": "telco1",
    "62872": "telco1",
    "62835": "telco2",
    "62856": "telco2",
    "62837": "telco2",
    "62845": "telco3",
    "62812": "telco4",
    "62899": "telco4",
}
"""Who carries which prefix; the last two no operator names."""
WRITTEN: Final = ("0{}", "62{}", "+62{}", "0062{}")
"""The ways to write a number, less its country code."""
CONNECTIONS: Final = 32


@pytest.fixture(scope="module")
def operators(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("operators"), modems=MODEMS, latency=LATENCY) as place:
        place.owner("modem", "disable", "inactive")
        until(lambda: place.health()["modems"] == {"ready": len(MODEMS) - 1}, "one modem fewer")
        yield place


def carrier(place: Site, number: str) -> list[str]:
    """The modems by which messages to a number went on the air, by their configured names."""
    return [MODEMS[int(entry.modem.removeprefix("modem"))][0] for entry in place.aired(number)]


def flood(place: Site, requests: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """All these requests, over 32 connections at once; the replies in order."""

    async def run() -> list[dict[str, Any]]:
        gate = asyncio.Semaphore(CONNECTIONS)
        url = f"http://127.0.0.1:{place.port}"
        limits = httpx2.Limits(max_connections=CONNECTIONS)
        async with httpx2.AsyncClient(
            base_url=url, headers=basic(), limits=limits, trust_env=False, verify=False
        ) as client:

            async def ask(request: dict[str, Any]) -> dict[str, Any]:
                async with gate:
                    reply: dict[str, Any] = (await client.post("/api/message", json=request, timeout=60)).json()
                return reply

            return await asyncio.gather(*(ask(request) for request in requests))

    return asyncio.run(run())


def drained(place: Site, seconds: float = 60.0) -> None:
    """Wait until nothing is queued any more."""
    until(lambda: place.health()["queue"] == 0, "an empty queue", seconds)


def plain(number: str, text: str = "Halo") -> dict[str, Any]:
    return {"command": "send-sms", "data": {"receiver": number, "message": text, "reference": f"{number} {text}"}}


def code(number: str) -> dict[str, Any]:
    return {"command": "create-otp", "data": {"receiver": number, "message": "Kode %s", "reference": number}}


@pytest.mark.feature("F003", "F006", "F013", "F015", "F016", "F070", "F077", "F084")
def test_a_thousand_messages_leave_by_the_right_sims(operators: Site) -> None:
    prefixes = list(CARRIERS)
    numbers = [f"{prefixes[n % len(prefixes)]}1{n:06d}" for n in range(1000)]
    written = [WRITTEN[n // len(prefixes) % len(WRITTEN)].format(number[2:]) for n, number in enumerate(numbers)]
    requests = [code(number) if n % 5 == 0 else plain(number, f"Pesan {n}") for n, number in enumerate(written)]
    replies = flood(operators, requests)
    assert Counter(reply["response_code"] for reply in replies) == {"000": 1000}
    drained(operators)
    carried = {entry.number.lstrip("+"): entry for entry in operators.aired()}
    assert len(operators.aired()) == len(carried) == 1000, "each exactly once"
    for n, number in enumerate(numbers):
        assert carrier_of(carried[number].modem) == CARRIERS[number[:5]]
        assert carried[number].text == f"Pesan {n}" or n % 5 == 0
    shares = Counter(carrier_of(entry.modem) for entry in carried.values())
    assert shares == {"telco1": 250, "telco2": 375, "telco3": 125, "telco4": 250}
    messages = operators.messages()
    assert {messages[reply["data"]["id"]]["status"] for reply in replies} == {"sent"}
    assert not [row for row in messages.values() if row["status"] in UNDER_WAY or row["possible_duplicate"]]


def carrier_of(simulated: str) -> str:
    """The configured name of a simulated modem."""
    return MODEMS[int(simulated.removeprefix("modem"))][0]


@pytest.mark.feature("F014", "F017", "F018")
def test_two_sims_of_one_prefix_take_turns(operators: Site) -> None:
    numbers = [f"0821200000{n:02d}" for n in range(20)]
    for number in numbers:
        reply = operators.call("send-sms", receiver=number, message="giliran", wait=10)
        assert (reply["response_code"], reply["data"]["status"]) == ("000", "sent")
    order = [carrier(operators, f"62{number[1:]}")[0] for number in numbers]
    assert set(order) == {"twin1", "twin2"}
    assert abs(order.count("twin1") - order.count("twin2")) <= 2
    assert not any(first == second for first, second in pairwise(order)), "strictly in turn"


@pytest.mark.feature("F014", "F017")
def test_two_sims_of_one_prefix_share_a_load_evenly(operators: Site) -> None:
    numbers = [f"628213{n:06d}" for n in range(200)]
    replies = flood(operators, [plain(number) for number in numbers])
    assert {reply["response_code"] for reply in replies} == {"000"}
    drained(operators)
    shares = Counter(carrier_of(entry.modem) for entry in operators.aired() if entry.number[1:7] == "628213")
    assert set(shares) == {"twin1", "twin2"}
    assert sum(shares.values()) == 200
    assert abs(shares["twin1"] - shares["twin2"]) <= 20, shares


@pytest.mark.feature("F018")
def test_a_national_prefix_is_kept_international(operators: Site) -> None:
    shown = json.loads(operators.owner("modem", "show", "twin1", "--json"))
    assert shown["prefixes"] == ["62821"]


@pytest.mark.feature("F071")
def test_the_prefix_length_counts_at_once(operators: Site) -> None:
    def by(number: str) -> list[str]:
        operators.call("send-sms", receiver=number, message="panjang", wait=10)
        return carrier(operators, number)

    assert by("628731000001") == ["telco4"]
    operators.owner("settings", "set", "sms.prefix_length", "4")
    try:
        time.sleep(1.0)
        assert by("628731000002") == ["telco1"]
    finally:
        operators.owner("settings", "set", "sms.prefix_length", "--default")
    time.sleep(1.0)
    assert by("628731000003") == ["telco4"]


@pytest.mark.feature("F012", "F085")
def test_a_disabled_modem_is_left_alone_within_a_second_and_used_again_once_enabled(operators: Site) -> None:
    numbers = [f"628214{n:06d}" for n in range(400)]
    with operators.client() as client:
        began = time.time()
        disabled = 0.0
        sent = 0
        while time.time() < began + 4:
            client.post("/api/sms", json=plain(numbers[sent]))
            sent += 1
            if not disabled and time.time() > began + 1:
                operators.owner("modem", "disable", "twin1")
                disabled = time.time()
            time.sleep(0.02)
    drained(operators)
    entries = [entry for entry in operators.aired() if entry.number[1:7] == "628214"]
    used = [entry.t - LATENCY for entry in entries if carrier_of(entry.modem) == "twin1"]
    assert len(entries) == sent
    assert used, "it was used before"
    assert max(used) < disabled + 1.0
    operators.owner("modem", "enable", "twin1")
    until(lambda: operators.health()["modems"] == {"ready": len(MODEMS) - 1}, "the modem that was enabled")
    for n in range(2):
        operators.call("send-sms", receiver=f"62821500000{n}", message="lagi", wait=10)
    assert set(carrier(operators, "628215000000") + carrier(operators, "628215000001")) == {"twin1", "twin2"}


@pytest.mark.feature("F012", "F083", "F085")
def test_modems_that_are_inactive_or_closed_to_the_api_are_never_used(operators: Site) -> None:
    for n in range(10):
        reply = operators.call("send-sms", receiver=f"62871900000{n}", message="awas", wait=10)
        assert reply["data"]["status"] == "sent"
    assert not {"inactive", "closed"} & {carrier_of(entry.modem) for entry in operators.aired()}
    counters = operators.control.status()
    assert [counters[f"modem{n}"]["counters"]["sends"] for n in (6, 7)] == [0, 0]
