"""Programs of others take our simulated modem for a modem: they identify it and send through it, unmodified."""

from __future__ import annotations

import re
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from foreign import Phones, gammu, gnokii, phones, smsd
from otppi.simulator import received

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.process

NUMBER = "+6281200000001"
LONG = ("A message of more than one segment, by somebody else's hand. " * 4).strip()
UNICODE = "Kode Anda 123456 \u2713 \u043f\u0440\u0438\u0432\u0435\u0442. " * 6


@pytest.fixture
def phone(tmp_path: Path) -> Iterator[Phones]:
    with phones(tmp_path / "sim", "--latency", "0.02") as running:
        yield running


@pytest.fixture
def of_family(tmp_path: Path) -> Iterator[Callable[[str], Phones]]:
    """A simulated modem of a family, as one that was powered on long ago."""
    with ExitStack() as stack:
        yield lambda name: stack.enter_context(
            phones(tmp_path / "sim", "--latency", "0.02", "--family", name, "--long-on")
        )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def shown(phone: Phones) -> list[str]:
    return received(phone.directory / "ledger.jsonl", NUMBER)


def field(said: str, name: str) -> str:
    found = re.search(rf"^{name} *: (.*)$", said, re.MULTILINE)
    assert found is not None, said
    return found[1].strip()


def test_gammu_identifies_our_modem(phone: Phones, home: Path) -> None:
    said = gammu(home, phone.port, "identify")
    assert field(said, "Manufacturer") == "Simulated"
    assert "TS27005" in field(said, "Model")
    assert field(said, "IMEI") == phone.imei


def test_gammu_sends_one_segment(phone: Phones, home: Path) -> None:
    said = gammu(home, phone.port, "sendsms", "TEXT", NUMBER, "-text", "Your OTP is 123456")
    assert "OK, message reference=0" in said
    assert [(entry.number, entry.text) for entry in phone.sent] == [(NUMBER, "Your OTP is 123456")]


def test_gammu_sends_a_long_one_in_unicode(phone: Phones, home: Path) -> None:
    gammu(home, phone.port, "sendsms", "TEXT", NUMBER, "-unicode", "-autolen", "400", "-text", UNICODE)
    assert shown(phone) == [UNICODE]
    assert len(phone.sent) == 3


def test_gnokii_identifies_our_modem(phone: Phones, home: Path) -> None:
    said = gnokii(home, phone.port, "--identify")
    assert field(said, "IMEI") == phone.imei
    assert field(said, "Manufacturer") == "Simulated"
    assert field(said, "Model") == "TS27005"
    assert field(said, "Revision") == "1.0"


def test_gnokii_sends_one_segment(phone: Phones, home: Path) -> None:
    said = gnokii(home, phone.port, "--sendsms", NUMBER, typed="Your OTP is 234567")
    assert "Send succeeded with reference 0!" in said
    assert [(entry.number, entry.text) for entry in phone.sent] == [(NUMBER, "Your OTP is 234567")]


def test_smstools_identifies_our_modem_and_sends_through_it(phone: Phones, home: Path) -> None:
    with smsd(home, phone.port) as running:
        running.put("one", f"To: {NUMBER.lstrip('+')}\n\nYour OTP is 345678")
        first = running.sent("one")
        running.put("long", f"To: {NUMBER.lstrip('+')}\n\n{LONG}")
        running.sent("long")
        log = running.log()
    assert field(first, "IMEI").strip() == phone.imei
    assert f"IMEI: {phone.imei}" in log
    assert re.search(r"<- Simulated", log), log
    assert (phone.sent[0].number, phone.sent[0].text) == (NUMBER, "Your OTP is 345678")
    assert shown(phone) == ["Your OTP is 345678", LONG]


# Families. gammu gives +CFUN=1 and asks on at once, which on a Wavecom is a restart: it is not asked there.


@pytest.mark.parametrize(("name", "model"), [("huawei", "E173"), ("ec25", "EC25")])
def test_gammu_sends_through_a_family(name: str, model: str, of_family: Callable[[str], Phones], home: Path) -> None:
    phone = of_family(name)
    assert model in field(gammu(home, phone.port, "identify"), "Model")
    said = gammu(home, phone.port, "sendsms", "TEXT", NUMBER, "-text", "Your OTP is 123456")
    assert "OK, message reference=0" in said
    assert [(entry.number, entry.text) for entry in phone.sent] == [(NUMBER, "Your OTP is 123456")]


@pytest.mark.parametrize(
    ("name", "maker"),
    [
        ("ec25", "Quectel"),
        ("huawei", "huawei"),
        ("sim7600", "SIMCOM INCORPORATED"),
        ("sim800", "SIMCOM_Ltd"),
        ("wavecom", "WAVECOM MODEM"),
    ],
)
def test_gnokii_identifies_every_family_and_sends(
    name: str, maker: str, of_family: Callable[[str], Phones], home: Path
) -> None:
    phone = of_family(name)
    said = gnokii(home, phone.port, "--identify")
    assert (field(said, "IMEI"), field(said, "Manufacturer")) == (phone.imei, maker)
    assert "reference 0!" in gnokii(home, phone.port, "--sendsms", NUMBER, typed="Your OTP is 234567")
    assert [(entry.number, entry.text) for entry in phone.sent] == [(NUMBER, "Your OTP is 234567")]


@pytest.mark.parametrize("name", ["sim800", "wavecom"])
def test_smstools_sends_through_a_family(name: str, of_family: Callable[[str], Phones], home: Path) -> None:
    phone = of_family(name)
    with smsd(home, phone.port) as running:
        running.put("one", f"To: {NUMBER.lstrip('+')}\n\nYour OTP is 345678")
        sent = running.sent("one")
    assert field(sent, "IMEI") == phone.imei
    assert [(entry.number, entry.text) for entry in phone.sent] == [(NUMBER, "Your OTP is 345678")]
