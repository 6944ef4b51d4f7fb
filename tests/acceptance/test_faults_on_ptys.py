"""What goes wrong on the line of a real pty, and what the message says of it afterwards.

Each fault has a modem and a prefix of its own; the modem `spare` is the default that takes over.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import pytest
from gateway import PASSWORD, Site, site, until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]

MODEMS: Final = (
    ("spare", ("--default",)),
    ("plug", ("--prefix", "62871")),
    ("pausing", ("--prefix", "62872")),
    ("refusing", ("--prefix", "62873")),
    ("dropping", ("--prefix", "62874")),
    ("mute", ("--prefix", "62875")),
    ("late", ("--prefix", "62876")),
    ("promptless", ("--prefix", "62877")),
)
STEPS: Final = ("before_echo", "before_reply", "before_prompt", "before_result", "after_result_reference")
NOISY_STEPS: Final = ("before_prompt", "before_result", "before_final")
HELD_FOR: Final = 3.0
CERTAIN: Final = {"held": False, "possible_duplicate": False, "outcome_unknown": False, "error": None}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    settings = {"in_doubt.hold_for": f"{HELD_FOR:g}s", "route.patience.normal": "30s"}
    with site(tmp_path_factory.mktemp("faults"), modems=MODEMS, settings=settings) as place:
        place.owner("user", "add", "patient", "--password-stdin", "--policy", "hold", stdin=PASSWORD)
        yield place


def order(bench: Site, modem: str, do: str, **fields: object) -> None:
    """One order to the simulated modem that this configured modem is."""
    bench.control.order(do, _simulated(modem), **fields)


def _simulated(modem: str) -> str:
    return f"modem{[name for name, _ in MODEMS].index(modem)}"


def refused(bench: Site, modem: str) -> int:
    """How many sends the simulated modem has refused so far."""
    simulated = _simulated(modem)
    return int(bench.control.status(simulated)[simulated]["counters"]["refused"])


def sms(bench: Site, number: str, **fields: object) -> str:
    """Ask for a plain SMS; the message's id."""
    return _accepted(bench.call("send-sms", receiver=number, message="Halo", **fields))


def code(bench: Site, number: str, **fields: object) -> str:
    """Ask for a code; the message's id."""
    return _accepted(bench.call("create-otp", receiver=number, message="Kode %s", reference=number, **fields))


def _accepted(reply: Mapping[str, Any]) -> str:
    assert reply["response_code"] == "000", reply
    return str(reply["data"]["id"])


def carriers(bench: Site, number: str) -> list[str]:
    """By which modems it went on the air, each time it did."""
    return [MODEMS[int(entry.modem.removeprefix("modem"))][0] for entry in bench.aired(number)]


def shows(record: Mapping[str, Any], **expected: object) -> None:
    """The record says this."""
    assert {name: record[name] for name in expected} == expected


@pytest.mark.feature("X07", "X09")
def test_a_modem_that_was_unplugged_is_used_again_within_five_seconds_and_nothing_is_lost(bench: Site) -> None:
    order(bench, "plug", "unplug")
    until(lambda: bench.health()["modems"].get("absent") == 1, "the modem to be missed", 3)
    numbers = [f"62871000000{n}" for n in range(5)]
    ids = [sms(bench, number) for number in numbers]
    time.sleep(8.5)  # by now the driver waits 8 s between its attempts: only watching the path can be in time
    for message_id in ids:
        record = bench.message(message_id)
        shows(record, status="queued", attempts=0, modem=None)
        assert "plug" in record["waiting"], "its patience keeps it for this modem, however free another one is"
    plugged = time.time()
    order(bench, "plug", "replug")
    for message_id in ids:
        shows(bench.becomes(message_id, "sent"), modem="plug", attempts=1, **CERTAIN)
    assert [carriers(bench, number) for number in numbers] == [["plug"]] * 5
    assert bench.aired(numbers[0])[0].t < plugged + 5


@pytest.mark.feature("X07")
def test_a_modem_that_comes_back_while_messages_flow_takes_its_share_again(bench: Site) -> None:
    for n in range(3):
        order(bench, "plug", "unplug")
        order(bench, "plug", "replug")
        message_id = sms(bench, f"62871100000{n}", wait=10)
        shows(bench.becomes(message_id, "sent"), modem="plug", **CERTAIN)


@pytest.mark.feature("X09")
@pytest.mark.parametrize("step", STEPS)
def test_a_modem_that_pauses_in_mid_send_sends_once(bench: Site, step: str) -> None:
    number = f"62872000000{STEPS.index(step)}"
    order(bench, "pausing", "hang", step=step, seconds=1.0, command="+CMGS" if step != "before_reply" else "")
    began = time.time()
    shows(bench.becomes(sms(bench, number), "sent"), modem="pausing", attempts=1, **CERTAIN)
    assert carriers(bench, number) == ["pausing"]
    assert time.time() - began >= 1.0 or step == "before_reply", "the fault was met"


@pytest.mark.feature("X07", "X09")
@pytest.mark.parametrize("kind", ["noise", "garbage"])
@pytest.mark.parametrize("step", NOISY_STEPS)
def test_what_a_modem_says_unasked_in_mid_send_changes_nothing(bench: Site, step: str, kind: str) -> None:
    number = f"6287201000{NOISY_STEPS.index(step)}{len(kind)}"
    order(bench, "pausing", "fault", kind=kind, step=step, count=5, command="+CMGS")
    message_id = sms(bench, number, wait=5)
    simulated = _simulated("pausing")
    assert bench.control.status(simulated)[simulated]["faults"] == [], "the fault was met"
    assert carriers(bench, number) == ["pausing"]
    shows(bench.message(message_id), status="sent", modem="pausing", attempts=1, **CERTAIN)


