"""The splitter: line ends of all makes, the prompt, the limit, and no dependence on chunks."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otppi.at.lines import LINE_LIMIT, LineSplitter, Mark


def items(*chunks: bytes, prompt: bool = False) -> list[str | Mark]:
    splitter, found = LineSplitter(), list[str | Mark]()
    for chunk in chunks:
        splitter.feed(chunk)
        while (item := splitter.next_item(prompt=prompt)) is not None:
            found.append(item)
    return found


@pytest.mark.parametrize(
    ("octets", "lines"),
    [
        (b"\r\nOK\r\n", ["OK"]),
        (b"\r\n\r\nOK\r\n\r\n", ["OK"]),
        (b"OK\r", ["OK"]),
        (b"OK\n", ["OK"]),
        (b"\r\r\nOK\r\r\n", ["OK"]),
        (b"\0\0\r\nOK\r\n\0", ["OK"]),
        (b"\r\r+CSQ: 1,99\r\r\nOK\r", ["+CSQ: 1,99", "OK"]),
        (b"\x11OK\x13\r\n", ["OK"]),
        (b"0011AA\x1a\r\n", ["0011AA"]),
        (b"  OK  \r\n", ["OK"]),
        (b"OK", []),
        (b"", []),
        (b"\xff\xfe\r\n", ["ÿþ"]),
    ],
)
def test_any_run_of_line_ends_ends_one_line(octets: bytes, lines: list[str]) -> None:
    assert items(octets) == lines


@pytest.mark.parametrize("octets", [b"\r\n> ", b">", b"> \r", b"\r\n>\r\n", b"\0> "])
def test_a_prompt_is_seen_without_a_line_end_but_only_while_expected(octets: bytes) -> None:
    assert items(octets, prompt=True) == [Mark.PROMPT]
    assert Mark.PROMPT not in items(octets, prompt=False)


def test_a_prompt_is_not_seen_inside_a_line() -> None:
    assert items(b"a > b\r\n", prompt=True) == ["a > b"]


def test_a_line_past_the_limit_is_dropped_whole_and_the_next_one_is_read() -> None:
    assert items(b"x" * (LINE_LIMIT + 1) + b"\r\nOK\r\n") == [Mark.OVERLONG, "OK"]
    assert items(b"x" * LINE_LIMIT + b"\r\nOK\r\n") == ["x" * LINE_LIMIT, "OK"]


def test_memory_stays_bounded_while_no_line_end_comes() -> None:
    splitter = LineSplitter()
    for _ in range(100):
        splitter.feed(b"x" * LINE_LIMIT)
        while splitter.next_item(prompt=False) is not None:
            pass
    assert len(splitter._buffer) <= LINE_LIMIT


def test_a_stale_prompt_is_forgotten_and_a_half_line_is_not() -> None:
    splitter = LineSplitter()
    splitter.feed(b"\r\n> ")
    splitter.forget_prompt()
    assert splitter.next_item(prompt=True) is None
    splitter.feed(b"+CM")
    splitter.forget_prompt()
    splitter.feed(b"TI\r\n")
    assert splitter.next_item(prompt=True) == "+CMTI"


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40) | st.just(b"\r\n> ") | st.just(b"z" * 3000), max_size=12), st.booleans())
def test_chunks_change_nothing(chunks: list[bytes], prompt: bool) -> None:
    whole = b"".join(chunks)
    assert items(*chunks, prompt=prompt) == items(whole, prompt=prompt)
    assert items(*(bytes([octet]) for octet in whole), prompt=prompt) == items(whole, prompt=prompt)
