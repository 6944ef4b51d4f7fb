"""No code and no text stands anywhere but on the air: not in the data directory, not in the debug log, not in an
answer, not among the arguments of a process, not in a core dump; not before sending, not after it, not after a kill.
"""

from __future__ import annotations

import base64
import json
import random
import secrets
import shutil
import string
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from canaries import Hit, needles, scan
from gateway import PASSWORD, Site, site, until

from otppi.pdu import gsm7

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[2]
CODE_DIGITS: Final = 12
MESSAGES: Final = 6
STAGES: Final = ("while they wait", "after a kill", "after sending", "after a crash", "at the end")


def canary() -> str:
    """A word of its own for each run; its letters are the same in ASCII and GSM 7-bit."""
    return "Kanari" + "".join(secrets.choice(string.ascii_letters) for _ in range(12))


# -- the scan itself ---------------------------------------------------------------------------------------------------


def planted(word: str) -> dict[str, bytes]:
    """The word among other octets in every form, made without the scan's own code."""
    noise = random.Random(7)  # noqa: S311  to be repeatable
    forms = {"text": word.encode(), "json": json.dumps(word).encode()}
    if word.isascii():
        forms["json all"] = "".join(f"\\u{ord(letter):04x}" for letter in word).encode()
        forms["JSON ALL"] = "".join(f"\\u{ord(letter):04X}" for letter in word).encode()
    for order in ("be", "le"):
        wide = word.encode(f"utf-16-{order}")
        forms |= {f"ucs2 {order}": wide, f"ucs2 {order} hex": wide.hex().encode(), "HEX": wide.hex().upper().encode()}
    for before in range(3):
        around = noise.randbytes(before) + word.encode() + noise.randbytes(5)
        forms |= {f"b64 {before}": base64.b64encode(around), f"url {before}": base64.urlsafe_b64encode(around)}
    for before in range(8) if word.isascii() else ():
        septets = gsm7.encode("x" * before + word + "y" * 5)
        packed = gsm7.pack(septets)
        forms |= {f"packed {before}": packed, f"packed hex {before}": packed.hex().encode()}
        forms |= {f"packed HEX {before}": packed.hex().upper().encode()}
    if word.isdigit():
        forms |= {"integer": int(word).to_bytes(8, "big"), "little": int(word).to_bytes(8, "little")}
    return {form: noise.randbytes(50) + octets + noise.randbytes(50) for form, octets in forms.items()}


@pytest.mark.feature("F002")
@pytest.mark.parametrize("word", ["KanariQwertz", "273940118265", "Kanarek żółty 🐤"])
def test_the_scan_finds_every_form(tmp_path: Path, word: str) -> None:
    (tmp_path / "deep").mkdir()
    for form, octets in planted(word).items():
        file = tmp_path / "deep" / f"{form}.bin"
        file.write_bytes(octets)
        assert scan([tmp_path], [word]), f"not found as {form}"
        assert word not in str(scan([tmp_path], [word]))
        file.unlink()
    assert scan([tmp_path], [word]) == []


@pytest.mark.feature("F002")
def test_the_scan_finds_nothing_in_noise(tmp_path: Path) -> None:
    (tmp_path / "noise").write_bytes(random.Random(8).randbytes(1_000_000))  # noqa: S311  to be repeatable
    words = ["KanariQwertz", "Kanarek żółty", *(f"{n:012d}" for n in range(0, 10**12, 10**11))]
    assert scan([tmp_path / "noise"], words) == []
    assert sum(len(needles(word)) for word in words) > 200


# -- the product -------------------------------------------------------------------------------------------------------


@dataclass
class Story:
    """What was kept of one gateway's life. `words` are secret, `folder` holds a copy of all files for each stage."""

    place: Site
    folder: Path
    words: list[str] = field(default_factory=list)
    answers: bytes = b""
    processes: bytes = b""
    limits: str = ""

    def keep(self, stage: str) -> None:
        """Copy what is on the disk now."""
        target = self.folder / stage
        target.mkdir(parents=True)
        shutil.copytree(self.place.data, target / "data", ignore=lambda _, names: {"control.sock"} & set(names))
        for file in self.place.folder.iterdir():
            if file.is_file() and file != self.place.ledger:
                shutil.copyfile(file, target / file.name)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    settings = {"otp.length": str(CODE_DIGITS), "log.level": "debug", "in_doubt.hold_for": "1s"}
    folder = tmp_path_factory.mktemp("canaries")
    with site(folder / "site", modems=[("telco", ("--default",))], latency=60.0, settings=settings) as place:
        told = Story(place, folder / "kept", [PASSWORD])
        live(told)
        yield told


