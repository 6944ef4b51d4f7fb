"""Dialogues for the care of a running modem: its message stores, its radio, a restart. Begins nothing by itself.

Like all dialogues: no clock, no port, and each ends with a value whatever the modem does. The caller owns the line
for the whole of one; what news arrive meanwhile are told as always.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from otppi.at import answers, commands
from otppi.at.asking import accepts, ask, lines_of, optional, unless_silent
from otppi.at.commands import Drain
from otppi.at.events import Dialogue, Expired, Lost, Reply
from otppi.at.results import FinalKind

if TYPE_CHECKING:
    from otppi.at.commands import Command
    from otppi.at.profile import ModemProfile

T = TypeVar("T")
_NOTHING_THERE = (FinalKind.CMS, 321)
_READS = 2
_MOST_PLACES = 1000


def ask_storage() -> Dialogue[tuple[int, int] | None]:
    """Messages in the receiving store and the places there (AT+CPMS?, 3GPP TS 27.005 3.2.2).

    None: the modem did not say. Modems that know but two stores receive into the first.
    """
    return unless_silent(_storage(), None)


def count_stored(store: str) -> Dialogue[tuple[int, int] | None]:
    """Messages in a store and its places; None where the modem did not say. ValueError for what is no store.

    The store that was looked into before is looked into again afterwards.
    """
    return unless_silent(_inside(store, commands.choose_stores(store), _counts(), None), None)


def read_stored(store: str, index: int) -> Dialogue[str | None]:
    """The PDU at a place of a store, upper-case hex with its SMSC octets first; it stays where it is.

    None: nothing is there, or it could not be read whole. A line that lost octets on the way is asked for once more.
    The store that was looked into before is looked into again afterwards. ValueError for what is no store or index.
    """
    look, read = commands.choose_stores(store), commands.read_message(index)
    return unless_silent(_inside(store, look, _read(read), None), None)


def list_stored(profile: ModemProfile, store: str) -> Dialogue[tuple[tuple[int, str], ...] | None]:
    """Index and PDU of each message in a store, as `read_stored` gives one; they stay. None: the modem did not say.

    What cannot be read whole is left out. Where the family's AT+CMGL does harm, place by place. ValueError as above.
    """
    look = commands.choose_stores(store)
    return unless_silent(_inside(store, look, _list(profile), None), None)


def delete_stored(store: str, index: int) -> Dialogue[bool]:
    """Frees one place of a store, by its index; never more. True: nothing is there any more.

    Only for what is kept elsewhere by now. The store that was looked into before is so again. ValueError as above.
    """
    look, delete = commands.choose_stores(store), commands.delete_message(index)
    return unless_silent(_inside(store, look, _delete(delete), otherwise=False), otherwise=False)


def radio_cycle() -> Dialogue[bool]:
    """Radio off and on again (AT+CFUN=4, AT+CFUN=1; 3GPP TS 27.007 8.2): leaves the network and looks for it anew.

    True: the radio went off and is on. False: the modem refuses, or it did not confirm that the radio is on.
    """
    return unless_silent(_radio_cycle(), otherwise=False)


def find_networks() -> Dialogue[tuple[str, ...] | None]:
    """The numeric names of the networks in reach (AT+COPS=?). Up to 200 s in which the modem does nothing else.

    None: the modem refuses or did not answer.
    """
    return unless_silent(_networks(), None)


def ask_network(code: str) -> Dialogue[bool]:
    """Sends a USSD request. True: it is out, and what the network says comes as +CUSD. ValueError for what is none."""
    return unless_silent(accepts(commands.ask_network(code)), otherwise=False)


def leave_network_dialogue() -> Dialogue[bool]:
    """Ends a USSD dialogue that the network keeps open (AT+CUSD=2). False: refused, or no answer."""
    return unless_silent(accepts(commands.LEAVE_NETWORK_DIALOGUE), otherwise=False)


def restart(profile: ModemProfile) -> Dialogue[bool]:
    """The family's own restart. True: it was told to; the line may be lost any moment and settings are forgotten.

    False: the family has no command that is known to be safe, or all were refused. Silence counts as obedience.
    """
    for text in profile.resets:
        answer = yield commands.setting(text, timeout=20.0)
        if isinstance(answer, Expired | Lost) or (isinstance(answer, Reply) and answer.final.ok):
            return True
    return False


def _storage() -> Dialogue[tuple[int, int] | None]:
    line = yield from ask(commands.STORE_STATE)
    return answers.receiving_store(line) if line is not None else None


def _counts() -> Dialogue[tuple[int, int] | None]:
    line = yield from ask(commands.STORE_STATE)
    found = answers.open_store(line) if line is not None else None
    return found[1:] if found is not None else None


def _inside(store: str, look: Command, work: Dialogue[T], otherwise: T) -> Dialogue[T]:
    """Does the work while the modem looks into that store; the other value where it cannot."""
    line = yield from ask(commands.STORE_STATE)
    found = answers.open_store(line) if line is not None else None
    if found is not None and found[0] == store:
        return (yield from work)
    if not (yield from accepts(look)):
        return otherwise
    done = yield from work
    if found is not None:
        back = commands.choose_stores(found[0])
        yield from _insist(back)
    return done


def _insist(command: Command) -> Dialogue[bool]:
    return (yield from accepts(command)) or (yield from accepts(command))


def _list(profile: ModemProfile) -> Dialogue[tuple[tuple[int, str], ...] | None]:
    if profile.sweeps:
        return (yield from _sweep(profile.first_index))
    answer = yield from optional(commands.LIST_MESSAGES)
    if answer is None or not answer.final.ok:
        return None
    pairs = zip(answer.lines[::2], answer.lines[1::2], strict=True)
    read = [(answers.listed_index(header), answers.whole_pdu(header, pdu)) for header, pdu in pairs]
    return tuple((index, whole) for index, whole in read if whole is not None)


def _sweep(first: int) -> Dialogue[tuple[tuple[int, str], ...] | None]:
    """Place by place, until as many were read as the store has messages."""
    line = yield from ask(commands.STORE_STATE)
    found = answers.open_store(line) if line is not None else None
    if found is None:
        return None
    _, used, total = found
    read: list[tuple[int, str]] = []
    for index in range(first, first + min(total, _MOST_PLACES)):
        if len(read) >= used:
            break
        if (pdu := (yield from _read(commands.read_message(index)))) is not None:
            read.append((index, pdu))
    return tuple(read)


def _networks() -> Dialogue[tuple[str, ...] | None]:
    line = yield from ask(commands.OPERATORS)
    return answers.operators(line) if line is not None else None


def _read(command: Command) -> Dialogue[str | None]:
    for _ in range(_READS):
        lines = yield from lines_of(command)
        if not lines:
            return None
        if (whole := answers.whole_pdu(*lines[:2])) is not None:
            return whole
        yield Drain()
    return None


def _delete(command: Command) -> Dialogue[bool]:
    answer = yield from optional(command)
    return answer is not None and (answer.final.ok or (answer.final.kind, answer.final.code) == _NOTHING_THERE)


def _radio_cycle() -> Dialogue[bool]:
    off = yield from optional(commands.RADIO_OFF)
    if off is not None and not off.final.ok:
        return False
    # No answer to "off" may still mean off, so "on" is asked for in any case, and twice.
    return (yield from _insist(commands.RADIO_ON))
