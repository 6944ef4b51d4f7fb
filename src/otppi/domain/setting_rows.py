"""A row of a table of things to set: what it must be, its default, and the value in force as an attribute. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Protocol, Self, TypeVar, overload

from otppi.domain.setting_kinds import NotOfKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from otppi.domain.setting_kinds import Kind

T = TypeVar("T")


class InvalidSetting(ValueError):
    """The text is no value of the row, or there is no such row. The message names row and rule, never the text."""


class HasValues(Protocol):
    """What a table's rows are attributes of: `values` holds those that were set, by the name of the row."""

    @property
    def values(self) -> Mapping[str, Any]:
        """Typed values."""


@dataclass(frozen=True, slots=True, eq=False)
class SettingRow(Generic[T]):
    """One thing to set. `readme` is the field of the OTP-Pi README it stands for, or nothing. As an attribute of its
    table it gives the value in force."""

    name: str
    kind: Kind[T]
    default: T
    help: str
    readme: str = ""

    @overload
    def __get__(self, instance: None, owner: type[Any]) -> Self: ...
    @overload
    def __get__(self, instance: HasValues, owner: type[Any]) -> T: ...
    def __get__(self, instance: HasValues | None, owner: type[Any]) -> Self | T:
        return self if instance is None else instance.values.get(self.name, self.default)

    def parse(self, text: str) -> T:
        """The value `text` stands for. Raises InvalidSetting."""
        try:
            return self.kind.parse(text)
        except NotOfKind as broken:
            raise InvalidSetting(f"{self.name} must be {broken}") from None

    def canonical(self, text: str) -> str:
        """The one spelling of the value `text` stands for. Raises InvalidSetting."""
        return self.kind.write(self.parse(text))

    @property
    def default_text(self) -> str:
        """The default in its canonical spelling."""
        return self.kind.write(self.default)