def live(story: Story) -> None:
    """Messages wait, the gateway is killed, they are sent, codes are used, it crashes, it ends. It logs words
    first, and JSON from its second life on."""
    place = story.place
    numbers = [f"62812700000{n}" for n in range(MESSAGES)]
    for n, number in enumerate(numbers):
        if n % 2:
            post(story, "", to=number, template="Kode {code}", reference=number)
        else:
            ask(story, "create-otp", receiver=number, message="Kode %s", reference=number)
    for n in range(MESSAGES):
        word = canary()
        text = f"{word} halo" if n % 2 else f"ж {word} 🐤"
        story.words.append(word)
        ask(story, "send-sms", receiver=f"62812800000{n}", message=text, reference=word[::-1])
    until(lambda: _handed(place), "a send")
    look_at_processes(story)
    story.keep(STAGES[0])
    place.kill()
    story.keep(STAGES[1])
    reset_modem(place)
    place.owner("settings", "set", "log.format", "json")
    place.start()
    until(lambda: all(place.shown(number) for number in numbers), "the codes", 60)
    story.words += [place.code(number) for number in numbers]
    until(lambda: len(place.aired()) >= 2 * MESSAGES, "the texts")
    story.keep(STAGES[2])
    be_refused(story, numbers)
    crash(story)
    place.start()
    assert place.stop() == 0
    story.keep(STAGES[4])


def reset_modem(place: Site) -> None:
    """What the modem was sending is forgotten, and it is quick from now on."""
    place.control.order("latency", seconds=0.0)
    place.control.order("replug")


def _handed(place: Site) -> bool:
    return any(row["status"] == "handed" for row in place.messages().values())


def ask(story: Story, command: str, **data: Any) -> dict[str, Any]:
    """One request; its answer is kept."""
    answer = story.place.answer(command, **data)
    story.answers += repr(answer.headers).encode() + answer.content
    reply: dict[str, Any] = answer.json()
    return reply


def post(story: Story, path: str, **body: Any) -> int:
    """One request to /v1/verifications; its answer is kept."""
    with story.place.client() as client:
        answer = client.post(f"/v1/verifications{path}", json=body)
    story.answers += repr(answer.headers).encode() + answer.content
    return int(answer.status_code)


def be_refused(story: Story, numbers: list[str]) -> None:
    """Every kind of refusal of a request that holds a secret; and codes that are used, wrong and right."""
    word = canary()
    story.words.append(word)
    sms: dict[str, Any] = {"receiver": "628129000001", "message": word}
    ask(story, "send-sms", **sms | {"message": f"{word}\x07"})
    ask(story, "send-sms", **sms | {"message": word * 200})
    ask(story, "send-sms", **sms | {"expiration": 1})
    ask(story, "send-sms", **sms | {"receiver": word})
    ask(story, "send-email", **sms | {"receiver": "someone@domain.tld"})
    ask(story, "create-otp", **sms | {"reference": "r"})
    ask(story, "no-such-command", **sms)
    ask(story, "block-msisdn", receiver="628129000001")
    ask(story, "send-sms", **sms)
    for body in (f'{{"command":"send-sms","data":{{"message":"{word}"', f'{{"{word}":1}}', f'["{word}"]'):
        with story.place.client() as client:
            story.answers += client.post("/api/sms", content=body).content
    with story.place.client(password=word) as client:
        story.answers += client.post("/api/sms", json={"command": "send-sms", "data": sms}).content
    for wording in (
        {"template": word},
        {"template": f"{word} {{code}} {{{word}}}"},
        {"brand": word * 3},
        {"origin": word},
    ):
        assert post(story, "", to="628129000001", **wording) == 422
    assert post(story, "/preview", template=f"{word} {{code}} “", brand=word) == 200
    codes = [story.place.code(number) for number in numbers]
    assert post(story, "/01NOTHING/check", code=codes[0]) == 404
    assert post(story, "/01NOTHING/check", code=codes[0], more=word) == 422
    for number, otp in zip(numbers, codes[1:] + codes[:1], strict=True):
        assert ask(story, "validate-otp", receiver=number, reference=number, otp=otp)["response_code"] == "1202"
    for number, otp in zip(numbers[1:], codes[1:], strict=True):
        assert ask(story, "validate-otp", receiver=number, reference=number, otp=otp)["response_code"] == "000"
    refused = story.place.messages()
    story.answers += json.dumps(refused).encode()
    for message_id in refused:
        story.answers += story.place.owner("message", "show", message_id, "--json").encode()


def look_at_processes(story: Story) -> None:
    """What any other process of this machine can read of the gateway's."""
    assert story.place.gateway is not None
    proc = Path("/proc") / str(story.place.gateway.pid)
    story.limits = (proc / "limits").read_text()
    for name in ("cmdline", "environ", "status"):
        try:
            story.processes += (proc / name).read_bytes()
        except PermissionError:
            continue


