"""One simulated modem, sans-IO: octets in, octets out, and a time at which it wants to be woken.

It echoes (V.250 6.2.4), takes command lines and bodies, and runs the dialogue of one command line at a
time. While a dialogue waits for the network, input is buffered and not even echoed: the modem is deaf, as real
ones are. Clock, randomness and the air are handed in.
"""

from __future__ import annotations

import re
from random import Random
from typing import TYPE_CHECKING, assert_never

from otppi.simulator import air, receiving, startup
from otppi.simulator.commands import run
from otppi.simulator.damage import Damage
from otppi.simulator.device import Clock, Device, Traits
from otppi.simulator.effects import Dialogue, Effect, Finish, Inform, Pause, PowerCard, Prompt, Reach, Reboot, Vanish
from otppi.simulator.errors import AtRefusal, EquipmentRefusal, MessageRefusal, PlainRefusal
from otppi.simulator.family import Ready
from otppi.simulator.faults import REFUSALS, Fault, Step, Trouble
from otppi.simulator.lineeditor import TERMINATOR, LineEditor
from otppi.simulator.results import final_result
from otppi.simulator.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable

    from otppi.simulator.air import Transmission
    from otppi.simulator.identity import Identity

_CTRL_Z = b"\x1a"
_BODY_END = re.compile(rb"[\x1a\x1b]")
_MOST_INPUT = 65_536
_MOST_BODY = 4_096


