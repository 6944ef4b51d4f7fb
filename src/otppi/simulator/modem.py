"""One simulated modem, sans-IO: octets in, octets out, and a time at which it wants to be woken.

It echoes (V.250 6.2.4), takes command lines and bodies, and runs the dialogue of one command line at a
time. While a dialogue waits for the network, input is buffered and not even echoed: the modem is deaf, as real
ones are. Clock, randomness and the air are handed in.
"""

from __future__ import annotations

import re
from random import Random
from typing import TYPE_CHECKING, assert_never

from otppi.simulator import air, receiving
from otppi.simulator.commands import run
from otppi.simulator.device import Clock, Device, Traits
from otppi.simulator.effects import Dialogue, Effect, Finish, Inform, Pause, Prompt, Reach, Reboot, Vanish
from otppi.simulator.faults import Hang, Step
from otppi.simulator.lineeditor import TERMINATOR, LineEditor
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
        self.device = Device.build(identity, traits or Traits(), clock, random or Random(0), transmit)  # noqa: S311
        self._terminal = Terminal(self.device)
        self._input = bytearray()
        self._editor = LineEditor()
        self._current = ""
        self._dialogue: Dialogue | None = None
        self._body: bytearray | None = None
        self._text_mode = False
        self._hung = False

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
        if self.device.plugged:
            self._input += data[: _MOST_INPUT - len(self._input)]
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
            self._drive()
        self._pump()

    def unplug(self) -> None:
        """Power and port are gone; an SMS not yet on the air never is."""
        self.device.plugged = False
        self.device.timers.power_off()
        self._terminal.clear()
        self._input.clear()
        self._forget()

    def plug(self) -> None:
        """Power on again: a fresh start with the same SIM and memory."""
        self._start()
        self.device.plugged = True
        receiving.deliver_waiting(self.device)
        self._pump()

    def _start(self) -> None:
        self._forget()
        self.device.timers.power_off()
        self.device.boot()

    def _forget(self) -> None:
        self._dialogue, self._body, self._hung = None, None, False
        self._editor.clear()

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
        if self._holds_before_echo(waiting, ended=end >= 0):
            return False
        taken = self._editor.take(waiting, registers)
        del self._input[: taken.count]
        self._echo(waiting[: taken.count])
        if taken.line is not None:
            self._execute(taken.line)
        return True

    def _holds_before_echo(self, waiting: bytes, *, ended: bool) -> bool:
        """Wait for a whole line while such a fault is armed: only then is it known whether it is meant."""
        if not any(hang.step is Step.BEFORE_ECHO for hang in self.device.faults.hangs):
            return False
        return not ended or self._holds(self.device.faults.hang_at(Step.BEFORE_ECHO, waiting.decode("latin-1")))

    def _execute(self, line: str) -> None:
        self._current = line
        self._dialogue = run(self.device, line)
        self._terminal.gap()
        self._drive()

    def _echo(self, data: bytes) -> None:
        if self.device.parameters.echo:
            self._terminal.write(data)

    # The body (3GPP TS 27.005 3.5.1, 4.3)

    def _take_body(self, body: bytearray) -> bool:
        data = bytes(self._input)
        found = _BODY_END.search(data)
        self._input.clear()
        self._collect(body, data[: found.start()] if found else data)
        if found is not None:
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

    def _finish_body(self, body: bytearray | None) -> None:
        if body is None:
            self.device.counters.aborts += 1
        self._drive(None if body is None else bytes(body))

    # The dialogue

    def _drive(self, value: bytes | None = None) -> None:
        while self._dialogue is not None:
            try:
                effect = self._dialogue.send(value)
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
            case Pause(seconds):
                return self._pause(seconds)
            case Reach(step):
                return not self._holds(self.device.faults.hang_at(step, self._current))
            case Prompt(text_mode):
                self._body, self._text_mode = bytearray(), text_mode
                self._terminal.prompt()
                return False
            case Vanish():
                self.unplug()
                return False
            case Reboot():
                self._start()
                return False
            case _:
                assert_never(effect)
        return True

    def _pause(self, seconds: float) -> bool:
        if seconds <= 0:
            return True
        self.device.timers.later(seconds, self._drive)
        return False

    def _holds(self, hang: Hang | None) -> bool:
        if hang is None:
            return False
        self._hung = True
        if hang.seconds is not None:
            self.device.timers.later(hang.seconds, self.resume)
        return True
