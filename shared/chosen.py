"""What the user chose for a connection: its settings as its connector's own model, checked before they are stored."""

from collections.abc import Collection, Mapping
from typing import Any

from pydantic import ValidationError

from shared import connectors
from shared.errors import Misconfigured
from shared.mapping import ConnectorSettings
from shared.schemas.connections import Connection


def settings_of(connection: Connection) -> ConnectorSettings:
    """The connection's settings as its connector's own model."""
    return connectors.get(connection.connector).settings.model_validate(connection.settings)


def validated(model: type[ConnectorSettings], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as they are stored; `Misconfigured` says of each wrong one what is wrong with it."""
    try:
        return model.model_validate(settings).model_dump(mode="json")
    except ValidationError as error:
        raise Misconfigured(_sentences(error)) from None


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Collection[str] | None]:
    """The settings that differ; of a mapping the keys that do, None of others."""
    names = [name for name, value in after.items() if before.get(name) != value]
    return {name: _keys(before.get(name), after[name]) for name in names}


def _keys(before: Any, after: Any) -> Collection[str] | None:
    if not isinstance(after, dict) or not isinstance(before or {}, dict):
        return None
    old = before or {}
    return {key for key in {*old, *after} if old.get(key) != after.get(key)}


def _sentences(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors())
