"""Octets to a document: strict first, then tolerant, never careless."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otppi.wire.document import MAX_DEPTH, NotJson, Number, names_twice, parse

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def test_numbers_keep_their_literal_text() -> None:
    literals = ["1.10", "0", "-0", "1e5", "1E+400", "00000".replace("0", "9") * 2000, "-1.50"]
    document = parse(f"[{','.join(literals)}]".encode())
    assert document == literals
    assert all(type(item) is Number for item in document)


def test_a_numeric_string_is_not_a_number() -> None:
    assert type(parse(b'["12"]')[0]) is str


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"a":"b",}', {"a": "b"}),
        (b'{"a":["b","c" , ] \t,\r\n}', {"a": ["b", "c"]}),
        (b'\xef\xbb\xbf{"a":"b"}', {"a": "b"}),
        (b'\xef\xbb\xbf{"a":"b",}', {"a": "b"}),
        (b'{"a":",}",}', {"a": ",}"}),
        (b'{"a":"\\",}\\\\",}', {"a": '",}\\'}),
        (b'{",]":"\\\\",}', {",]": "\\"}),
    ],
)
def test_trailing_commas_and_a_bom_are_tolerated_outside_strings(body: bytes, expected: Any) -> None:
    assert parse(body) == expected


@given(JSON_VALUES)
def test_tolerance_never_changes_a_string(value: Any) -> None:
    blemished = "\ufeff" + json.dumps([value], ensure_ascii=False)[:-1] + " ,\n]"
    try:
        octets = blemished.encode()
    except UnicodeEncodeError:
        return
    assert parse(octets) == [value]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{'a':1}",
        b"{a:1}",
        b'{"a":1,,}',
        b'{"a":1}x',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":-Infinity}',
        b'{"a":"b\nc"}',
        b'{"a":"b\x00c"}',
        b'{"a":"b}',
        b'{"a":01}',
        b'{"a":"\\x"}',
        b'{"a":"\xff"}',
        '{"a":1}'.encode("utf-16"),
        b"/* */ {}",
    ],
)
def test_what_is_no_json_is_refused_without_being_shown(body: bytes) -> None:
    with pytest.raises(NotJson) as refused:
        parse(body)
    assert str(refused.value) in {"the body must be a JSON object", "the body must be UTF-8"}
    assert refused.value.__context__ is None


def test_depth_is_limited_and_brackets_in_strings_do_not_count() -> None:
    assert parse(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    assert parse(b'["' + b"[{" * 1000 + b'"]') == ["[{" * 1000]
    for depth in (MAX_DEPTH + 1, 100, 60_000):
        with pytest.raises(NotJson, match="20 levels"):
            parse(b"[" * depth)
    with pytest.raises(NotJson, match="20 levels"):
        parse(b'{"a":' * 21 + b"1" + b"}" * 21)


@pytest.mark.parametrize(
    "body", [b'"' + b'\\"' * 32_000, b"," * 65_000, b'"' * 65_001, b"{" + b", " * 32_000, b'["' + b"\\" * 65_000]
)
def test_hostile_text_takes_linear_time(body: bytes) -> None:
    before = time.process_time()
    with pytest.raises(NotJson):
        parse(body)
    assert time.process_time() - before < 0.5


def test_doubled_names_are_found_at_any_depth() -> None:
    assert names_twice(parse(b'{"a":1,"a":1}'))
    assert names_twice(parse(b'{"a":[{"b":{"c":1,"\\u0063":2}}]}'))
    assert not names_twice(parse(b'{"a":{"a":[{"a":1},{"a":1}]}}'))
