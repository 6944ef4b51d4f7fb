"""What the clients of a seeded world do with their codes: use them, have them sent again, take them back; and the
judgement on it, from the air and the file.

An end counts from the moment a client was told of it. A client that the end of the world kept from its answer was told
nothing; if the file says that the code had ended all the same, it had when the world did.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from otppi.app.v1.desks import desks
from otppi.domain.otp import RESEND_COOLDOWN_SECONDS
from otppi.domain.replies import Code, Refusal, Unavailable
from otppi.ports.store import StoreUnavailable
from otppi.wire.envelope import read_envelope

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from otppi.app.application import Application
    from otppi.domain.message import Message
    from otppi.domain.rights import Caller

MOST_SENDS: Final = 1 + len(RESEND_COOLDOWN_SECONDS)
_TAKEN_BACK: Final = frozenset({"approved", "cancelled"})
_KNOWN_ANSWERS: Final = frozenset({Code.SUCCESS, Code.LIMITED, Code.WRONG_OTP, Code.EXPIRED, Code.NO_ROUTE})


class Aired(NamedTuple):
    """One segment on the air. `message` is the id of the message it belongs to."""

    message: str
    number: str
    part: int
    at: float
    text: str


def is_resend(message: Message) -> bool:
    """Whether a message carries a code once more."""
    return message.verification not in ("", message.id)


@dataclass(slots=True)
class WorldCodes:
    """`told` holds when clients were told that a code had ended, `asked` the codes whose end was asked for and not yet
    answered, `resent` the messages clients were told a resend had made (where a reference was free again, of the code
    that had taken it)."""

    rng: random.Random
    now: Callable[[], float]
    told: dict[str, float] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    resent: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    async def live(
        self, application: Application, caller: Caller, data: dict[str, Any], id_: str, read: Callable[[], str]
    ) -> None:
        """What follows the creation of the code `id_`; `read` is what its receiver's phone shows last."""
        rng = self.rng
        doings = []
        if rng.random() < 0.5:
            doings.append(self._resend(application, caller, data, [rng.uniform(5, 90) for _ in range(3)]))
        if rng.random() < 0.5:
            doings.append(self._use(application, caller, data, id_, rng.choice((5.0, 20.0, 60.0, 150.0)), read))
        elif rng.random() < 0.3:
            doings.append(self._cancel(application, caller, id_, rng.uniform(0, 90)))
        await asyncio.gather(*doings)

    def world_ends(self, at: float) -> None:
        """Whoever waits for an answer gets none; what it asked for may have been done."""
        for id_ in self.asked - self.told.keys():
            self.told[id_] = at
        self.asked.clear()

    # -- clients -------------------------------------------------------------------------------------------------------

    async def _resend(
        self, application: Application, caller: Caller, data: dict[str, Any], pauses: list[float]
    ) -> None:
        for pause in pauses:
            await asyncio.sleep(pause)
            reply = await self._command(application, caller, "resend-otp", {"reference": data["reference"]})
            if reply is None:
                continue
            code, answer = reply
            if code not in _KNOWN_ANSWERS:
                self.violations.append(f"a resend was answered {code}")
            elif code == Code.SUCCESS and answer["resent"]:
                self.resent.append(str(answer["id"]))

    async def _use(
        self,
        application: Application,
        caller: Caller,
        data: dict[str, Any],
        id_: str,
        latest: float,
        read: Callable[[], str],
    ) -> None:
        """Read the code off the air, as its receiver would, and use it."""
        await asyncio.sleep(self.rng.uniform(1, latest))
        shown = read()
        if not shown:
            return
        self.asked.add(id_)
        reply = await self._command(application, caller, "validate-otp", {**data, "otp": shown.split()[-1]})
        self.asked.discard(id_)
        if reply is None:
            return
        if reply[0] == Code.SUCCESS:
            self.told[id_] = self.now()
        elif reply[0] not in (Code.EXPIRED, Code.WRONG_OTP):
            self.violations.append(f"a right code was answered {reply[0]}")

    async def _cancel(self, application: Application, caller: Caller, id_: str, pause: float) -> None:
        await asyncio.sleep(pause)
        self.asked.add(id_)
        try:
            seen = await desks(application).verifications.cancel(id_, caller)
        except (Refusal, Unavailable, StoreUnavailable):
            return
        finally:
            self.asked.discard(id_)
        self.told[id_] = self.now()
        if seen.status != "cancelled":
            self.violations.append(f"a cancelled code is {seen.status}")

    async def _command(
        self, application: Application, caller: Caller, command: str, data: dict[str, Any]
    ) -> tuple[Code, dict[str, Any]] | None:
        body = json.dumps({"command": command, "data": data}).encode()
        try:
            reply = await application.gateway.handle(read_envelope(body), caller)
        except Unavailable:
            return None
        return reply.code, dict(reply.data)

    # -- judgement -----------------------------------------------------------------------------------------------------

    def judge(self, path: Path, aired: Iterable[Aired]) -> list[str]:
        """Never more messages than sends, all with the same code, none after its end."""
        carriers: dict[str, set[str]] = defaultdict(set)
        with closing(sqlite3.connect(path)) as link:
            for message, verification in link.execute("SELECT id, verification FROM message WHERE verification <> ''"):
                carriers[verification].add(message)
            codes = link.execute(_CODES).fetchall()
        spoken: dict[str, list[Aired]] = defaultdict(list)
        for each in aired:
            spoken[each.message].append(each)
        lost = set(self.resent) - {message for messages in carriers.values() for message in messages}
        found = [*self.violations, *(f"a code was sent again by message {id_}, and that is lost" for id_ in lost)]
        for id_, state, sends, sealed in codes:
            airs = [each for message in carriers[id_] for each in spoken[message]]
            found += self._judge(id_, state, sends, carriers[id_], airs)
            if sealed and state != "pending":
                found.append(f"code {id_} is {state} and its text is kept")
        return found

    def _judge(self, id_: str, state: str, sends: int, carriers: set[str], airs: list[Aired]) -> list[str]:
        found = []
        if len(carriers) != sends or sends > MOST_SENDS:
            found.append(f"code {id_} has {len(carriers)} messages and {sends} sends")
        if len({each.text for each in airs}) > 1:
            found.append(f"code {id_} is not the same in all its messages")
        end = self.told.get(id_) if state in _TAKEN_BACK else None
        if end is not None and any(each.at > end for each in airs):
            found.append(f"code {id_} went out after it had ended as {state}")
        return found


_CODES: Final = (
    "SELECT m.id, v.state, v.sends, v.sealed IS NOT NULL FROM verification v JOIN message m ON m.seq = v.message"
)
