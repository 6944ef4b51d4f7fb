"""The families of modems that can be simulated: one module each, with its FAMILY. Deleting a module is enough."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

from otppi.simulator.errors import UnknownFamily

if TYPE_CHECKING:
    from otppi.simulator.family import Family


def names() -> tuple[str, ...]:
    """Every family's name, in order; it is its module's."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules(__path__)))


def family(name: str) -> Family:
    """The family of that name; UnknownFamily naming those there are."""
    if name not in names():
        raise UnknownFamily("the families are: " + ", ".join(names()))
    found: Family = importlib.import_module(f"{__name__}.{name}").FAMILY
    return found
