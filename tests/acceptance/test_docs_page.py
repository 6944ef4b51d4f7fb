"""A newcomer with nothing but the page `/v1/docs`: every command on it is run as it stands, in order, by a shell."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
from typing import TYPE_CHECKING, Final

import pytest
from gateway import ACCOUNT, PASSWORD, site, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway import Site

pytestmark = pytest.mark.process

_RUN: Final = re.compile(r'<pre class="run">(.*?)</pre>', re.DOTALL)
_FIRST_STEPS: Final = 8
PHONE: Final = "6281200005678"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("docs")
    with site(folder, modems=(("only", ("--default",)),)) as made:
        made.owner("user", "set", ACCOUNT, "--allow", "modems")
        yield made


def shell(place: Site, commands: list[str], **variables: str) -> list[str]:
    """What each command printed, all run in one shell; a failing curl is an error."""
    marked = [f"{command}\necho; echo '----'" for command in commands]
    known = {
        "GATEWAY": f"http://127.0.0.1:{place.port}",
        "NAME": ACCOUNT,
        "PASSWORD": PASSWORD,
        "MODEM": "only",
        "PATH": os.environ["PATH"],
    }
    done = subprocess.run(
        ["bash", "-eu"], input="\n".join(marked), env=known | variables, text=True, capture_output=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return [said.strip() for said in done.stdout.split("----\n")[: len(commands)]]


def commands_of(place: Site) -> list[str]:
    with place.client() as client:
        client.headers.pop("authorization")
        answer = client.get("/v1/docs")
    assert answer.status_code == 200
    assert "script" not in answer.text, "nothing on the page runs"
    assert not re.search(r'(?:src|href)="(?:https?:)?//', answer.text), "nothing of it is fetched from elsewhere"
    return [html.unescape(found) for found in _RUN.findall(answer.text)]


def test_the_first_steps_send_list_cancel_verify_and_resend(place: Site) -> None:
    steps = commands_of(place)[:_FIRST_STEPS]
    sent, tomorrow, shown, listed, cancelled, verification, wrong, resent, *_ = shell(place, steps)
    assert json.loads(sent)["status"] in ("queued", "claimed", "handed", "sent")
    assert json.loads(shown)["id"] == tomorrow
    assert tomorrow in {item["id"] for item in json.loads(listed)["items"]}
    assert json.loads(cancelled)["status"] == "cancelled"
    assert json.loads(wrong)["valid"] is False
    assert json.loads(resent)["status"] in ("pending", 429), "it is still on its way, or the cool-down is not over"
    (text,) = until(lambda: place.shown(PHONE), "the code")
    code = re.search(r"\b(\d{6})\b", text)
    assert code is not None
    check = next(step for step in steps if "/check" in step)
    resend = next(step for step in steps if "/resend" in step)
    cooling, right = shell(place, [resend, check], VERIFICATION=verification, CODE=code[1])
    assert json.loads(cooling)["status"] == 429, "the first time that may be asked is 30 seconds later"
    assert json.loads(right)["valid"] is True
    assert [entry.text for entry in place.aired("6281200001234")] == ["Your parcel has come."]


def test_every_example_of_the_page_is_answered_as_documented(place: Site) -> None:
    steps = commands_of(place)
    with place.client() as client:
        documented = client.get("/v1/openapi.json").json()
    shell(place, steps[:_FIRST_STEPS])
    statuses = shell(place, [*steps[:_FIRST_STEPS], *(_with_status(step) for step in steps[_FIRST_STEPS:])])
    operations = [
        operation
        for path, item in documented["paths"].items()
        if not path.startswith("/api/")
        for operation in item.values()
    ]
    assert len(steps) - _FIRST_STEPS == len(operations), "each operation has its example"
    for said in statuses[_FIRST_STEPS:]:
        assert re.search(r"(^|\n)(200|201|204|409|429)$", said), said


def _with_status(step: str) -> str:
    return step.replace("curl -sS", "curl -sS -w '\\n%{http_code}'", 1)


def test_the_document_for_programs_is_open_to_all_and_the_same_as_in_the_package(place: Site) -> None:
    with place.client() as client:
        client.headers.pop("authorization")
        document = client.get("/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    ids = [operation["operationId"] for item in document["paths"].values() for operation in item.values()]
    assert len(ids) == len(set(ids))
