"""From power-on to the network, and cards that come and go: what is reached when, and what is written meanwhile.

Times and lines are the family's; nothing here knows a command.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from otppi.simulator import registration
from otppi.simulator.family import Ready, Stage
from otppi.simulator.network import FULL_POWER
from otppi.simulator.sim import SimCard, SimState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from otppi.simulator.device import Device
    from otppi.simulator.parameters import Parameters

_CARD_READ_WITHIN = 1.0
"""Seconds from a card put into a running modem to its being read; ours."""


def power_on(device: Device) -> None:
    """A start: settings from the stored profile, the SIM asks for its PIN again. Memory and SIM counters stay."""
    device.parameters = _restored(device)
    device.sim.verified, device.unacknowledged = False, False
    device.network.power, device.network.detached = FULL_POWER, False
    device.urcs.clear()
    device.held.clear()
    device.ready.clear()
    device.told.clear()
    _pass(device, device.family.boot)


def long_ago(device: Device) -> None:
    """As it is when it was powered on long ago and all its lines went to nobody."""
    device.ready.update((Ready.LINE, Ready.COMMANDS, Ready.CARD))
    if device.sim_ready:
        device.ready.update((Ready.MESSAGES, Ready.NETWORK))
    registration.settle(device)
    device.urcs.clear()


def card_in(device: Device) -> None:
    """The card is read: it asks for its PIN, or it is used."""
    lines = device.family.card_lines
    state = device.sim.state
    if state is SimState.READY:
        usable(device)
    else:
        device.say(lines.absent if state is SimState.ABSENT else lines.pin.format(state=state))


def usable(device: Device) -> None:
    """The card asks for nothing (any more)."""
    _pass(device, device.family.usable)


def power_card(device: Device) -> None:
    """The card has power again: it is read within a second, whoever it is."""
    _pass(device, (Stage(_CARD_READ_WITHIN, brings=Ready.CARD),))


def remove_card(device: Device) -> None:
    """Pull the card out, under power or not."""
    device.sim = SimCard.none()
    device.ready -= {Ready.MESSAGES, Ready.NETWORK}
    if device.plugged:
        device.say(device.family.card_lines.removed)
    registration.settle(device)


def insert_card(device: Device, card: SimCard) -> None:
    """Put `card` in place of whatever is there; a modem under power reads it within a second."""
    device.sim = card
    card.verified = card.failed = False
    device.ready -= {Ready.MESSAGES, Ready.NETWORK}
    if Ready.CARD in device.ready:
        device.ready.discard(Ready.CARD)
        power_card(device)
    registration.settle(device)


def _pass(device: Device, stages: Iterable[Stage]) -> None:
    """What is due at once is one step: the terminal is told of the registration after it, not within."""
    for stage in stages:
        if stage.after <= 0:
            _reach(device, stage)
        else:
            device.timers.later(stage.after, partial(_pass, device, (replace(stage, after=0.0),)))
    registration.settle(device)


def _reach(device: Device, stage: Stage) -> None:
    device.say(stage.line)
    if stage.brings is not None:
        device.ready.add(stage.brings)
    if stage.brings is Ready.CARD:
        card_in(device)


def _restored(device: Device) -> Parameters:
    """The stored profile, and what the family keeps without being asked to."""
    kept, saved = copy.deepcopy(device.profile), device.family.saved
    for name in saved & device.parameters.numbers.keys():
        kept.numbers[name] = device.parameters.numbers[name]
    if "+CPMS" in saved:
        kept.memories = device.parameters.memories
    if "+CSCA" in saved:
        kept.smsc = device.parameters.smsc
    return kept
