"""The owner's operations on settings: list, get, set. The table itself is `otppi.domain.settings`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from otppi.domain.setting_rows import InvalidSetting
from otppi.domain.settings import ROWS, Row, UnknownSetting, row
from otppi.ports.operations import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otppi.app.operations.context import Context

HIDDEN: Final = "***"


async def listed(context: Context) -> object:
    """Every setting, in the order of the table."""
    texts = await context.store.registry.settings()
    return [shown(each, texts) for each in ROWS.values()]


async def get(context: Context, *, name: str) -> object:
    """One setting."""
    return shown(_row(name), await context.store.registry.settings())


async def put(context: Context, *, name: str, value: str | None) -> object:
    """Set one, or go back to its default where `value` is None."""
    setting = _row(name)
    try:
        text = None if value is None else setting.canonical(value)
    except InvalidSetting as rule:
        raise Refused(str(rule)) from None
    await context.store.registry.put_setting(name, text)
    context.changed("settings")
    return shown(setting, {} if text is None else {name: text})


def shown(setting: Row[Any], texts: Mapping[str, str]) -> dict[str, object]:
    """One setting as `settings list --json` shows it; the value of a secret one is hidden."""
    text = texts.get(setting.name, setting.default_text)
    return {
        "name": setting.name,
        "value": HIDDEN if setting.secret else text,
        "set": setting.name in texts,
        "default": HIDDEN if setting.secret else setting.default_text,
        "rule": setting.kind.rule,
        "help": setting.help,
    }


def _row(name: str) -> Row[Any]:
    try:
        return row(name)
    except UnknownSetting as unknown:
        raise Refused(str(unknown)) from None
