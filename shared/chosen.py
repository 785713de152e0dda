"""What the user chose for a connection: its settings as its connector's own model, checked before they are stored."""

from collections.abc import Mapping
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


def _sentences(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors())
