"""Mappings one by one, for the platform that embeds them: what is mapped, what waits, and choosing codes."""

from collections.abc import Mapping, Sequence

from pydantic import Field

from services.console.settings.views import Wait, waits
from shared import connectors
from shared.hub import Hub
from shared.mappings import Mapped, Setting, change_mapping, mapped, mappings
from shared.schemas.base import Frozen
from shared.schemas.connections import Connection


class Code(Frozen):
    """One row. `title` None: the package does not list the code, or was never asked."""

    key: str
    code: str
    title: str | None


class MappingView(Frozen):
    """One mapping. `choices` names the list that its codes come from."""

    name: str
    title: str
    choices: str | None
    rows: tuple[Code, ...]


class MappingsView(Frozen):
    """All of a connection, and what documents wait for."""

    mappings: tuple[MappingView, ...]
    waiting: tuple[Wait, ...]


class Pairs(Frozen):
    """Codes by key; an empty code removes its key, keys that are not named stay. `unchecked`: also unknown codes."""

    pairs: Mapping[str, str] = Field(max_length=5000)
    unchecked: bool = False


class ChangedView(Frozen):
    """A mapping as it is now, how many documents go on, and whether its codes could be looked up."""

    mapping: Mapping[str, str]
    documents_go_on: int
    checked: bool


async def all_mappings(hub: Hub, connection: Connection) -> MappingsView:
    """What is mapped now, with titles from the reference data."""
    rows = await mapped(hub, connection)
    known = mappings(connectors.get(connection.connector).settings)
    return MappingsView(mappings=tuple(_view(one, rows) for one in known), waiting=await waits(hub, connection))


def _view(one: Setting, rows: Sequence[Mapped]) -> MappingView:
    mine = tuple(Code(key=row.key, code=row.code, title=row.code_title) for row in rows if row.setting == one)
    return MappingView(name=one.name, title=one.title, choices=one.choices, rows=mine)


async def change(hub: Hub, connection: Connection, name: str, wanted: Pairs) -> ChangedView:
    """Save codes, and wake what waited for these keys. `UnknownCode` names the nearest ones there are."""
    done = await change_mapping(hub, connection, name, wanted.pairs, unchecked=wanted.unchecked)
    return ChangedView(mapping=dict(done.mapping), documents_go_on=done.go_on, checked=done.checked)