class SimulatedModem:
    """`feed` what the terminal wrote, send it what `output` gives, call `tick` when `due` has come."""

    def __init__(
        self,
        identity: Identity,
        clock: Clock,
        transmit: Callable[[Transmission], None],
        *,
        traits: Traits | None = None,
        random: Random | None = None,
    ) -> None:
        """`transmit` is called at the moment an SMS is on the air, before `+CMGS:` is written."""
        self.device = Device.build(identity, traits or Traits(), clock, random or Random(0), transmit)  # noqa: S311 - noise
        self._terminal = Terminal(self.device)
        self._input = bytearray()
        self._editor = LineEditor()
        self._damage = Damage()
        self._current = ""
        self._dialogue: Dialogue | None = None
        self._body: bytearray | None = None
        self._text_mode = False
        self._hung = False
        self._cut: Fault | None = None
        self._refusal: AtRefusal | None = None
        self._echoed: str | None = None
        self._met_line = self._met_body = False
        self._deaf_until = 0.0
        self._noise_armed = False
        if self.device.traits.long_on:
            startup.long_ago(self.device)
        else:
            startup.power_on(self.device)
        self.settle()

    @property
    def hung(self) -> bool:
        """A fault holds the modem: it answers nothing until `resume` or a loss of power."""
        return self._hung

    @property
    def activity(self) -> str:
        """One word: unplugged, hung, body, busy or idle."""
        if not self.device.plugged:
            return "unplugged"
        if self._hung:
            return "hung"
        if self._body is not None:
            return "body"
        return "busy" if self._dialogue is not None else "idle"

    def feed(self, data: bytes) -> None:
        """What the terminal wrote; input beyond 64 KiB that the modem has not taken yet is lost."""
        if not self.device.plugged or Ready.LINE not in self.device.ready:
            return
        if self.device.clock.elapsed() >= self._deaf_until:
            self._input += self._suffer(data)[: _MOST_INPUT - len(self._input)]
            self._pump()

    def output(self) -> bytes:
        """What the modem wrote since the last call."""
        return self._terminal.take()

    def due(self) -> float | None:
        """When to call `tick`, on the elapsed clock; None when nothing is pending."""
        return self.device.timers.due()

    def tick(self) -> None:
        """Do what is due."""
        self.device.timers.run()
        self._pump()

    def settle(self) -> None:
        """Let the terminal see what was changed on `device` from outside."""
        self._arm_noise()
        self._pump()

    def incoming(self, sender: str, text: str) -> None:
        """An SMS to this SIM, in as many segments as it takes. Raises PduError for a sender that is none."""
        reference = self.device.random.randrange(256)
        for tpdu in air.deliveries(sender, text, self.device.clock.now(), reference):
            receiving.arrive(self.device, receiving.DELIVER, tpdu)
        self._pump()

    def resume(self) -> None:
        """End a hang: go on where it stopped."""
        if self._hung:
            self._hung = False
            line, self._echoed = self._echoed, None
            if line is not None:
                self._execute(line)
            elif self._body is None:
                self._drive()
        self._pump()

    def mend(self) -> None:
        """No fault left, armed or at work; a hung modem goes on where it stopped."""
        self.device.faults.clear()
        self._damage.clear()
        self._cut, self._terminal.cut = None, False
        self.resume()

    def unplug(self) -> None:
        """Power and port are gone; an SMS not yet on the air never is."""
        self.device.plugged = False
        self.device.timers.power_off()
        self._terminal.clear()
        self._input.clear()
        self._forget()

    def plug(self) -> None:
        """Power on again: a fresh start with the same SIM and memory."""
        self.device.plugged = True
        self._start()
        self._pump()

    def _start(self) -> None:
        self._forget()
        self._input.clear()
        self.device.timers.power_off()
        self._noise_armed = False
        self.device.counters.boots += 1
        startup.power_on(self.device)
        self._arm_noise()

    def _restart(self) -> None:
        """A start by itself: the port stays, goes for a while, or goes for good, as the family has it."""
        away = self.device.family.power.away
        if away == 0:
            self._start()
        else:
            self._drop(away)

    # Noise in idle times

    def _arm_noise(self) -> None:
        every = max(self.device.faults.noise_every, self.device.traits.noise_every)
        if every and self.device.plugged and not self._noise_armed:
            self._noise_armed = True
            self.device.timers.later(every * self.device.random.uniform(0.5, 1.5), self._idle_noise)

    def _idle_noise(self) -> None:
        self._noise_armed = False
        if self.device.family.noise and Ready.LINE in self.device.ready:
            self.device.say(self.device.random.choice(self.device.family.noise))
        self._arm_noise()

    def _forget(self) -> None:
        self._dialogue, self._body, self._hung = None, None, False
        self._cut = self._refusal = self._echoed = None
        self._met_line = self._met_body = False
        self._editor.clear()
        self._damage.clear()

    def _pump(self) -> None:
        while self._input and not self._hung and self._bite():
            pass
        if self._body is None and not self._hung and self.device.plugged:
            while self.device.urcs:
                self._terminal.unsolicited(self.device.urcs.popleft())

    def _bite(self) -> bool:
        """Take one piece of input; False when the modem is deaf or wants more."""
        if self._body is not None:
            return self._take_body(self._body)
        return self._dialogue is None and self._take_line()

    # The command line (V.250 5.2)

    def _take_line(self) -> bool:
        registers = self.device.parameters.registers
        end = self._input.find(registers[TERMINATOR])
        waiting = bytes(self._input if end < 0 else self._input[: end + 1])
        if not self._met_line and self.device.faults.armed(Step.BEFORE_ECHO):
            # Only a whole line tells whether the fault is meant for it.
            return end >= 0 and self._meets_line(waiting)
        taken = self._editor.take(waiting, registers)
        del self._input[: taken.count]
        self._echoed = taken.line
        self._met_line = self._met_line and end < 0
        self._echo(waiting[: taken.count])
        if taken.line is not None and not self._hung:
            self._execute(taken.line)
        return True

    def _meets_line(self, waiting: bytes) -> bool:
        """Let happen what is armed before the echo; whether the line is looked at (again) at once."""
        self._met_line = True
        goes_on = self._meets(Step.BEFORE_ECHO, waiting.decode("latin-1"))
        if self._refusal is not None:
            del self._input[: len(waiting)]
            self._terminal.finish(final_result(self._refusal, self.device.parameters.cmee, self.device.family))
            self._refusal, self._met_line = None, False
        return goes_on

    def _execute(self, line: str) -> None:
        self._current, self._echoed = line, None
        self._dialogue = run(self.device, line)
        self._terminal.gap()
        self._drive()

    def _echo(self, data: bytes) -> None:
        if self.device.parameters.echo:
            self._terminal.write(data)
            self._stop_if_cut()

    # The body (3GPP TS 27.005 3.5.1, 4.3)

    def _take_body(self, body: bytearray) -> bool:
        if not self._met_body:
            self._met_body = True
            goes_on = self._meets(Step.BODY, self._current)
            if self._refusal is not None:
                self._body = None
                self._drive()
            return goes_on
        data = bytes(self._input)
        found = _BODY_END.search(data)
        self._input.clear()
        self._collect(body, data[: found.start()] if found else data)
        if self._hung:
            self._input += data[found.start() :] if found else b""
        elif found is not None:
            self._input += data[found.end() :]
            self._body = None
            self._finish_body(body if found[0] == _CTRL_Z else None)
        return True

    def _collect(self, body: bytearray, chunk: bytes) -> None:
        """The line feed of a terminal that ends its lines with CR LF is no part of the body."""
        if not body and chunk[:1] == b"\n":
            chunk = chunk[1:]
        body += chunk[: _MOST_BODY - len(body)]
        if self.device.parameters.echo:
            self._terminal.write(chunk.replace(b"\r", b"\r\n> ") if self._text_mode else chunk)
            self._stop_if_cut()

    def _finish_body(self, body: bytearray | None) -> None:
        if body is None:
            self.device.counters.aborts += 1
        self._drive(None if body is None else bytes(body))

    # The dialogue

    def _drive(self, value: bytes | None = None) -> None:
        while self._dialogue is not None and not self._hung:
            try:
                refusal, self._refusal = self._refusal, None
                effect = self._dialogue.send(value) if refusal is None else self._dialogue.throw(refusal)
            except StopIteration:
                self._dialogue = None
                return
            value = None
            if not self._perform(effect):
                return

    def _perform(self, effect: Effect) -> bool:
        """Do it; whether the dialogue goes on at once."""
        match effect:
            case Inform(lines):
                self._terminal.inform(lines)
            case Finish(result):
                self._terminal.finish(result)
                self._deaf_until = self.device.clock.elapsed() + self.device.faults.spacing
            case Pause(seconds):
                return self._pause(seconds)
            case Reach(step):
                return self._meets(step, self._current)
            case Prompt(text_mode):
                self._body, self._text_mode, self._met_body = bytearray(), text_mode, False
                self._terminal.prompt()
                self._stop_if_cut()
                return False
            case Vanish():
                self.unplug()
                return False
            case Reboot():
                self._restart()
                return False
            case PowerCard():
                startup.power_card(self.device)
            case _:
                assert_never(effect)
        return not self._stop_if_cut()

    def _pause(self, seconds: float) -> bool:
        if seconds <= 0:
            return True
        self.device.timers.later(seconds, self._drive)
        return False

    # Faults

    def _meets(self, step: Step, line: str) -> bool:
        """Let happen everything that is armed at `step`; whether the modem goes on at once."""
        return all(self._suffers(fault) for fault in self.device.faults.at(step, line))

    def _suffer(self, data: bytes) -> bytes:
        """What arrives of `data`."""
        arrived = self._damage.suffer(data)
        self.device.counters.spoilt = self._damage.spoilt
        return arrived

    def _suffers(self, fault: Fault) -> bool:
        self.device.counters.faults += 1
        if fault.trouble in REFUSALS:
            self._refusal = _refusal(fault)
            self.device.counters.refused += 1
            return True
        match fault.trouble:
            case Trouble.HANG:
                self._hang(fault.seconds)
            case Trouble.DROP:
                self._drop(fault.seconds)
            case Trouble.REBOOT:
                self._restart()
            case Trouble.GARBAGE:
                self._terminal.garbage(fault.count)
            case Trouble.NOISE:
                self._terminal.noise(fault.count)
            case Trouble.HALF_LINE:
                self._terminal.cut, self._cut = True, fault
            case _:
                self._damage.add(fault)
                self._input[:] = self._suffer(bytes(self._input))
        return fault.trouble not in (Trouble.HANG, Trouble.DROP, Trouble.REBOOT)

    def _hang(self, seconds: float | None) -> None:
        self._hung = True
        if seconds is not None:
            self.device.timers.later(seconds, self.resume)

    def _drop(self, seconds: float | None) -> None:
        self.unplug()
        if seconds is not None:
            self.device.timers.later(seconds, self.plug, powered=False)

    def _stop_if_cut(self) -> bool:
        """After something was written: hang if it was cut; whether that is so."""
        if self._cut is None or self._terminal.cut:
            return False
        fault, self._cut = self._cut, None
        self.device.counters.cut += 1
        if fault.seconds != 0:
            self._hang(fault.seconds)
        return self._hung


def _refusal(fault: Fault) -> AtRefusal:
    if fault.trouble is Trouble.CMS_ERROR:
        return MessageRefusal(fault.code)
    return EquipmentRefusal(fault.code) if fault.trouble is Trouble.CME_ERROR else PlainRefusal()
