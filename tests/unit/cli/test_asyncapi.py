"""The AsyncAPI document is one, names every command, and takes the README's own messages for what they are."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any, Final

import jsonschema_rs
import pytest

from otppi.cli import asyncapi, broker_messages, broker_reference
from otppi.cli.broker_ways import WAYS
from otppi.domain.commands import COMMAND_WORDS
from otppi.domain.replies import Code, Reply
from otppi.domain.subscriber import Method
from otppi.intake.rest.v1 import documented_paths
from otppi.wire import schemas
from otppi.wire.document import parse
from otppi.wire.envelope import MAX_BODY, read_envelope
from otppi.wire.requests import read_command
from otppi.wire.responses import encode_reply

_DATA: Final = Path(__file__).parents[2] / "data"
_BLOCKS: Final[list[dict[str, str]]] = json.loads((_DATA / "readme_blocks.json").read_text("utf-8"))
_OF_BROKERS: Final = [
    block for block in _BLOCKS if block["name"].endswith("Request") and not block["name"].startswith("REST")
]
_DOCUMENT: Final = asyncapi.document()


def official() -> Any:
    """The validator of AsyncAPI 3.0.0 documents."""
    return jsonschema_rs.validator_for(json.loads(gzip.decompress((_DATA / "asyncapi-3.0.0.json.gz").read_bytes())))


def accepts(schema: dict[str, Any], value: Any) -> bool:
    """Whether a payload fits a schema of the document."""
    return jsonschema_rs.Draft7Validator(schema).is_valid(value)


def read(block: str) -> Any:
    """A block of the README as a strict reader has it: some end with a comma too many."""
    return json.loads(re.sub(r",(\s*})", r"\1", block))


def resolved(pointer: str) -> Any:
    found: Any = _DOCUMENT
    for part in pointer.removeprefix("#/").split("/"):
        found = found[part]
    return found


def references(value: Any) -> list[str]:
    if isinstance(value, list):
        return [each for item in value for each in references(item)]
    if not isinstance(value, dict):
        return []
    own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
    return own + [each for item in value.values() for each in references(item)]


def test_it_is_an_asyncapi_document() -> None:
    validator = official()
    assert [str(error) for error in validator.iter_errors(_DOCUMENT)] == []
    assert not validator.is_valid({**_DOCUMENT, "asyncapi": "2.6.0"})
    assert not validator.is_valid({**_DOCUMENT, "channels": {"sms": {"topic": "sms"}}})


def test_every_reference_leads_somewhere() -> None:
    found = references(_DOCUMENT)
    assert found
    for pointer in found:
        assert isinstance(resolved(pointer), dict)


def test_every_word_of_the_wire_is_a_message_that_every_way_takes() -> None:
    words = {word for command in schemas.FIELDS for word in schemas.words_of(command)}
    assert words == set(COMMAND_WORDS)
    for way in WAYS:
        channel = _DOCUMENT["channels"][f"{way.key}Requests"]
        names = {resolved(each["$ref"])["name"] for each in channel["messages"].values()}
        assert names == set(schemas.FIELDS)


def test_every_method_is_a_way() -> None:
    protocols = {server["protocol"] for server in _DOCUMENT["servers"].values()}
    assert protocols == {"amqp", "amqps", "redis", "rediss", "mqtt", "secure-mqtt", "ws", "wss"}
    assert {name.removesuffix("Tls") for name in _DOCUMENT["servers"]} == {each.value for each in Method}


@pytest.mark.parametrize("block", _OF_BROKERS, ids=[block["name"] for block in _OF_BROKERS])
def test_the_readmes_blocks_fit_their_message(block: dict[str, str]) -> None:
    document = read(block["body"])
    fitting = [name for name in schemas.FIELDS if accepts(broker_messages.request(name), document)]
    assert fitting == [document["command"]]


def test_there_are_four_blocks_of_each_broker() -> None:
    assert len(_OF_BROKERS) == 16


@pytest.mark.parametrize("name", schemas.FIELDS)
def test_every_example_fits_and_is_understood(name: str) -> None:
    shown = _DOCUMENT["components"]["messages"][broker_messages.title(name)]["examples"][0]["payload"]
    assert shown["command"] == name
    assert accepts(_DOCUMENT["components"]["schemas"][broker_messages.title(name)], shown)
    read_command(read_envelope(json.dumps(shown).encode()))


@pytest.mark.parametrize("name", [name for name in schemas.FIELDS if name not in ("echo", "get-modem-list")])
def test_what_lacks_a_field_fits_no_more_and_is_refused(name: str) -> None:
    shown = broker_messages.example(name)
    for field in schemas.sound_request(name)["properties"]["data"].get("required", ["receiver"]):
        less = {**shown, "data": {key: value for key, value in shown["data"].items() if key != field}}
        assert not accepts(broker_messages.request(name), less)
        with pytest.raises(Exception, match=field):
            read_command(read_envelope(json.dumps(less).encode()))


def test_an_answer_is_no_request() -> None:
    answer = {"command": "send-sms", "response_code": "000", "data": {"receiver": "081200001234", "message": "x"}}
    assert not accepts(broker_messages.request("send-sms"), answer)
    assert accepts(broker_messages.request("send-sms"), {k: v for k, v in answer.items() if k != "response_code"})


@pytest.mark.parametrize("code", [Code.SUCCESS, Code.INVALID])
def test_our_replies_fit(code: Code) -> None:
    reply = json.loads(encode_reply(Reply("send-sms", code, {"id": "01M"}, error="data.receiver must not be empty")))
    assert accepts(dict(schemas.REPLY), reply)
    assert not accepts(dict(schemas.REPLY), {"command": "send-sms"})


def test_both_documents_have_the_same_fields() -> None:
    envelope = documented_paths.schemas()["Envelope"]["anyOf"]
    over_http = {words: shown["data"]["properties"] for words, shown in map(_shown, envelope)}
    over_brokers = {
        words: shown["data"]["properties"]
        for words, shown in (_shown(broker_messages.request(name)) for name in schemas.FIELDS)
    }
    assert over_http == over_brokers


def _shown(schema: dict[str, Any]) -> tuple[tuple[str, ...], dict[str, Any]]:
    return tuple(schema["properties"]["command"]["enum"]), schema["properties"]


def test_the_page_shows_every_command_with_an_example_that_is_a_request() -> None:
    page = broker_reference.render()
    for name in schemas.FIELDS:
        section = page.split(f"\n## {name}\n")[1].split("\n## ")[0]
        block = section.split("```json\n")[1].split("```")[0]
        assert read_envelope(block.encode()).command == name
        assert [word for word in schemas.words_of(name)[1:] if f"`{word}`" not in section] == []
    assert isinstance(parse(page.split("```json\n")[-1].split("```")[0].encode()), dict)
    assert f"{MAX_BODY // 1024} KiB" in page
