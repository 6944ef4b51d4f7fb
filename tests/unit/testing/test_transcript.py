"""The transcript player: its format, and that it is loud."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from otppi.testing.transcript import Pause, Transcript, TranscriptError, TranscriptModem

TALK = r"""
# a comment
< \r\nRDY\r\n
> AT\r
< \r\nOK\r\n
> AT+CMGS={len}\r
< \r\n>
> {pdu}\x1a
~ 0.01
< \r\n+CMGS: 1\r\n
= any
> AT+CSQ\r
< \r\n+CSQ: 1,99\r\n
"""


async def played(*said: bytes) -> tuple[TranscriptModem, bytes]:
    heard = bytearray()
    modem = TranscriptModem(Transcript.parse(TALK))
    modem.attached(heard.extend)
    for octets in said:
        modem.heard(octets)
        await asyncio.sleep(0)
    await asyncio.sleep(0.02)
    return modem, bytes(heard)


async def test_a_talk_in_order_is_answered_and_any_time_exchanges_stand_between() -> None:
    modem, heard = await played(b"A", b"T\r", b"AT+CSQ\r", b"AT+CMGS=19\rAT+CSQ\r", b"00AA\x1a")
    modem.check()
    assert modem.handed == [b"00AA"]
    assert heard.startswith(b"\r\nRDY\r\n\r\nOK\r\n")
    assert heard.endswith(b"\r\n+CMGS: 1\r\n")
    assert heard.count(b"+CSQ") == 2


@pytest.mark.parametrize("said", [b"ATZ\r", b"AT\rAT\r", b"AT\rAT+CMGS=x\r", b"at\r"])
async def test_a_host_that_departs_is_told(said: bytes) -> None:
    modem, _ = await played(said)
    with pytest.raises(TranscriptError, match="the host sent"):
        modem.check()


async def test_a_body_is_never_quoted() -> None:
    modem, _ = await played(b"00C0FFEE\x1a")
    with pytest.raises(TranscriptError, match="a body of 9 octets"):
        modem.check()


async def test_steps_left_out_are_told() -> None:
    modem, _ = await played(b"AT\r")
    modem.check(finished=False)
    with pytest.raises(TranscriptError, match="line 6: the host never came"):
        modem.check()


@pytest.mark.parametrize("text", ["? what", "> AT", r"> AT\q\r", r"< \q"])
def test_a_malformed_file_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(TranscriptError, match="line 2"):
        Transcript.parse(f"# one\n{text}")


def test_pauses_and_escapes() -> None:
    parsed = Transcript.parse("> \\x1b\\r\n~ 0.5\n< \\0\\\\\n")
    assert [exchange.answers for exchange in parsed.in_order] == [[], [Pause(0.5), b"\0\\"]]


def test_every_transcript_names_its_source() -> None:
    files = sorted((Path(__file__).parents[2] / "transcripts").glob("*.at"))
    assert files
    for file in files:
        head = file.read_text("utf-8")
        assert "# Source:" in head, file.name
        Transcript.parse(head)
