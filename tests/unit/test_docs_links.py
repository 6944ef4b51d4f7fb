"""The documents stay true: what they link to and name exists, and the tables in code are in the reference.

It reads the files of the repository and nothing else.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from otppi.app.application import NOTICE_PREFIX_CUT
from otppi.app.configuration import NO_PASSWORD, NOT_RUN
from otppi.app.troubles import STATE_KINDS
from otppi.cli.main import build
from otppi.config import parse_boot_file
from otppi.domain.commands import COMMAND_WORDS
from otppi.domain.message import EDGES, Class, Edge, Policy, State
from otppi.domain.otp import LABEL_VERIFIER, Binding, VerificationState, derive_key, verifier
from otppi.domain.replies import Code
from otppi.domain.rights import DEFAULT_RIGHTS, Right
from otppi.modems.ladder import Rung
from otppi.ports.modem import ModemState
from otppi.ports.modem_states import LINE, SHOWN_ONLY
from otppi.simulator.orders import ORDERS
from otppi.wire.document import parse
from otppi.wire.envelope import read_envelope
from otppi.wire.requests import read_command

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "examples").glob("*.md"),
        ROOT / "tests/data/README.md",
    ]
)
LINK = re.compile(r"\]\(([^)\s]+)\)")
NAMED_PATH = re.compile(r"(?<![\w/.-])(?:src|tests|docs|script)/[\w./-]*\w")
NUMBER = re.compile(r"(?<!\d)(?:\+?62|0)8\d{7,12}(?!\d)")
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
COMMAND = re.compile(r"(?<!-u )\botppi ([a-z]+(?:-[a-z]+)*)(?: ([a-z]+))?")
CURL_BODY = re.compile(r" -d '(\{.*?\})'\n", re.DOTALL)


def text_of(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


API = text_of("docs/reference/api.md")
COMMANDS = text_of("docs/reference/commands.md")
OUTBOX = text_of("docs/outbox.md")
OTP = text_of("docs/otp.md")
MODEMS = text_of("docs/modem-states.md")


def rows(text: str, heading: str) -> dict[str, list[str]]:
    """The tables of the section under `heading`: first cell without its backticks to all cells."""
    section = re.split(rf"^#+ {re.escape(heading)}$", text, flags=re.MULTILINE)[1]
    section = re.split(r"^#", section, maxsplit=1, flags=re.MULTILINE)[0]
    lines = [line for line in section.splitlines() if line.startswith("|") and not line.startswith("|---")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {each[0].strip("`"): each for each in cells}


def ticked(cell: str) -> list[str]:
    return re.findall(r"`(\w+)`", cell)


def words(cell: str) -> set[str]:
    return {word.strip() for word in cell.split(",") if word.strip()}


def anchors(text: str) -> set[str]:
    """The fragments that lead to a heading, as the usual forges make them."""
    outside = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", outside, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def names(paths: list[Path]) -> list[str]:
    return [path.relative_to(ROOT).as_posix() for path in paths]


@pytest.mark.parametrize("document", DOCUMENTS, ids=names(DOCUMENTS))
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    for link in LINK.findall(document.read_text("utf-8")):
        if link.startswith("https://"):
            continue
        path, _, fragment = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        assert target.is_relative_to(ROOT), link
        assert target.exists(), link
        assert not fragment or fragment in anchors(target.read_text("utf-8")), link


@pytest.mark.parametrize("document", DOCUMENTS, ids=names(DOCUMENTS))
def test_every_path_that_is_named_exists(document: Path) -> None:
    found = NAMED_PATH.findall(document.read_text("utf-8"))
    assert [path for path in found if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=names(DOCUMENTS))
def test_only_invented_numbers_are_shown(document: Path) -> None:
    found = NUMBER.findall(document.read_text("utf-8"))
    assert [number for number in found if not re.match(r"(?:\+?62|0)8120000", number)] == []


def test_the_rules_of_links_and_paths_find_what_is_wrong() -> None:
    assert LINK.findall("[a](b.md#c)") == ["b.md#c"]
    assert NAMED_PATH.findall("see `src/otppi/none.py`, not a/src/x") == ["src/otppi/none.py"]
    assert NUMBER.findall("081987654321 and +6281200001234") == ["081987654321", "+6281200001234"]


def known_commands() -> Iterator[tuple[str, set[str]]]:
    app = build()
    for name in app:
        if not name.startswith("-"):
            yield name, {each for each in app[name] if not each.startswith("-")}


def test_every_command_of_the_command_line_is_in_the_reference() -> None:
    for group, commands in known_commands():
        section = re.split(rf"^## otppi {group}$", COMMANDS, flags=re.MULTILINE)
        assert len(section) == 2, f"no section for otppi {group}"
        own = section[1].split("\n## ")[0]
        assert [name for name in commands or {""} if f"`otppi {group} {name}".rstrip() not in own] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=names(DOCUMENTS))
def test_no_command_is_named_that_does_not_exist(document: Path) -> None:
    known = dict(known_commands())
    for code in CODE.findall(document.read_text("utf-8")):
        for group, command in COMMAND.findall(code):
            assert group in known, f"otppi {group}"
            assert not known[group] or not command or command in known[group], f"otppi {group} {command}"


def test_every_key_of_the_boot_file_is_in_the_reference() -> None:
    with pytest.raises(Exception, match="known: ") as refused:
        parse_boot_file("surely_unknown = 1")
    known = re.findall(r"[a-z_.]+", str(refused.value).split("known: ")[1])
    section = COMMANDS.split("## otppi serve")[1].split("\n## ")[0]
    assert [key for key in known if f"`{key}`" not in section] == []


def test_every_word_of_the_wire_is_in_the_reference() -> None:
    assert rows(API, "Commands").keys() - {"command"} == COMMAND_WORDS.keys()


def test_every_response_code_is_in_the_reference() -> None:
    assert rows(API, "Response codes").keys() - {"code"} == {code.value for code in Code} | {"0000"}


def test_every_right_is_in_the_reference_with_its_default() -> None:
    documented = {name: cells[1] for name, cells in rows(API, "Signing in").items() if name != "right"}
    assert documented == {right.value: "yes" if right in DEFAULT_RIGHTS else "no" for right in Right}


def test_every_state_is_in_the_documents() -> None:
    assert rows(OUTBOX, "States").keys() - {"state"} == {state.value for state in State}
    status = rows(API, "GET /v1/messages/{id}")["status"][1]
    assert [state for state in State if f"`{state}`" not in status] == []


@pytest.mark.parametrize("edge", Edge)
def test_every_edge_is_in_the_table_and_the_drawing(edge: Edge) -> None:
    cells = rows(OUTBOX, "Edges, letter by letter")[edge.value]
    drawing = re.findall(r"^ +(\S+) --> (\S+): (.+)$", OUTBOX.split("```")[1], re.MULTILINE)
    drawn = [(start, end) for start, end, label in drawing if re.search(rf"(?:^|, ){edge.value}\b", label)]
    assert drawn
    if edge is Edge.ACCEPT:
        assert (drawn, cells[3]) == ([("[*]", "queued")], "queued")
        return
    origins, targets = EDGES[edge]
    assert words(cells[3]) == {end for _, end in drawn} == set(targets)
    # The store keeps a claim as queued, so the table in code lets every edge out of claimed leave from queued too.
    assert words(cells[2]) - {"queued"} == set(origins) - {"queued"}
    assert {start for start, _ in drawn} - {"queued"} == set(origins) - {"queued"}


def test_every_policy_class_and_state_of_a_code_is_documented() -> None:
    assert rows(OUTBOX, "In doubt").keys() - {"policy"} == {policy.value for policy in Policy}
    assert rows(OUTBOX, "Classes: who goes first").keys() - {"class"} == {each.value for each in Class}
    assert rows(OTP, "States of a code").keys() - {"state"} == {state.value for state in VerificationState}


def test_every_state_of_a_modem_is_in_the_reference() -> None:
    assert rows(COMMANDS, "States of a modem").keys() - {"state"} == {state.value for state in ModemState}


def test_every_change_of_a_lines_state_is_documented_and_no_other() -> None:
    section = MODEMS.split("## States of a line")[1].split("\n## ")[0]
    cells = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| `")]
    documented = {(a, b) for first, second, _ in cells for a in ticked(first) for b in ticked(second)}
    assert documented == {(before.value, after.value) for before, each in LINE.items() for after in each}
    assert rows(MODEMS, "What the application shows instead").keys() - {"state"} == {each.value for each in SHOWN_ONLY}


def test_every_rung_is_documented() -> None:
    section = MODEMS.split("## The reset ladder")[1].split("\n## ")[0]
    assert re.findall(r"^\| (\d) `(\w+)`", section, re.MULTILINE) == [
        (str(rung.value), rung.name.lower()) for rung in Rung
    ]


def test_every_alarm_is_in_the_reference() -> None:
    source = "".join(path.read_text("utf-8") for path in (ROOT / "src/otppi").rglob("*.py"))
    raised = set(re.findall(r'(?:larms\.set|self\._stand)\(\s*"(\w+)"', source)) | {NOTICE_PREFIX_CUT, *STATE_KINDS}
    raised |= {NO_PASSWORD, NOT_RUN}
    assert rows(COMMANDS, "otppi alarm").keys() - {"command", "kind", "otppi alarm list"} == raised


def test_every_order_to_the_simulator_is_in_the_reference() -> None:
    section = COMMANDS.split("## otppi simulate")[1].split("\n## ")[0]
    assert [order for order in ORDERS if f"`{order}`" not in section] == []


def test_the_published_vector_is_what_the_product_computes() -> None:
    stated = {name: cells[1].strip("`") for name, cells in rows(OTP, "Test vector").items()}
    account, reference, receiver = re.findall(r"`([^`]+)`", rows(OTP, "Test vector")["account, reference, receiver"][1])
    first, second = re.findall(r"`([^`]+)`", rows(OTP, "Test vector")["param1 to param4"][1])
    binding = Binding(account, reference, receiver, (first, second, "", ""))
    key = derive_key(bytes(range(32)), LABEL_VERIFIER)
    assert verifier(key, bytes(16), binding, stated["code"]).hex() == stated["verifier"]


@pytest.mark.parametrize("name", ["README.md", "docs/tutorial.md"])
def test_every_request_that_is_shown_is_understood(name: str) -> None:
    text = text_of(name).replace("'$now'", "1").replace("'$((now + 60))'", "61")
    bodies = CURL_BODY.findall(text)
    assert bodies
    for body in bodies:
        read_command(read_envelope(body.encode()))


@pytest.mark.parametrize("document", DOCUMENTS, ids=names(DOCUMENTS))
def test_every_json_that_is_shown_is_json(document: Path) -> None:
    for block in re.findall(r"```json\n(.*?)```", document.read_text("utf-8"), re.DOTALL):
        assert isinstance(parse(block.encode()), dict)


def test_every_decision_is_in_the_index_and_has_its_parts() -> None:
    index = text_of("docs/adr/README.md")
    pages = sorted((ROOT / "docs/adr").glob("[0-9]*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        text = page.read_text("utf-8")
        assert f"({page.name})" in index
        assert re.search(r"^# \d+\. .+\n\nStatus: \w+", text), page.name
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"], page.name


def test_the_architecture_stays_short_and_the_readme_says_what_is_missing() -> None:
    assert text_of("ARCHITECTURE.md").count("\n") <= 200
    assert "\n## Not yet\n" in text_of("README.md")
