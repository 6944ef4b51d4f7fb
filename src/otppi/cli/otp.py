"""`otppi otp`: guess limits."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from otppi.cli.target import Target, call
from otppi.ports.operations import Refused

app = App(name="otp", help="One-time codes: their guess limits.")


@app.command
def unlock(
    receiver: Annotated[str | None, Parameter(help="The number or e-mail address to unlock.")] = None,
    /,
    *,
    target: Target,
    account: Annotated[str | None, Parameter(help="Only guesses made through this user.")] = None,
    everyone: Annotated[bool, Parameter(name="--all", help="Unlock every receiver of every user.")] = False,
) -> None:
    """Forget the wrong guesses of a receiver or of a user, so that codes are checked again at once."""
    if everyone == (receiver is not None or account is not None):
        raise Refused("say whom to unlock: a receiver, --account NAME, or --all")
    done = call(target, "otp.unlock", {"receiver": receiver, "account": account})
    print(f"{done['unlocked']} unlocked")
