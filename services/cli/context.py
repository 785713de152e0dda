"""What every command needs: the settings, an open hub, and an event loop to run in."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from pydantic import ValidationError
from pydantic_settings import SettingsError

from shared import connectors
from shared.errors import Misconfigured
from shared.hub import Hub
from shared.mapping import ConnectorSettings
from shared.mappings import setting
from shared.runtime import open_hub
from shared.service import check_clock
from shared.settings import Settings

SOURCE = "fieldledger/cli"
"""The `source` of events that a person at the command line publishes."""

P = ParamSpec("P")
T = TypeVar("T")


def awaited(command: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """Lets an async function be a command."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        return asyncio.run(command(*args, **kwargs))

    return run


def load_settings() -> Settings:
    """The settings of this installation; `Misconfigured` names the variable that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        raise Misconfigured(f"A setting is wrong: {problems(error, prefix='FIELDLEDGER_')}.") from None
    except SettingsError as error:
        raise Misconfigured(f"A setting cannot be read: {error}.") from None


def problems(error: ValidationError, *, prefix: str = "") -> str:
    """What pydantic found, as words; the values themselves stay out, they may be secrets."""
    found = [(prefix + _name(item["loc"], prefix), item["msg"]) for item in error.errors()]
    return "; ".join(f"{name}: {message}" for name, message in found)


def _name(path: Iterable[int | str], prefix: str) -> str:
    parts = [str(part) for part in path]
    return "__".join(parts).upper() if prefix else ".".join(parts) or "body"


@asynccontextmanager
async def open_cli_hub() -> AsyncIterator[Hub]:
    """The hub of this installation for one command."""
    async with open_hub(load_settings(), client_id="fieldledger.cli") as hub:
        yield hub


@asynccontextmanager
async def open_writing_hub() -> AsyncIterator[Hub]:
    """The hub for a command that changes something; `Misconfigured` when this machine's clock is far off."""
    async with open_cli_hub() as hub:
        await check_clock(hub)
        yield hub


def chosen_connectors(names: list[str] | None) -> list[str]:
    """These connectors, or all; `Misconfigured` when there is none of that name."""
    return [connectors.get(name).name for name in names or connectors.names()]


def assignments(pairs: list[str] | None, model: type[ConnectorSettings]) -> dict[str, Any]:
    """`["journal=70", 'vat_codes={"21": "4"}']` as values: JSON where it is JSON, else text; a code is always text."""
    found: dict[str, Any] = {}
    for pair in pairs or []:
        name, equals, text = pair.partition("=")
        if not equals or not name:
            raise Misconfigured(f"{pair!r} is not NAME=VALUE.")
        value = _value(text)
        found[name] = text if isinstance(value, int) and setting(model, name).text else value
    return found


def _value(text: str) -> Any:
    try:
        return json.loads(text, parse_float=str)
    except ValueError:
        return text
