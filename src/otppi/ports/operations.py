"""The owner's operations as the control socket and the command line see them: a name, JSON in, JSON out.

Implementation: `otppi.app.operations.Operations`; reached over DIR/run/control.sock while a gateway runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


class Refused(Exception):
    """The operation was not done, and nothing was changed. The message is one plain sentence for the owner; it
    never holds a text, a code, a password, a PIN or a key."""


class Call(Protocol):
    """Does one operation."""

    async def __call__(self, name: str, params: Mapping[str, object]) -> object:
        """The operation's result as plain JSON values. Raises Refused."""
