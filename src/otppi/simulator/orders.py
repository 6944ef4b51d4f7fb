"""What the control socket can ask of a modem: one JSON object is one order. No socket here.

`{"do": WORD, "modem": NAME, ...}`; without `modem` (or with "all") it is for every modem. The words and their
fields are in ORDERS and in the docstrings of the functions there.
"""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeVar

from otppi.pdu.errors import PduError
from otppi.simulator import registration, startup
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

    def has(self, name: str) -> bool:
        """Whether the field is there and not null."""
        return self._fields.get(name) is not None

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
        "family": device.family.name,
        "ready": sorted(device.ready),
        "imei": device.identity.imei,
        "registration": int(device.registration),
        "eps": int(device.eps_registration),
        "signal": device.network.signal,
        "sim": str(device.sim.state),
        "pin_tries": device.sim.tries,
        "wrong_pins": device.sim.wrong,
        "latency": device.latency,
        "stored": {name: len(device.memory(name).slots) for name in device.family.stores.names},
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
    """`kind` of trouble at `step`; `seconds`, `code`, `count`, `skip` as `faults.Trouble` says; `command`, `times`."""
    found = Fault(
        order.one_of(Step, "step"),
        order.one_of(Trouble, "kind"),
        order.optional("seconds"),
        int(order.number("code", 500, high=65_535)),
        int(order.number("count", 1, low=1, high=4_096)),
        order.text("command", ""),
        order.times(),
        int(order.number("skip", 0, high=4_096)),
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


def noise(station: Station, order: Order) -> None:
    """Unsolicited lines: `rate` is the chance 0..1 at each gap of an exchange, `every` the mean seconds when idle."""
    faults = station.modem.device.faults
    faults.noise = order.number("rate", 0.3, high=1)
    faults.noise_every = order.number("every", 0.0)


def garbage(station: Station, order: Order) -> None:
    """Octets that are no text: `rate` is the chance 0..1 at each gap of an exchange."""
    station.modem.device.faults.garbage = order.number("rate", 0.3, high=1)


def spacing(station: Station, order: Order) -> None:
    """Lose whatever comes within `seconds` of a final result; 0: nothing."""
    station.modem.device.faults.spacing = order.number("seconds", 0.05, high=60)


def slow(station: Station, order: Order) -> None:
    """Send at most `rate` octets a second; 0 is full speed."""
    station.modem.device.faults.slow = int(order.number("rate", 960, high=1_000_000))


def network(station: Station, order: Order) -> None:
    """register, unregister: what the network grants; `stat` is as +CREG says it, `eps` as +CEREG (null: the same)."""
    usual = Registration.HOME if order.text("do") == "register" else Registration.SEARCHING
    found = station.modem.device.network
    eps = order.optional("eps", high=8)
    found.stat = Registration(int(order.number("stat", usual, high=8)))
    found.eps = None if eps is None else Registration(int(eps))
    registration.settle(station.modem.device)


def remove_sim(station: Station, _order: Order) -> None:
    """Pull the SIM card out."""
    startup.remove_card(station.modem.device)


def insert_sim(station: Station, order: Order) -> None:
    """Put SIM card number `card` in: the one modem<card> began with; without it the modem's own. `pin` sets its PIN."""
    device = station.modem.device
    card = device.card(int(order.number("card", device.identity.index, high=999)))
    if order.has("pin"):
        card.pin = order.text("pin")
    startup.insert_card(device, card)


def fail_sim(station: Station, _order: Order) -> None:
    """The SIM card answers no more, until it is taken out and put in again."""
    device = station.modem.device
    device.sim.failed = True
    registration.settle(device)


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
    station.modem.mend()


ORDERS: dict[str, Callable[[Station, Order], dict[str, object] | None]] = {
    "status": status,
    "hang": hang,
    "fault": fault,
    **dict.fromkeys(Ending, ending),
    "unplug": unplug,
    "replug": replug,
    "noise": noise,
    "garbage": garbage,
    "slow": slow,
    "spacing": spacing,
    "register": network,
    "unregister": network,
    "remove_sim": remove_sim,
    "insert_sim": insert_sim,
    "fail_sim": fail_sim,
    "signal": signal,
    "latency": latency,
    "reports": reports,
    "incoming": incoming,
    "clear": clear,
}
