"""The one exception of this package."""

from __future__ import annotations


class PduError(ValueError):
    """What was given is no valid TPDU, or cannot be made into one.

    The message is one plain sentence that names the field and the rule; it never holds a text, a number or hex.
    """
