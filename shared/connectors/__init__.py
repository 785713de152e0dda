"""Finds the connectors: every folder here that has a `CONNECTOR`. Nothing else lives in this folder."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from shared.connector import Connector
from shared.errors import Misconfigured


@cache
def names() -> tuple[str, ...]:
    """The names of all connector folders, sorted."""
    return tuple(sorted(module.name for module in iter_modules(__path__) if module.ispkg))


@cache
def get(name: str) -> Connector:
    """The connector of that name; `Misconfigured` names the ones there are."""
    if name not in names():
        raise Misconfigured(f"There is no connector {name!r}. Choose one of: {', '.join(names())}.")
    connector = import_module(f"{__name__}.{name}").CONNECTOR
    assert isinstance(connector, Connector), f"{name}.CONNECTOR is not a Connector"
    return connector


def all_connectors() -> list[Connector]:
    """Every connector, by name."""
    return [get(name) for name in names()]
