"""Mappings: which code of the package stands for what of the platform, what has none yet, and what waits for one."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, get_origin

from shared import connectors
from shared.chosen import validated
from shared.errors import Misconfigured
from shared.hub import Hub
from shared.ledger.entry import Entry
from shared.mapping import Choice, ConnectorSettings
from shared.reference import Reference, Table
from shared.schemas.connections import Connection

MOST_WAITING = 100_000
NEAREST = 5
"""How many choices are named beside a code that is none."""


@dataclass(frozen=True)
class Setting:
    """One setting as the user sees it. `choices` names the table of reference data its codes come from, if any.

    `maps`: it is a mapping, key by key. `switch`: it is on or off. `text`: it holds one text.
    """

    name: str
    title: str
    choices: str | None = None
    maps: bool = False
    switch: bool = False
    text: bool = False


@dataclass(frozen=True)
class Mapped:
    """One key of a mapping, its code, and the code's title (None: the package has no such code, or was never asked)."""

    setting: Setting
    key: str
    code: str
    code_title: str | None


@dataclass(frozen=True)
class Waiting:
    """What some documents wait for: a setting (`key` of it, where it is a mapping), or `invoice:<id>`.

    `count` is how many wait, `example` the number of the one that waits longest.
    """

    waits_for: str
    key: str | None
    count: int
    example: str


@dataclass(frozen=True)
class Changed:
    """A saved mapping: as it is now, how many documents go on, what still waits, and whether codes were looked up."""

    mapping: Mapping[str, str]
    go_on: int
    still_missing: Sequence[Waiting]
    checked: bool


class UnknownCode(Misconfigured):
    """The package offers no such code; the text names the nearest ones."""


def setting(model: type[ConnectorSettings], name: str) -> Setting:
    """A setting by name; one that the model does not have is called by its name."""
    field = model.model_fields.get(name)
    if field is None:
        return Setting(name, name)
    extra = field.json_schema_extra
    choices = extra.get("choices") if isinstance(extra, dict) else None
    return Setting(
        name,
        field.title or name,
        choices=str(choices) if choices else None,
        maps=get_origin(field.annotation) is dict,
        switch=field.annotation is bool,
        text=field.annotation in (str, str | None),
    )


def mappings(model: type[ConnectorSettings]) -> list[Setting]:
    """The settings that are mappings, in the order of the form."""
    return [found for name in model.model_fields if (found := setting(model, name)).maps]


async def mapped(hub: Hub, connection: Connection) -> Sequence[Mapped]:
    """What is mapped now, with titles from the reference data."""
    wanted = mappings(connectors.get(connection.connector).settings)
    tables = await Reference(hub.store).load_all(connection.scope, {one.choices for one in wanted if one.choices})
    return [row for one in wanted for row in _rows(one, connection, tables.get(one.choices or ""))]


def _rows(one: Setting, connection: Connection, table: Table | None) -> Iterator[Mapped]:
    titles = {row.code: row.title for row in table.rows} if table else {}
    for key, code in connection.settings.get(one.name, {}).items():
        yield Mapped(one, key, str(code), titles.get(str(code)))


async def waiting(hub: Hub, connection: str) -> Sequence[Waiting]:
    """What documents of a connection wait for, the longest wait first."""
    found = await hub.entries.list({"connection": connection, "state": "waiting"}, limit=MOST_WAITING)
    groups: defaultdict[tuple[str, str | None], list[Entry]] = defaultdict(list)
    for entry in reversed(found):
        if entry.waits_for:
            groups[entry.waits_for, entry.waits_key].append(entry)
    return [Waiting(name, key, len(same), same[0].number) for (name, key), same in groups.items()]


async def change_mapping(
    hub: Hub, connection: Connection, name: str, pairs: Mapping[str, str], *, unchecked: bool = False
) -> Changed:
    """Merge pairs of key and code into a mapping (an empty code removes its key), and wake what waited for them.

    Raises `UnknownCode` unless `unchecked` or the table was never read, and `Misconfigured` for anything else.
    """
    model = connectors.get(connection.connector).settings
    one = _mapping(model, name)
    table = await Reference(hub.store).load(connection.scope, one.choices) if one.choices else None
    checked = table is not None and not (table.problem and not table.rows)
    if table is not None and checked and not unchecked:
        _check(connection, one, table, [code for code in pairs.values() if code])
    newer = _merged(model, connection, name, pairs)
    before = await waiting(hub, connection.id)
    saved = (await hub.connections.change_settings(connection.id, {name: newer})).settings[name]
    # Also for a code that was chosen before: what was wrong with it may be mended in the package by now.
    chosen = _stored(model, connection, name, {key: code for key, code in pairs.items() if code})
    await hub.connections.try_again(connection.id, {name: chosen.keys()})
    mine = [wait for wait in before if wait.waits_for == name]
    missing = [wait for wait in mine if wait.key is not None and wait.key not in chosen]
    go_on = sum(wait.count for wait in mine) - sum(wait.count for wait in missing)
    return Changed(saved, go_on, missing, checked)


def _mapping(model: type[ConnectorSettings], name: str) -> Setting:
    one = setting(model, name)
    if not one.maps:
        known = ", ".join(each.name for each in mappings(model))
        raise Misconfigured(f"There is no mapping {name!r}. Choose one of: {known}.")
    return one


def _check(connection: Connection, one: Setting, table: Table, codes: Sequence[str]) -> None:
    known = {row.code for row in table.rows}
    for code in codes:
        if code not in known:
            offered = ", ".join(f"{choice.code} ({choice.title})" for choice in nearest(code, table.choices))
            title = connectors.get(connection.connector).title
            raise UnknownCode(f"{title} has no code {code!r} for {one.title}. The nearest: {offered or 'it has none'}.")


def nearest(text: str, choices: Sequence[Choice]) -> Sequence[Choice]:
    """The choices whose code or title is most like `text`; the package's own order where they are alike."""
    return sorted(choices, key=lambda choice: -max(_likeness(text, choice.code), _likeness(text, choice.title)))[
        :NEAREST
    ]


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one.casefold(), other.casefold()).ratio()


def _merged(
    model: type[ConnectorSettings], connection: Connection, name: str, pairs: Mapping[str, str]
) -> Mapping[str, Any]:
    """Keys in the form they are stored in: `21` for "21.00"."""
    current: Mapping[str, Any] = connection.settings.get(name, {})
    added = _stored(model, connection, name, {key: code for key, code in pairs.items() if code})
    # A key is only judged together with a code, and that of a key to be removed does not matter.
    removed = {key for key, code in pairs.items() if not code}
    gone = _stored(model, connection, name, {key: next(iter(current.values())) for key in removed} if current else {})
    if unknown := [key for key in (gone or removed) if key not in current]:
        raise Misconfigured(f"There is no code for {', '.join(unknown)} in {name}, so there is nothing to remove.")
    return {key: code for key, code in {**current, **added}.items() if key not in gone}


def _stored(
    model: type[ConnectorSettings], connection: Connection, name: str, pairs: Mapping[str, Any]
) -> Mapping[str, Any]:
    found: Mapping[str, Any] = validated(model, {**connection.settings, name: pairs})[name]
    return found
