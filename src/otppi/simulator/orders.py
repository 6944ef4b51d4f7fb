"""What the control socket can ask of a modem: one JSON object is one order. No socket here.

`{"do": WORD, "modem": NAME, ...}`; without `modem` (or with "all") it is for every modem. The words and their
fields are in ORDERS and in the docstrings of the functions there.
"""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeVar

from otppi.pdu.errors import PduError
from otppi.simulator import registration
from otppi.simulator.errors import UnknownOrder
from otppi.simulator.faults import BadEnding, Ending, Fault, Step, Trouble
from otppi.simulator.network import Registration

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from otppi.simulator.modem import SimulatedModem


Word = TypeVar("Word", bound=StrEnum)


class Station(Protocol):
    """A modem and its port, whatever carries it."""

    modem: SimulatedModem

    @property
    def name(self) -> str:
        """What clients open now."""

    def flush(self) -> None:
        """Bring outside what the modem did."""

    def unplug(self) -> None:
        """Power and port vanish."""

    def replug(self, link: str | None = None) -> None:
        """Power and port are back, under another name if one is given."""


class Order:
    """The fields of one order; each reader raises UnknownOrder naming the field, never its value."""

    def __init__(self, fields: Mapping[str, object]) -> None:
        self._fields = fields

    def text(self, name: str, default: str | None = None) -> str:
        """A string."""
        value = self._fields.get(name, default)
        if not isinstance(value, str):
            raise UnknownOrder(f"{name} must be a string")
        return value

    def number(self, name: str, default: float | None = None, *, low: float = 0, high: float = 1e9) -> float:
        """A number within `low`..`high`."""
        value = self._fields.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise UnknownOrder(f"{name} must be a number from {low:g} to {high:g}")
        return value

    def flag(self, name: str) -> bool:
        """A truth value, false when absent."""
        value = self._fields.get(name, False)
        if not isinstance(value, bool):
            raise UnknownOrder(f"{name} must be true or false")
        return value

    def times(self) -> int | None:
        """How often: once when absent, always when null."""
        if "times" in self._fields and self._fields["times"] is None:
            return None
        return int(self.number("times", 1, low=1))

    def one_of(self, words: type[Word], name: str) -> Word:
        """One of the words of `words`."""
        try:
            return words(self.text(name))
        except ValueError:
            raise UnknownOrder(f"{name} must be one of: " + " ".join(words)) from None

    def optional(self, name: str, *, high: float = 1e9) -> float | None:
        """A number, or None when absent or null."""
        return None if self._fields.get(name) is None else self.number(name, high=high)


def perform(station: Station, order: Order) -> dict[str, object]:
    """Do one order on one modem and give what it answers. Raises UnknownOrder."""
    word = order.text("do")
    if word not in ORDERS:
        raise UnknownOrder("do must be one of: " + " ".join(sorted(ORDERS)))
    answer = ORDERS[word](station, order)
    station.modem.settle()
    return answer or {}


def status(station: Station, _order: Order) -> dict[str, object]:
    """Counters, faults and state; texts and numbers are not shown."""
    modem, device = station.modem, station.modem.device
    return {
        "activity": modem.activity,
        "imei": device.identity.imei,
        "registration": int(device.registration),
        "signal": device.network.signal,
        "sim": str(device.sim.state),
        "pin_tries": device.sim.tries,
        "wrong_pins": device.sim.wrong,
        "latency": device.latency,
        "stored": {name: len(memory.slots) for name, memory in device.memories.items()},
        "waiting": len(device.network.waiting),
        "faults": list(device.faults.words()),
        "counters": asdict(device.counters),
    }


def hang(station: Station, order: Order) -> None:
    """Stop answering at `step`, `times` times, for `seconds` (null: until clear), on lines that hold `command`."""
    fault = Fault(order.one_of(Step, "step"), Trouble.HANG, order.optional("seconds"))
    fault.command, fault.times = order.text("command", ""), order.times()
    station.modem.device.faults.steps.append(fault)


