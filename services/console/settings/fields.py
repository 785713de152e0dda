"""The settings form as data: what a page shows, and the API too. Parts of fields, fields with what is in them."""

from typing import Literal

from services.console.settings.offers import Option
from shared.hints import Group, Unit
from shared.schemas.base import Frozen

Widget = Literal["switch", "word", "select", "search", "text", "area", "number", "date", "checks", "lines", "table"]


class Row(Frozen):
    """A row of a mapping. `waits`: so many documents wait for its code (`more`: at least), `example` first of them."""

    key: str
    code: str = ""
    key_title: str | None = None
    code_title: str | None = None
    waits: int = 0
    more: bool = False
    example: str | None = None
    suggestions: tuple[Option, ...] = ()
    options: tuple[Option, ...] = ()


class Ask(Frozen):
    """What the user has to say yes to before this is saved. `answer` is what the form sends back then."""

    answer: str
    why: str
    offered: tuple[Option, ...] = ()


class Field(Frozen):
    """One setting on the form. For a mapping `widget` is `table`, and `cell` is what its codes are chosen with.

    `offer` names the list that is searched; `not_read`: the package was not asked for it yet, `problem`: it could not
    be read. `word` is what the user's word for something is. `meanwhile`: somebody else saved another value since the
    form was shown.
    """

    name: str
    title: str
    description: str
    widget: Widget
    cell: Widget = "text"
    value: str = ""
    word: str | None = None
    value_title: str | None = None
    values: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    options: tuple[Option, ...] = ()
    offer: str | None = None
    not_read: bool = False
    problem: str | None = None
    fixed_keys: bool = False
    key: str | None = None
    key_unit: Unit | None = None
    unit: Unit | None = None
    longest: int | None = None
    error: str | None = None
    ask: Ask | None = None
    meanwhile: bool = False
    waits: int = 0
    more: bool = False
    example: str | None = None


class ImportKind(Frozen):
    """A kind that can be read. `tier`: the licence it would need; None when it has it."""

    kind: str
    title: str
    on: bool
    manual_only: bool = False
    tier: str | None = None
    filters: tuple[Field, ...] = ()


class Shared(Frozen):
    """Filters that several kinds have in common."""

    kinds: tuple[str, ...]
    filters: tuple[Field, ...]


class Part(Frozen):
    """One part of the form."""

    name: Group
    kinds: tuple[ImportKind, ...] = ()
    shared: tuple[Shared, ...] = ()
    fields: tuple[Field, ...] = ()


class Offered(Frozen):
    """The first of a list that is searched."""

    name: str
    options: tuple[Option, ...]


class Form(Frozen):
    """The whole form.

    `missing`: what documents wait for. `shown`: each setting on it, and a name of its value. `lists`: those searched.
    """

    parts: tuple[Part, ...]
    missing: tuple[Field, ...] = ()
    problems: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    lists: tuple[Offered, ...] = ()
