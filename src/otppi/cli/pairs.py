"""KEY=VALUE on the command line."""

from __future__ import annotations

from cyclopts import UnusedCliTokensError


def pairs(values: tuple[str, ...], *command: str) -> dict[str, str]:
    """What they say. One that is written otherwise may be a misplaced secret, so it is wrong usage and not repeated."""
    if wrong := [value for value in values if "=" not in value]:
        raise UnusedCliTokensError(unused_tokens=wrong, command_chain=command)
    return {key.strip(): text for key, _, text in (value.partition("=") for value in values)}
