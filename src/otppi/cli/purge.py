"""`otppi purge`: the records of old messages become counts. Never those of messages that are still under way."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from otppi.cli.asking import Yes, confirm
from otppi.cli.output import AsJson, moment, print_json
from otppi.cli.target import Target, call

if TYPE_CHECKING:
    from collections.abc import Mapping

Gateway = Annotated[Target, Parameter(name="*")]


def purge(
    *,
    target: Gateway,
    older_than: Annotated[
        str | None, Parameter(help="Age of what goes, such as 7d; by default retention.finished.")
    ] = None,
    account: Annotated[str | None, Parameter(help="Only messages of this user.")] = None,
    dry_run: Annotated[bool, Parameter(help="Say what would go, and do nothing.")] = False,
    vacuum: Annotated[bool, Parameter(help="Give the space back to the disk; the gateway must not run.")] = False,
    yes: Yes = False,
    json: AsJson = False,
) -> None:
    """Delete the records of messages that ended long ago; counts of them stay for `otppi report`.

    Messages that are still under way stay, and those whose duplicate key or code still counts.
    """
    if vacuum and not dry_run:
        from otppi.cli.compacting import refuse_while_running

        refuse_while_running(target.data_dir)
    plan: dict[str, Any] = call(target, "purge.plan", {"older_than": older_than, "account": account})
    result = {"before": plan["before"], "purged": 0, "dry_run": dry_run, "size": None}
    if dry_run:
        result["purged"] = plan["messages"]
    else:
        confirm(f"the records of {_what(plan)} will be deleted", yes=yes)
        result["purged"] = _purge(target, plan, account)
        result["size"] = _vacuum(target) if vacuum else None
    _show(result, plan, json=json)


def _purge(target: Target, plan: Mapping[str, Any], account: str | None) -> int:
    """Step by step until nothing is left; how many went."""
    purged, after, done = 0, 0, False
    while not done:
        step = call(target, "purge.step", {"before": plan["before"], "after": after, "account": account})
        purged, after, done = purged + step["messages"], step["after"], step["done"]
        _tell(f"purged {purged} of {plan['messages']}")
    _tell("")
    return purged


def _vacuum(target: Target) -> list[int]:
    from otppi.cli.compacting import vacuum
    from otppi.cli.waiting import waiting

    with waiting("writing the store anew", quiet=False):
        return list(vacuum(target.data_dir))


def _show(result: Mapping[str, Any], plan: Mapping[str, Any], *, json: bool) -> None:
    if json:
        print_json(result)
        return
    if result["dry_run"]:
        print(f"{_what(plan)} would go")
        return
    print(f"{result['purged']} messages purged")
    if result["size"] is None:
        print("the file keeps its size for new messages; --vacuum gives the space back")
    else:
        before, after = result["size"]
        print(f"the store has {after} octets now, it had {before}")


def _what(plan: Mapping[str, Any]) -> str:
    return f"{plan['messages']} messages that ended before {moment(plan['before'])}"


def _tell(text: str) -> None:
    """How far it is, on one line of a terminal."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()
