"""Every text arrives whole, as a library that is not ours reads it off the air, or is refused with a reason."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest
from gateway import Site, site
from independent_pdu import decode_submit_text

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.process

ALPHABET: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The GSM 7-bit default alphabet less its escape (3GPP TS 23.038 6.2.1)."""
EXTENSION: Final = "€[]{}~^|\\"
"""Its extension table less the form feed, which is a control character (6.2.1.1)."""
FAMILY: Final = "👨‍👩‍👧‍👦"
WHOLE: Final = {
    "one character": ("a", 1),
    "a full SMS": ("a" * 160, 1),
    "one character more": ("a" * 161, 2),
    "300 characters": ("".join(chr(97 + n % 26) for n in range(300)), 2),
    "300 characters of Unicode": ("".join(chr(0x430 + n % 32) for n in range(300)), 5),
    "the whole alphabet": (ALPHABET, 1),
    "the extension table": (EXTENSION, 1),
    "alphabet and extension": (ALPHABET + EXTENSION, 1),
    "80 escapes": ("€" * 80, 1),
    "81 escapes": ("€" * 81, 2),
    "escapes around a border": ("a" * 150 + EXTENSION * 3, 2),
    "an escape across a border": ("a" * 152 + "€" + "b" * 60, 2),
    "line ends": ("satu\ndua\r\ntiga\rempat\n\nlima", 1),
    "blanks inside": ("a  b   c", 1),
    "a full SMS of Unicode": ("ж" * 70, 1),
    "Unicode, one more": ("ж" * 71, 2),
    "many scripts": ("Kode 验证码 รหัส код ñ ç رمز हिन्दी", 1),
    "an emoji": ("😀", 1),
    "emoji up to the last unit": ("ж" * 68 + "😀", 1),
    "emoji, one unit more": ("ж" * 69 + "😀", 2),
    "emoji across a border": ("ж" * 66 + "😀" + "ж" * 70, 3),
    "emoji at a border": ("ж" * 65 + "😀" + "ж" * 67, 2),
    "emoji after a border": ("ж" * 67 + "😀" + "ж" * 60, 2),
    "nothing but emoji": ("😀🎉" * 50, 4),
    "a family": (FAMILY * 12, 2),
    "blanks that are no space": ("\u00a0tebal\u3000", 1),
    "10 segments": ("a" * 1530, 10),
    "10 segments of Unicode": ("ж" * 670, 10),
    "what looks like a format": ("100% %d %n {} {0} $x `id`", 1),
    "what looks like a PDU and AT": ("\rAT+CMGS=5\r\n> +CMS ERROR: 500", 1),
}
"""A text and the segments it needs."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("texts"), modems=[("telco", ("--default",))], latency=0.0) as place:
        yield place


def arrived(place: Site, number: str) -> tuple[str, int]:
    """The text of all segments to a number, joined by their headers, and how many there were."""
    read = [decode_submit_text(entry.pdu) for entry in place.aired(number)]
    assert {message.number for message in read} == {f"+{number}"}
    if len(read) > 1:
        headers = [message.udh for message in read]
        assert all(headers)
        assert len({(header.ref, header.total) for header in headers if header}) == 1
        assert [(header.total, header.part) for header in headers if header] == [
            (len(read), n + 1) for n in range(len(read))
        ]
    return "".join(message.text for message in read), len(read)


@pytest.mark.feature("F003", "F135")
@pytest.mark.parametrize("name", WHOLE)
def test_a_text_arrives_whole(place: Site, name: str) -> None:
    text, segments = WHOLE[name]
    number = f"62812100{list(WHOLE).index(name):05d}"
    reply = place.call("send-sms", receiver=number, message=text, wait=30)
    assert (reply["response_code"], reply["data"].get("status")) == ("000", "sent"), reply
    trimmed = text.strip(" \r\n")
    assert arrived(place, number) == (trimmed, segments)
    assert place.message(reply["data"]["id"])["segments"] == segments


@pytest.mark.feature("F006", "F128")
def test_a_code_arrives_in_an_emojis_company(place: Site) -> None:
    number = "6281220000001"
    reply = place.call("create-otp", receiver=number, message="Kode 🔐 %s 😀", reference="emoji", wait=30)
    assert (reply["response_code"], reply["data"]["status"]) == ("000", "sent")
    text, _ = arrived(place, number)
    before, code, after = text.split(" ")[1:]
    assert (text.split(" ")[0], before, after, len(code), code.isdigit()) == ("Kode", "🔐", "😀", 6, True)
    assert place.call("validate-otp", receiver=number, reference="emoji", otp=code)["response_code"] == "000"


CONTROLS: Final = [chr(n) for n in (*range(0x20), *range(0x7F, 0xA0)) if chr(n) not in "\n\r"]


def refused(place: Site, body: str | bytes, word: str) -> str:
    """The error of a request that is answered 1103 without a message; it does not repeat `word`."""
    aired, messages = len(place.aired()), place.health()["queue"]
    with place.client() as client:
        answer = client.post("/api/sms", content=body)
    reply: dict[str, Any] = answer.json()
    assert (answer.status_code, reply["response_code"], reply["data"]) == (200, "1103", {})
    assert word not in answer.text
    assert (len(place.aired()), place.health()["queue"]) == (aired, messages)
    return str(reply["error"])


def sms(text: str) -> str:
    return json.dumps({"command": "send-sms", "data": {"receiver": "081230000001", "message": text}})


@pytest.mark.feature("F003")
def test_control_characters_are_refused(place: Site) -> None:
    for control in CONTROLS:
        for text in (f"canary{control}x", f"{control}canary", f"canary{control}"):
            error = refused(place, sms(text), "canary")
            assert error == "data.message must not hold control characters other than LF and CR", repr(control)


@pytest.mark.feature("F003")
@pytest.mark.parametrize(
    "escaped", [r"\ud800", r"\udfff", r"a\ud83d", r"\ude00\ud83d", r"\ud83d\ud83d\ude00", r"\uDBFF"]
)
def test_a_lone_surrogate_is_refused(place: Site, escaped: str) -> None:
    body = f'{{"command":"send-sms","data":{{"receiver":"081230000001","message":"canary{escaped}canary"}}}}'
    assert "valid Unicode" in refused(place, body, "canary")


@pytest.mark.feature("F003")
def test_octets_that_are_no_unicode_are_a_400(place: Site) -> None:
    for octets in (b"\xed\xa0\x80", b"\xff\xfe", b"\xc0\x80", b"\xf5\x80\x80\x80"):
        with place.client() as client:
            answer = client.post("/api/sms", content=sms("canary-").encode().replace(b"-", octets))
        assert (answer.status_code, answer.json()["response_code"]) == (400, "1103")
        assert "canary" not in answer.text


@pytest.mark.feature("F003")
@pytest.mark.parametrize("text", ["a" * 1531, "ж" * 671, "€" * 766, "😀" * 331, "x" * 30_000])
def test_more_than_ten_segments_are_refused(place: Site, text: str) -> None:
    assert "message must fit into 10 segments, this one needs " in refused(place, sms(text), text[:20])


@pytest.mark.feature("F003")
@pytest.mark.parametrize("text", ["", " ", "\n\r\n "])
def test_an_empty_text_is_refused(place: Site, text: str) -> None:
    assert refused(place, sms(text), "\x00") == "data.message must not be empty"