def crash(story: Story) -> None:
    """End as by a defect in a library, with a send in flight and the system asked to dump cores."""
    place = story.place
    place.control.order("latency", seconds=60)
    word = canary()
    story.words.append(word)
    message_id = ask(story, "send-sms", receiver="628129000002", message=word)["data"]["id"]
    place.becomes(message_id, "handed")
    assert place.gateway is not None
    place.gateway.send_signal(11)
    place.gateway.wait(10)
    story.keep(STAGES[3])
    reset_modem(place)


@pytest.mark.process
@pytest.mark.timeout(120)
@pytest.mark.feature("F002")
@pytest.mark.parametrize("stage", STAGES)
def test_neither_the_data_directory_nor_the_log_holds_a_secret(story: Story, stage: str) -> None:
    kept = story.folder / stage
    assert (kept / "data" / "otppi.db").stat().st_size > 10_000
    assert b" debug otppi.modems: at body modem=telco length=" in (kept / "gateway.log").read_bytes()
    assert (kept / "data.key").exists()
    assert stage == STAGES[-1] or (kept / "data" / "otppi.db-wal").stat().st_size > 10_000
    assert len(story.words) == 1 + MESSAGES + MESSAGES + 2
    assert all(len(code) == CODE_DIGITS and code.isdigit() for code in story.words[1 + MESSAGES : 1 + 2 * MESSAGES])
    assert scan([kept], story.words) == []


@pytest.mark.process
@pytest.mark.feature("F002")
def test_the_log_spoke_of_the_messages_in_both_forms(story: Story) -> None:
    log = (story.folder / STAGES[-1] / "gateway.log").read_text()
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert " debug otppi.app.delivery: accepted message=" in log
    assert {"at body", "moved", "accepted"} <= {line["event"] for line in lines}
    assert {line["level"] for line in lines} >= {"debug", "info"}
    asked = [line for line in lines if line["event"] == "accepted"]
    assert all(line["message"] and line["request"] for line in asked)
    assert asked


@pytest.mark.process
@pytest.mark.feature("F002")
def test_the_texts_were_there_to_be_found(story: Story) -> None:
    """The ledger of the simulated air holds every code and every text, so the words are the right ones."""
    found = {hit.number for hit in scan([story.place.ledger], story.words)}
    texts_and_codes = set(range(1, 1 + 2 * MESSAGES))
    assert texts_and_codes <= found
    packed = [hit for hit in scan([story.place.ledger], story.words) if hit.form.startswith("gsm7 hex")]
    assert packed, "also as they are packed into PDUs"


@pytest.mark.process
@pytest.mark.feature("F002")
def test_no_answer_repeats_a_secret(story: Story, tmp_path: Path) -> None:
    (tmp_path / "answers").write_bytes(story.answers)
    assert story.answers.count(b"response_code") > 20
    assert scan([tmp_path], story.words) == []


@pytest.mark.process
@pytest.mark.feature("F002")
def test_no_process_argument_holds_a_secret(story: Story, tmp_path: Path) -> None:
    (tmp_path / "processes").write_bytes(story.processes)
    assert b"serve" in story.processes
    assert scan([tmp_path], story.words) == []


@pytest.mark.process
@pytest.mark.feature("F002")
def test_a_crash_leaves_no_core(story: Story) -> None:
    limit = next(line for line in story.limits.splitlines() if line.startswith("Max core file size"))
    assert limit.split()[4:6] == ["0", "0"]
    assert not [file for file in story.place.folder.rglob("*core*") if file.is_file()]


@pytest.mark.process
@pytest.mark.feature("F002")
def test_a_product_that_leaks_is_caught(tmp_path: Path) -> None:
    """A copy of the product that logs what it sends: the same scan finds the text, and the code in its PDU."""
    shutil.copytree(ROOT / "src", tmp_path / "copy" / "src", ignore=shutil.ignore_patterns("__pycache__"))
    patch = ROOT / "tests" / "mutants" / "leak-text-in-log.patch"
    subprocess.run(["patch", "-p1", "-s", "-i", str(patch)], cwd=tmp_path / "copy", check=True)
    settings = {"otp.length": str(CODE_DIGITS), "log.level": "debug"}
    with site(
        tmp_path / "site", modems=[("telco", ("--default",))], settings=settings, source=tmp_path / "copy" / "src"
    ) as place:
        word = canary()
        place.call("send-sms", receiver="628127000001", message=word, wait=10)
        place.call("create-otp", receiver="628127000002", message="Kode %s", reference="r", wait=10)
        code = place.code("628127000002")
        assert place.stop() == 0
        forms: dict[int, set[str]] = {0: set(), 1: set()}
        for hit in scan([place.log], [word, code]):
            assert isinstance(hit, Hit)
            forms[hit.number].add(hit.form.split(" at ")[0])
    assert forms == {0: {"text", "gsm7 hex"}, 1: {"text", "gsm7 hex"}}
