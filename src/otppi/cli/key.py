"""`otppi key`: starting anew under another key, for when the old one is lost or known to others."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from otppi.cli.asking import Yes, confirm
from otppi.cli.target import Target

app = App(name="key", help="The key that protects copies and backups of the data directory.")

Gateway = Annotated[Target, Parameter(name="*")]

_LOST = (
    "a new key is made, and what only the old key could read is lost for good: live codes, texts still queued "
    "(their messages end as failed), SIM PINs, bearer tokens, passwords of subscribers, texts in the inbox, "
    "and the memory of duplicates and wrong guesses"
)


@app.command
def replace(*, target: Gateway, yes: Yes = False) -> None:
    """Make a new key and forget all that only the old one could read. The gateway must not run."""
    confirm(_LOST, yes=yes)
    from otppi.cli.rekeying import replace_key

    lost = replace_key(target.data_dir, target.key_file)
    print("the key was replaced")
    print(
        f"lost: {lost.codes} live codes, {lost.messages} messages not yet sent, {lost.pins} SIM PINs,"
        f" {lost.tokens} bearer tokens, {lost.passwords} passwords of subscribers"
    )
