"""Simulated GSM modems: honest to V.250, 3GPP TS 27.005 and 27.007, shaped to no client.

Start reading at `modem` (one modem, sans-IO) and `runner` (many on ptys). Nothing in the product imports this
package but the commands and the tests; it knows nothing of `otppi.at` and `otppi.modems`, but that `inprocess` offers
lines of the form `otppi.modems.transport` names.
"""

from otppi.simulator.client import SimulatorControl
from otppi.simulator.ledger import LedgerEntry, read_ledger, received
from otppi.simulator.modem import SimulatedModem
from otppi.simulator.options import SimulateOptions
from otppi.simulator.runner import Simulation, simulate

__all__ = [
    "LedgerEntry",
    "SimulateOptions",
    "SimulatedModem",
    "Simulation",
    "SimulatorControl",
    "read_ledger",
    "received",
    "simulate",
]
