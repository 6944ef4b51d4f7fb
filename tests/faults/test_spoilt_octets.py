"""The fault matrix inside a send: octets that are lost or mangled on their way to the modem.

The tables are the specification. Whatever is spoilt, nobody is told with certainty what is not so: the modem counts the
octets of a text (the length in AT+CMGS=, 3GPP TS 27.005 3.5.1), so that a spoilt one is refused, and where its end
is lost nothing is on the air.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import pytest
from bench import virtual
from fault_cells import UNTOUCHED, Cell, cells, order
from fault_rig import FAULTED, FaultRig

from otppi.ports.modem import ModemState, NotHanded, Refused, Sent, Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = [pytest.mark.feature("X07", "X09", "F078")]

COMMAND: Final = ("before_echo",)
"""The damage hits the command line."""
OWN_TEXT: Final = ("before_reply", "before_prompt", "body")
"""It hits the text and its Ctrl-Z, which are 37 octets."""
NEXT: Final = ("before_air", "before_result", "after_result_reference", "before_final")
"""It hits the next question, 10 s later."""

AS_ALWAYS: Final = Cell(Sent, UNTOUCHED)
NO_PROMPT: Final = Cell(NotHanded, "busy resetting@4 ready@12")
NO_PDU: Final = Cell(Refused, "busy ready@0")
"""+CMS ERROR: 304: what arrived is no PDU of the length that was announced."""
NO_END: Final = Cell(Unknown, "busy resetting@150 ready@150")
"""The modem waits for the rest of the text, until ESC takes it back."""
NO_ESC: Final = Cell(Unknown, "busy resetting@150 ready@156")
"""As NO_END, but the ESC is lost too: the AT lines become part of the text, and Ctrl-Z sends what is no PDU."""
NOTHING_ARRIVES: Final = Cell(NotHanded, "busy resetting@4 probing@20 starting ready")
"""Not even what should bring it back in step: rung 2."""
ASKED_AGAIN: Final = Cell(Sent, "busy ready resetting ready")
ANEW_LATER: Final = Cell(Sent, "busy ready resetting@13 probing@20 starting ready")

DAMAGED: Final[Mapping[str, tuple[Mapping[str, object], Cell, Cell, Cell]]] = {
    "the first is lost": ({"kind": "lose"}, NO_PROMPT, NO_PDU, ASKED_AGAIN),
    "three are lost": ({"kind": "lose", "count": 3}, NO_PROMPT, NO_PDU, ASKED_AGAIN),
    "one within is lost": ({"kind": "lose", "skip": 4}, NO_PDU, NO_PDU, AS_ALWAYS),  # ERROR for AT+CGS=, AT+CQ
    "one digit of the length is lost": ({"kind": "lose", "skip": 9}, NO_PDU, NO_PDU, ASKED_AGAIN),
    "the end is lost": ({"kind": "lose_end"}, NO_PROMPT, NO_END, ASKED_AGAIN),
    "two ends are lost": ({"kind": "lose_end", "count": 2}, NO_PROMPT, NO_ESC, ASKED_AGAIN),
    "all is lost": ({"kind": "lose", "count": 37}, NOTHING_ARRIVES, NO_END, ANEW_LATER),
    "the first is mangled": ({"kind": "mangle"}, NO_PROMPT, NO_PDU, ASKED_AGAIN),
    "three within are mangled": ({"kind": "mangle", "skip": 3, "count": 3}, NO_PDU, NO_PDU, AS_ALWAYS),
    "the Ctrl-Z is mangled": ({"kind": "mangle", "skip": 36}, NO_PDU, NO_END, AS_ALWAYS),
    "all is mangled": ({"kind": "mangle", "count": 37}, NOTHING_ARRIVES, NO_END, ANEW_LATER),
}
"""By damage: in the command line; in the text; in the next question."""
_HIT: Final = {damage: row[1:] for damage, row in DAMAGED.items()}


@pytest.mark.parametrize(("damage", "step", "cell"), cells(_HIT, COMMAND, OWN_TEXT, NEXT))
@virtual
async def test_octets_that_are_spoilt_inside_a_send(damage: str, step: str, cell: Cell) -> None:
    fault = DAMAGED[damage][0]
    async with FaultRig() as rig:
        await rig.until(ModemState.READY)
        await asyncio.sleep(1)
        rig.mark()
        rig.arm(order(step, "+CMGS", fault))
        outcome = await rig.send(FAULTED)
        assert type(outcome) is cell.outcome
        if isinstance(outcome, Refused) and outcome.kind == "cms":
            assert outcome.code == 304
        await asyncio.sleep(60)
        rig.passed(cell.path)
        rig.agree()
        assert FAULTED not in rig.lates
        assert rig.counters.spoilt == fault.get("count", 1)
        await rig.proves_itself()
