"""Everything the simulator raises. It must not hold a phone number, a text or a PIN in any message.

SimulatorError
├── AtRefusal              ends a command line with a final result other than OK
│   ├── PlainRefusal       ERROR
│   ├── EquipmentRefusal   +CME ERROR (3GPP TS 27.007 9.2)
│   ├── MessageRefusal     +CMS ERROR (3GPP TS 27.005 3.2.5)
│   ├── NoCarrier          NO CARRIER (V.250 6.3.1)
│   ├── OtherResult        a final result of a family's own
│   └── Silence            no final result at all
├── UnreadablePdu          a TPDU that cannot be put on the air
├── UnknownFamily          no family of modems has that name
├── UnknownOrder           the control socket was asked for something it does not know
├── OrderRefused           the control socket answered that an order was refused
├── BadAddress             a TCP address that cannot be read, or listened on
└── DirectoryInUse         another simulator serves the same directory
"""

from __future__ import annotations


class SimulatorError(Exception):
    """Root of the simulator's errors."""


class AtRefusal(SimulatorError):
    """The command line ends here; the rest of it is not executed (V.250 5.2.3)."""


class PlainRefusal(AtRefusal):
    """Unknown command or bad parameter."""


class NoCarrier(AtRefusal):
    """A call that cannot be set up."""


class OtherResult(AtRefusal):
    """`result` is the final result as it is written."""

    def __init__(self, result: str) -> None:
        super().__init__(result)
        self.result = result


class Silence(AtRefusal):
    """This line has no final result: a fault, or a family's way."""


class EquipmentRefusal(AtRefusal):
    """`code` is of 3GPP TS 27.007 9.2."""

    def __init__(self, code: int) -> None:
        super().__init__(f"CME {code}")
        self.code = code


class MessageRefusal(AtRefusal):
    """`code` is of 3GPP TS 27.005 3.2.5."""

    def __init__(self, code: int) -> None:
        super().__init__(f"CMS {code}")
        self.code = code


class UnreadablePdu(SimulatorError):
    """Not a TPDU of the expected kind."""


class UnknownFamily(SimulatorError):
    """The message names those there are."""


class UnknownOrder(SimulatorError):
    """The message names the wrong field of the order."""


class OrderRefused(SimulatorError):
    """The message is the one the control socket answered."""


class BadAddress(SimulatorError, ValueError):
    """The message says what is wrong with it."""


class DirectoryInUse(SimulatorError):
    """The directory is locked by a running simulator."""
