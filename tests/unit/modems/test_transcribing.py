"""Transcripts as files: what stands in order, what at any time, and that the player reads them."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from otppi.modems.tape import Burst, Exchange
from otppi.modems.transcribing import transcript
from otppi.testing.transcript import Pause, Transcript

OK = "\r\nOK\r\n"
OPENING = Exchange("")


def said(host: str, *answers: str) -> Exchange:
    return Exchange(host, tuple(Burst(0.0, answer) for answer in answers))


def body(*exchanges: Exchange) -> list[str]:
    """The lines of a file without its head."""
    return transcript([], [OPENING, *exchanges]).splitlines()


def test_a_whole_file() -> None:
    opening = Exchange("", (Burst(0.5, "\r\n^RSSI:7\r\n"),))
    talk = [
        said("AT\r", OK),
        said("AT+CMGS=24\r", "\r\n> "),
        Exchange("0011FF\x1a", (Burst(2.5, "\r\n+CMGS: 7\r\n"), Burst(0.001, OK))),
    ]
    assert transcript(["Device: x", "Captured: today"], [opening, *talk]).splitlines() == [
        "# Device: x",
        "# Captured: today",
        "~ 0.50",
        "< \\r\\n^RSSI:7\\r\\n",
        "= any",
        "> AT\\r",
        "< \\r\\nOK\\r\\n",
        "> AT+CMGS={len}\\r",
        "< \\r\\n>\\x20",
        "> {pdu}\\x1a",
        "~ 2.50",
        "< \\r\\n+CMGS: 7\\r\\n\\r\\nOK\\r\\n",
    ]


def test_what_is_said_twice_stands_once_with_its_last_answer() -> None:
    lines = body(said("AT+CSQ\r", f"\r\n+CSQ: 17,99\r\n{OK}"), said("AT+CSQ\r", f"\r\n+CSQ: 18,99\r\n{OK}"))
    assert lines == ["= any", "> AT+CSQ\\r", "< \\r\\n+CSQ: 18,99\\r\\n\\r\\nOK\\r\\n"]


def test_an_answer_that_was_another_first_comes_before_in_order() -> None:
    busy, ready = "\r\n+CME ERROR: 14\r\n", f"\r\n+CPIN: READY\r\n{OK}"
    lines = body(
        said("AT\r"),
        said("AT\r", OK),
        said("AT+CPIN?\r", busy),
        said("AT+CPIN?\r", busy),
        said("AT+CPIN?\r", f"\r\n+CPIN: SIM PIN\r\n{OK}"),
        said("AT+CPIN?\r", ready),
    )
    before = lines[: lines.index("= any")]
    assert before == [
        "> AT\\r",
        "> AT+CPIN?\\r",
        "< \\r\\n+CME ERROR: 14\\r\\n",
        "> AT+CPIN?\\r",
        "< \\r\\n+CPIN: SIM PIN\\r\\n\\r\\nOK\\r\\n",
    ]
    assert lines[-2:] == ["> AT+CPIN?\\r", "< \\r\\n+CPIN: READY\\r\\n\\r\\nOK\\r\\n"]


def test_noise_makes_no_answer_another() -> None:
    noisy = f"\r\n^RSSI:17\r\n\r\n+CREG: 0,1\r\n{OK}"
    lines = body(said("AT+CREG?\r", noisy), said("AT+CREG?\r", f"\r\n+CREG: 0,1\r\n{OK}"))
    assert lines[0] == "= any"
    searching = body(said("AT+CREG?\r", f"\r\n+CREG: 0,2\r\n{OK}"), said("AT+CREG?\r", noisy))
    assert searching[0] == "> AT+CREG?\\r"


def test_what_the_host_never_finished_is_left_out() -> None:
    assert body() == ["= any"]


printable = st.text(st.characters(max_codepoint=255), max_size=30)
hosts = st.builds(lambda text, end: text + end, st.text('AT+CSQ?=1," ', max_size=12), st.sampled_from("\r\x1a\x1b"))


@example("", [("1\x1a", []), ("A\x1a", [(0.0, "x")])])
@given(printable, st.lists(st.tuples(hosts, st.lists(st.tuples(st.floats(0, 9), printable), max_size=3)), max_size=6))
def test_the_player_reads_what_was_written(opening: str, talk: list[tuple[str, list[tuple[float, str]]]]) -> None:
    exchanges = [Exchange(host, tuple(Burst(seconds, text) for seconds, text in bursts)) for host, bursts in talk]
    first = Exchange("", (Burst(0.0, opening),))
    read = Transcript.parse(transcript(["a head"], [first, *exchanges]))
    assert b"".join(each for each in read.opening.answers if isinstance(each, bytes)) == opening.encode("latin-1")
    for host, bursts in dict(talk).items():
        matching = [each for each in read.any_time if each.pattern and each.pattern.fullmatch(host.encode())]
        alike = {other for other, _ in talk if matching[0].pattern and matching[0].pattern.fullmatch(other.encode())}
        if len(matching) > 1 or alike != {host}:
            continue  # bodies are written alike: the player plays the first, and the last answer of all stands
        octets = b"".join(each for each in matching[0].answers if isinstance(each, bytes))
        assert octets == "".join(text for _, text in bursts).encode("latin-1")
        pauses = [each.seconds for each in matching[0].answers if isinstance(each, Pause)]
        assert pauses == [round(seconds, 2) for seconds, _ in bursts if seconds >= 0.02]
