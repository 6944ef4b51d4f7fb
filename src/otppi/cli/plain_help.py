"""Help pages as plain text. The formatter itself is imported when a page is printed: most commands print none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cyclopts.help.formatters.plain import PlainFormatter
    from cyclopts.help.help import HelpPanel
    from rich.console import Console, ConsoleOptions


class PlainHelp:
    """Implements cyclopts' HelpFormatter by its own plain one."""

    def __call__(self, console: Console, options: ConsoleOptions, panel: HelpPanel) -> None:
        """Print one list of commands or parameters."""
        _formatter()(console, options, panel)

    def render_usage(self, console: Console, options: ConsoleOptions, usage: Any) -> None:
        """Print the usage line."""
        _formatter().render_usage(console, options, usage)

    def render_description(self, console: Console, options: ConsoleOptions, description: Any) -> None:
        """Print what the command does."""
        _formatter().render_description(console, options, description)


def _formatter() -> PlainFormatter:
    from cyclopts.help.formatters.plain import PlainFormatter

    return PlainFormatter()
