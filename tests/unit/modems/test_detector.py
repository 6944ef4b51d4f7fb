"""The detector on ports in memory and virtual time: who is found, at which speed, by which port, who is left alone."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from bench import virtual

from otppi.modems.detector import PortDetector
from otppi.modems.discovery import SerialPort, Surroundings, UsbDevice, UsbInterface
from otppi.modems.errors import PortUnavailable
from otppi.modems.visits import PortsInUse
from otppi.modems.wording import NO_ANSWER
from otppi.ports.detector import Detection, FoundModem
from otppi.ports.modem import Identity, LineSettings

if TYPE_CHECKING:
    from otppi.modems.transport import Receiver, Wire

IMEI = ("004402450000017", "004402450000025")
CARD = ("8900101000000000019", "8900102000000000026")
IMSI = "001010000000001"


@dataclass
class Modem:
    """Answers as a whole modem does; `forms` are the lines it understands, none for any."""

    imei: str = IMEI[0]
    iccid: str = CARD[0]
    pin: str = "+CPIN: READY"
    forms: tuple[tuple[int, str, int], ...] = ()
    talks: bool = False
    heard: list[str] = field(default_factory=list)

    def answer(self, command: str) -> str:
        self.heard.append(command)
        said = {
            "AT+CGMI": "huawei",
            "AT+CGMM": "E173",
            "AT+CGMR": "11.126.85.00.209",
            "AT+CGSN": self.imei,
            "AT+CPIN?": self.pin,
            "AT+CIMI": IMSI,
            "AT+CCID": f"+CCID: {self.iccid}" if self.iccid else "",
            "AT+COPS?": '+COPS: 0,0,"Telco",0',
            "AT+CNUM": '+CNUM: "own","+6281200000001",145',
            "AT+CSCA?": '+CSCA: "+6281100000",145',
        }.get(command, "")
        unasked = "\r\n^RSSI:17\r\n" if self.talks else ""
        if "ERROR" in said:
            return f"{unasked}\r\n{said}\r\n"
        return f"{unasked}\r\n{said}\r\n\r\nOK\r\n" if said else f"{unasked}\r\nOK\r\n"


class Plug:
    def __init__(self, host: Host, settings: LineSettings, receiver: Receiver) -> None:
        self._host, self._path, self._receiver = host, settings.port, receiver
        self._form = (settings.baud, settings.parity, settings.stop_bits)

    def write(self, data: bytes) -> None:
        modem = self._host.modems[self._path]
        for line in data.decode().replace("\x1b", "").split("\r"):
            if line and modem is not None and (not modem.forms or self._form in modem.forms):
                asyncio.get_running_loop().call_later(0.02, self._receiver.received, modem.answer(line).encode())

    async def close(self) -> None:
        self._host.open.discard(self._path)


class Host:
    """A machine with ports; a modem at each, or None for silence."""

    def __init__(self, **terminals: Modem | None) -> None:
        self.modems: dict[str, Modem | None] = {f"/ports/{name}": modem for name, modem in terminals.items()}
        self.surroundings = Surroundings()
        self.busy: set[str] = set()
        self.open: set[str] = set()
        self.register = PortsInUse()
        self.detector = PortDetector(self.register, self.survey, self.connect)
        self.lines: tuple[LineSettings, ...] = ()
        self.alone: dict[str, str] = {}

    def plug(self, port: SerialPort, modem: Modem | None) -> None:
        self.modems[port.path] = modem
        self.surroundings = Surroundings((*self.surroundings.ports, port), self.surroundings.devices)

    async def survey(self, folders: tuple[str, ...]) -> tuple[Surroundings, tuple[str, ...]]:
        return self.surroundings, tuple(path for path in self.modems if path.startswith(folders))

    async def connect(self, settings: LineSettings, receiver: Receiver) -> Wire:
        if settings.port in self.busy:
            raise PortUnavailable("The port cannot be used: Device or resource busy.")
        assert settings.port not in self.open, "no port is opened twice"
        self.open.add(settings.port)
        return Plug(self, settings, receiver)

    async def detect(self) -> Detection:
        found = await self.detector.detect(("/ports",), self.lines, self.alone)
        assert self.open == set(), "every port is closed again"
        return found


def usb(name: str, number: int, device: str = "1-1", ids: str = "12d1:1436", by_path: str = "") -> SerialPort:
    vendor, product = ids.split(":")
    return SerialPort(f"/dev/{name}", UsbInterface(device, vendor, product, number), by_path)


def now() -> float:
    return asyncio.get_running_loop().time()


@pytest.mark.feature("F075", "F076")
@virtual
async def test_a_modem_tells_all_of_itself_and_its_sim() -> None:
    host = Host(modem0=Modem())
    (found,) = (await host.detect()).modems
    assert found == FoundModem(
        "/ports/modem0",
        ("/ports/modem0",),
        Identity("huawei", "E173", "11.126.85.00.209", IMEI[0], IMSI, CARD[0]),
        "huawei",
        "Telco",
        "6281200000001",
        "6281100000",
        "ready",
    )
    assert not [number for number in (*IMEI, *CARD, IMSI, "62812", "62811") if number in repr(found)]


@virtual
async def test_the_ports_of_one_stick_are_one_modem_and_the_best_one_is_chosen() -> None:
    host = Host()
    host.plug(usb("ttyUSB0", 0), Modem())
    host.plug(usb("ttyUSB1", 1), None)
    host.plug(usb("ttyUSB2", 2, by_path="/dev/serial/by-path/x-usb-0:1:1.2-port0"), Modem())
    found = await host.detect()
    (modem,) = found.modems
    assert modem.port == "/dev/serial/by-path/x-usb-0:1:1.2-port0"
    assert modem.paths == ("/dev/ttyUSB2", "/dev/ttyUSB0")
    assert found.quiet == (("/dev/ttyUSB1", NO_ANSWER),)


@virtual
async def test_of_two_ports_alike_the_one_that_talks_unasked_is_better() -> None:
    host = Host()
    host.plug(usb("ttyUSB1", 1, ids="19d2:0117"), Modem())
    host.plug(usb("ttyUSB3", 3, ids="19d2:0117"), Modem(talks=True))
    (modem,) = (await host.detect()).modems
    assert modem.paths == ("/dev/ttyUSB3", "/dev/ttyUSB1")


@virtual
async def test_modems_that_share_an_imei_are_told_apart_by_card_and_by_socket() -> None:
    host = Host()
    for number, card in enumerate((*CARD, "", "")):
        host.plug(usb(f"ttyUSB{number}", 2, device=f"1-{number}"), Modem(iccid=card))
    assert len((await host.detect()).modems) == 4
    board = Host()
    for number in range(2):
        board.plug(usb(f"ttyUSB{number}", number, ids="0403:6011"), Modem(iccid=""))
    assert len((await board.detect()).modems) == 2, "one adapter carries several modems"


@virtual
async def test_one_modem_on_two_ways_into_the_machine_is_one() -> None:
    host = Host(modem0=Modem())
    host.plug(SerialPort("/dev/ttyS0"), Modem())
    (modem,) = (await host.detect()).modems
    assert modem.paths == ("/dev/ttyS0", "/ports/modem0")


@pytest.mark.parametrize("baud", [115_200, 9600, 19_200, 57_600, 460_800])
def test_a_real_line_is_asked_at_each_speed(baud: int) -> None:
    @virtual
    async def talk() -> None:
        host = Host()
        host.plug(SerialPort("/dev/ttyS0"), Modem(forms=((baud, "N", 1),)))
        host.plug(usb("ttyUSB0", 0, ids="067b:2303"), Modem(imei=IMEI[1], iccid=CARD[1], forms=((baud, "N", 1),)))
        found = await host.detect()
        assert [modem.baud for modem in found.modems] == [baud, baud]
        assert now() < 10

    talk()


@virtual
async def test_a_configured_line_is_asked_in_its_own_way_first() -> None:
    host = Host()
    host.plug(SerialPort("/dev/ttyS0"), Modem(forms=((2400, "E", 2),)))
    host.lines = (LineSettings("east", "/dev/ttyS0", 2400, "E", 2),)
    (modem,) = (await host.detect()).modems
    assert (modem.baud, modem.parity, modem.stop_bits) == (2400, "E", 2)
    assert now() < 2


@virtual
async def test_eight_ports_are_asked_at_once() -> None:
    host = Host(**{f"p{number}": None for number in range(5)})
    for number in range(3):
        host.plug(SerialPort(f"/dev/ttyS{number}"), None)
    found = await host.detect()
    assert found.modems == ()
    assert len(found.quiet) == 8
    assert now() < 10


@virtual
async def test_ports_that_modems_hold_are_never_opened() -> None:
    host = Host(a=Modem(), b=Modem(IMEI[1], CARD[1]), c=Modem())
    host.register.claim("east", "/ports/a").decided.set()
    host.alone = {"/ports/c": "internet"}
    host.busy = {"/ports/b"}
    found = await host.detect()
    assert found.in_use == (("/ports/a", "east"), ("/ports/c", "internet"))
    assert found.quiet == (("/ports/b", "The port cannot be used: Device or resource busy."),)
    assert found.modems == ()


@virtual
async def test_a_port_that_a_line_only_asks_is_waited_for() -> None:
    host = Host(a=Modem())
    hold = host.register.claim("east", "/ports/a")
    asyncio.get_running_loop().call_later(3, hold.release)
    assert [modem.paths for modem in (await host.detect()).modems] == [("/ports/a",)]
    assert host.register.holder("/ports/a") is None


@pytest.mark.parametrize(
    ("answer", "sim"),
    [
        ("+CPIN: READY", "ready"),
        ("+CPIN: SIM PIN", "pin needed"),
        ("+CPIN: SIM PUK", "puk needed"),
        ("+CPIN: SIM PIN2", "ready"),
        ("+CPIN: PH-NET PIN", "ph-net pin"),
        ("+CME ERROR: 10", "absent"),
        ("+CME ERROR: 14", ""),
    ],
)
def test_the_sim_is_shown_and_no_pin_is_entered(answer: str, sim: str) -> None:
    @virtual
    async def talk() -> None:
        modem = Modem(pin=answer)
        (found,) = (await Host(a=modem).detect()).modems
        assert found.sim == sim
        settings = {command for command in modem.heard if "=" in command or "&" in command}
        assert settings == {"AT+CMEE=1"}, "nothing is set but the form of errors"

    talk()


@virtual
async def test_a_stick_that_shows_only_its_drive_gives_a_hint() -> None:
    host = Host()
    host.surroundings = Surroundings(devices=(UsbDevice("1-1", "12d1", "1446"),))
    (hint,) = (await host.detect()).hints
    assert "mode-switch needed" in hint


@virtual
async def test_a_detection_that_is_given_up_leaves_nothing_open() -> None:
    host = Host(a=Modem(), b=None)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await host.detector.detect(("/ports",), (), {})
    await asyncio.sleep(0.1)
    assert host.open == set()
    assert host.register.holder("/ports/b") is None
