"""Guesses at the codes of an account as a whole: counted in every mode, refused only with `fraud.mode` enforce.

Counts of an hour are kept in memory and written down after every `WRITE_AFTER` wrong guesses and at the stop: after a
crash so many may be missing. Right codes alone write nothing.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from otppi.domain.durations import rough
from otppi.domain.guessing import STEP_SECONDS, Checks
from otppi.domain.replies import Code, Refusal
from otppi.ports.limits import CheckedMinute

if TYPE_CHECKING:
    from collections.abc import Callable

    from otppi.app.alarms import Alarms
    from otppi.app.limit_counts import LimitCounts
    from otppi.ports.clock import Clock
    from otppi.ports.limits import Limits

WRITE_AFTER: Final = 10
LIMIT: Final = "guesses"
"""How `LimitCounts` calls it."""
_HOUR_MINUTES: Final = 60
_REMEDY: Final = "more than 300 wrong codes in an hour, and more than half of all: somebody guesses; see docs/limits.md"


class Guesses:
    """Call `load` before the first check. `work` is called when something should be written."""

    def __init__(
        self,
        *,
        store: Limits,
        clock: Clock,
        alarms: Alarms,
        counts: LimitCounts,
        enforced: Callable[[], bool],
        work: Callable[[], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._alarms = alarms
        self._counts = counts
        self._enforced = enforced
        self._work = work
        self._checks: dict[str, Checks] = {}
        self._unwritten: Counter[str] = Counter()

    def refusal(self, account: str) -> Refusal | None:
        """What refuses a check of this account's codes now; None where nothing does."""
        known, now = self._checks.get(account), self._clock.now()
        if known is None or not self._enforced() or not known.suspicious(now):
            return None
        self._counts.refused[account, LIMIT] += 1
        wait = max(1.0, known.wait(now))
        sentence = f"too many wrong guesses at codes of this account; try again in {rough(wait)}"
        return Refusal(Code.LIMITED, sentence, retry_after=wait)

    def note(self, account: str, *, right: bool) -> None:
        """A code was checked."""
        known = self._checks.setdefault(account, Checks())
        known.note(self._clock.now(), wrong=0 if right else 1)
        if right:
            return
        self._unwritten[account] += 1
        if self._unwritten[account] >= WRITE_AFTER:
            self._work()
        if known.suspicious(self._clock.now()):
            self._alarms.set("guessing", account, "warning", _REMEDY)

    def review(self) -> None:
        """Clear the alarms of what is over."""
        now = self._clock.now()
        for alarm in self._alarms.standing:
            known = self._checks.get(alarm.object)
            if alarm.kind == "guessing" and not (known is not None and known.suspicious(now)):
                self._alarms.clear(alarm.kind, alarm.object)

    async def load(self) -> None:
        """Take over what an earlier run has counted."""
        for each in await self._store.checks(since_minute=self._oldest()):
            known = self._checks.setdefault(each.account, Checks())
            known.note(each.minute * STEP_SECONDS, each.checks, wrong=each.wrong)

    async def flush(self) -> None:
        """Write down what was counted. Raises StoreUnavailable."""
        written, now = dict(self._unwritten), self._clock.now()
        if not written:
            return
        minutes = [CheckedMinute(name, *each) for name in written for each in self._checks[name].minutes(now)]
        await self._store.put_checks(minutes, forget_before=self._oldest())
        self._unwritten -= Counter(written)

    def _oldest(self) -> int:
        return int(self._clock.now() // STEP_SECONDS) - _HOUR_MINUTES