@pytest.mark.feature("X09")
@pytest.mark.parametrize(
    ("number", "fault"),
    [
        ("628730000001", {"do": "cms_error", "code": 38}),
        ("628730000002", {"do": "cms_error", "code": 500}),
        ("628730000003", {"do": "cms_error", "code": 41, "at_prompt": True}),
        ("628730000004", {"do": "error"}),
    ],
)
def test_what_one_modem_refuses_the_other_sends(bench: Site, number: str, fault: dict[str, Any]) -> None:
    before = refused(bench, "refusing")
    order(bench, "refusing", **fault)
    attempts = 1 if fault.get("at_prompt") else 2
    record = bench.becomes(code(bench, number), "sent", 10)
    assert refused(bench, "refusing") == before + 1
    assert carriers(bench, number) == ["spare"]
    shows(record, modem="spare", attempts=attempts, **CERTAIN)
    order(bench, "refusing", "unplug")  # its return ends the rest after a refusal
    until(lambda: bench.health()["modems"].get("absent") == 1, "the modem to be missed", 10)
    order(bench, "refusing", "replug")
    bench.all_ready()


@pytest.mark.feature("X09")
def test_a_number_the_network_does_not_know_is_not_tried_again(bench: Site) -> None:
    order(bench, "refusing", "cms_error", code=1)
    record = bench.becomes(code(bench, "628730000009"), "failed")
    shows(record, modem="refusing", attempts=1, possible_duplicate=False, outcome_unknown=False)
    assert record["error"] == "+CMS ERROR 1: unassigned number"
    assert carriers(bench, "628730000009") == []


@pytest.mark.feature("X09")
def test_a_line_lost_after_the_text_left_is_in_doubt_and_follows_its_policy(bench: Site) -> None:
    order(bench, "dropping", "drop_after_ctrl_z")
    plain = sms(bench, "628740000001")
    shows(bench.becomes(plain, "in_doubt", 5), held=True, outcome_unknown=True, possible_duplicate=False)
    record = bench.becomes(plain, "failed", HELD_FOR + 3)
    shows(record, held=False, outcome_unknown=True, possible_duplicate=False, attempts=1, modem="dropping")
    assert carriers(bench, "628740000001") == ["dropping"]
    order(bench, "dropping", "replug")
    bench.all_ready()
    order(bench, "dropping", "drop_after_ctrl_z")
    record = bench.becomes(code(bench, "628740000002"), "sent", 5)
    shows(record, held=False, possible_duplicate=True, outcome_unknown=False, attempts=2, modem="spare")
    assert carriers(bench, "628740000002") == ["dropping", "spare"]
    order(bench, "dropping", "replug")
    bench.all_ready()


@pytest.fixture
def held_for_long(bench: Site) -> Iterator[None]:
    """Doubts are held until the owner has decided, however long the modem takes to come back."""
    bench.owner("settings", "set", "in_doubt.hold_for", "10min")
    time.sleep(1)  # in which a setting takes effect
    yield
    bench.owner("settings", "set", "in_doubt.hold_for", f"{HELD_FOR:g}s")


@pytest.mark.usefixtures("held_for_long")
@pytest.mark.feature("X09")
def test_the_owner_decides_about_a_message_in_doubt(bench: Site) -> None:
    decisions = {"sent": "sent", "failed": "failed", "resend": "sent"}
    for n, (decision, status) in enumerate(decisions.items()):
        number = f"62874100000{n}"
        order(bench, "dropping", "drop_after_ctrl_z")
        message_id = sms(bench, number)
        bench.becomes(message_id, "in_doubt", 5)
        order(bench, "dropping", "replug")
        bench.all_ready()
        bench.owner("message", "resolve", message_id, decision, "--yes")
        record = bench.becomes(message_id, status)
        assert record["possible_duplicate"] is (decision == "resend")
        assert len(carriers(bench, number)) == (2 if decision == "resend" else 1)


@pytest.mark.feature("X09")
def test_a_modem_that_falls_silent(bench: Site) -> None:
    """Three modems at once, for each takes its time: no prompt, no answer, a late answer."""
    order(bench, "promptless", "hang", step="before_prompt")
    order(bench, "mute", "hang", step="before_result")
    order(bench, "late", "late_reference", seconds=17)
    began = time.monotonic()
    promptless, mute = code(bench, "628770000001"), code(bench, "628750000001")
    data = {"receiver": "628760000001", "message": "Kode %s", "reference": "late"}
    with bench.client("patient") as client:
        late = _accepted(client.post("/api/otp", json={"command": "create-otp", "data": data}).json())
    shows(bench.becomes(mute, "handed", 5), **CERTAIN)
    shows(bench.becomes(late, "handed", 5, account="patient"), **CERTAIN)

    record = bench.becomes(promptless, "sent", 14)
    shows(record, modem="spare", attempts=1, **CERTAIN)
    assert carriers(bench, "628770000001") == ["spare"]
    assert time.monotonic() - began >= 10

    record = bench.becomes(mute, "sent", 8)
    shows(record, modem="spare", attempts=2, held=False, possible_duplicate=True, outcome_unknown=False)
    assert carriers(bench, "628750000001") == ["mute", "spare"]
    assert time.monotonic() - began >= 15

    shows(bench.becomes(late, "in_doubt", account="patient"), held=True, attempts=1)
    record = bench.becomes(late, "sent", account="patient")
    assert time.monotonic() - began >= 17
    shows(record, modem="late", attempts=1, held=False, outcome_unknown=True, possible_duplicate=False)
    assert carriers(bench, "628760000001") == ["late"]
    with bench.client() as client:
        assert client.get(f"/v1/messages/{late}").status_code == 404, "another account's message"
