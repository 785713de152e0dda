"""The settings form, made from a connector's settings model: pure, and without a word about any one connector."""

from collections.abc import Iterator, Mapping

from services.console.settings.contents import a_field
from services.console.settings.draft import Draft
from services.console.settings.fields import Field, Form, ImportKind, Offered, Part, Shared
from services.console.settings.offers import SHOWN, Option
from shared.connector import Connector
from shared.hints import GROUPS, Group
from shared.words import plural


def form(draft: Draft) -> Form:
    """All of it."""
    fields = {name: a_field(draft, shape) for name, shape in draft.shapes.items() if shape.kind != "nothing"}
    parts = tuple(part for name in GROUPS if (part := _part(draft, name, fields)))
    waiting = dict.fromkeys(wait.waits_for for wait in draft.missing if wait.waits_for in fields)
    return Form(
        parts=parts,
        missing=tuple(fields[name] for name in waiting),
        problems=draft.remarks.general,
        lists=tuple(_lists(draft, fields)),
        shown=tuple(f"{name}:{draft.was[name]}" for name in fields),
    )


def _lists(draft: Draft, fields: Mapping[str, Field]) -> Iterator[Offered]:
    for name in dict.fromkeys(one.offer for one in fields.values() if one.offer):
        first = draft.offers[name].choices[:SHOWN]
        yield Offered(name=name, options=tuple(Option(value=one.code, title=one.title) for one in first))


def _part(draft: Draft, name: Group, fields: Mapping[str, Field]) -> Part | None:
    mine = {key: one for key, one in fields.items() if draft.shapes[key].hints.group == name}
    if name != "import":
        return Part(name=name, fields=tuple(mine.values())) if mine else None
    mine.pop("import_kinds", None)
    users = {key: tuple(_users(draft.connector, key)) for key in mine}
    return Part(
        name=name,
        kinds=tuple(_kind(draft, kind, mine, users) for kind in draft.connector.kinds),
        shared=tuple(_shared(mine, users)),
        fields=tuple(one for key, one in mine.items() if not users[key]),
    )


def _users(connector: Connector, setting: str) -> Iterator[str]:
    """The kinds that are filtered by a setting."""
    return (kind for kind in connector.kinds if setting in connector.import_of(kind).settings)


def _kind(draft: Draft, kind: str, filters: Mapping[str, Field], users: Mapping[str, tuple[str, ...]]) -> ImportKind:
    how = draft.connector.import_of(kind)
    return ImportKind(
        kind=kind,
        title=plural(kind).capitalize(),
        on=kind in draft.given["import_kinds"],
        manual_only=how.manual_only,
        tier=None if draft.connector.includes(draft.tier, how.tier) else how.tier,
        filters=tuple(one for name, one in filters.items() if users[name] == (kind,)),
    )


def _shared(filters: Mapping[str, Field], users: Mapping[str, tuple[str, ...]]) -> Iterator[Shared]:
    for kinds in dict.fromkeys(kinds for kinds in users.values() if len(kinds) > 1):
        mine = tuple(one for name, one in filters.items() if users[name] == kinds)
        yield Shared(kinds=tuple(plural(kind) for kind in kinds), filters=mine)