def fault(station: Station, order: Order) -> None:
    """`kind` of trouble at `step`; `seconds`, `code`, `count` as `faults.Trouble` says; `command`, `times`."""
    found = Fault(
        order.one_of(Step, "step"),
        order.one_of(Trouble, "kind"),
        order.optional("seconds"),
        int(order.number("code", 500, high=65_535)),
        int(order.number("count", 1, low=1, high=4_096)),
        order.text("command", ""),
        order.times(),
    )
    station.modem.device.faults.steps.append(found)


def ending(station: Station, order: Order) -> None:
    """A send ends badly: `code` of an error, `seconds` of lateness, `at_prompt` for an error, `times`."""
    found = BadEnding(
        Ending(order.text("do")),
        int(order.number("code", 500, high=65_535)),
        order.number("seconds", 0.0),
        order.flag("at_prompt"),
        order.times(),
    )
    if found.at_prompt and found.kind not in (Ending.CMS_ERROR, Ending.CME_ERROR, Ending.ERROR):
        raise UnknownOrder("at_prompt goes with an error only")
    station.modem.device.faults.endings.append(found)


def unplug(station: Station, _order: Order) -> None:
    """Close the port and remove its link."""
    station.unplug()


def replug(station: Station, order: Order) -> None:
    """A new port; `link` names it anew."""
    link = order.text("link", "")
    if "/" in link or link.startswith("."):
        raise UnknownOrder("link must be a plain name")
    station.replug(link or None)


def chance(station: Station, order: Order) -> None:
    """noise, garbage: `rate` is the chance 0..1 at each gap of an exchange."""
    setattr(station.modem.device.faults, order.text("do"), order.number("rate", 0.3, high=1))


def spacing(station: Station, order: Order) -> None:
    """Lose whatever comes within `seconds` of a final result; 0: nothing."""
    station.modem.device.faults.spacing = order.number("seconds", 0.05, high=60)


def slow(station: Station, order: Order) -> None:
    """Send at most `rate` octets a second; 0 is full speed."""
    station.modem.device.faults.slow = int(order.number("rate", 960, high=1_000_000))


def network(station: Station, order: Order) -> None:
    """register, unregister: what the network grants; `stat` 5 roams, 2 searches, 3 denies."""
    usual = Registration.HOME if order.text("do") == "register" else Registration.SEARCHING
    try:
        station.modem.device.network.stat = Registration(int(order.number("stat", usual)))
    except ValueError:
        raise UnknownOrder("stat must be 0, 1, 2, 3 or 5") from None
    registration.settle(station.modem.device)


def signal(station: Station, order: Order) -> None:
    """+CSQ answers `value`, 0..31 or 99."""
    station.modem.device.network.signal = int(order.number("value", high=99))


def latency(station: Station, order: Order) -> None:
    """`seconds` between Ctrl-Z and the air from now on."""
    station.modem.device.latency = order.number("seconds")


def reports(station: Station, order: Order) -> None:
    """Delivery reports carry TP-ST `status` from now on; null: none come."""
    value = order.optional("status", high=255)
    station.modem.device.network.report_status = None if value is None else int(value)


def incoming(station: Station, order: Order) -> None:
    """An SMS with `text` from `number`."""
    try:
        station.modem.incoming(order.text("number"), order.text("text"))
    except PduError:
        raise UnknownOrder("number must be digits or a short name, text must be characters") from None


def clear(station: Station, _order: Order) -> None:
    """No fault left; a hung modem goes on where it stopped."""
    station.modem.device.faults.clear()
    station.modem.resume()


ORDERS: dict[str, Callable[[Station, Order], dict[str, object] | None]] = {
    "status": status,
    "hang": hang,
    "fault": fault,
    **dict.fromkeys(Ending, ending),
    "unplug": unplug,
    "replug": replug,
    "noise": chance,
    "garbage": chance,
    "slow": slow,
    "spacing": spacing,
    "register": network,
    "unregister": network,
    "signal": signal,
    "latency": latency,
    "reports": reports,
    "incoming": incoming,
    "clear": clear,
}
