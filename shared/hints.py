"""What a settings form needs to know of a setting besides its type: said where a connector declares the setting."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

Group = Literal["import", "documents", "sending", "customers", "vat", "hours", "lines", "delivery"]
"""The parts of the form, in its order."""

GROUPS: tuple[Group, ...] = get_args(Group)

Unit = Literal["money", "percentage", "days", "hours", "minutes"]
"""What a number counts."""


@dataclass(frozen=True)
class Hints:
    """What a form shows beside a setting, and asks before it is saved.

    `choices` names the table of reference data (or the imported kind) that codes come from; with `suggests` any other
    text will do as well. `titles` say what fixed values (or fixed keys) mean, `""` that nothing is chosen. `final` says
    what cannot be undone about one of them (or about `"true"`, of a switch), so that a form asks first. `confirms`: its
    only value is the user's word for something. `unit` is that of the value, or of the amounts in a mapping; `key` says
    what the keys of a mapping are, `key_unit` their unit. `long`: a text of several lines.
    """

    group: Group = "lines"
    choices: str | None = None
    suggests: bool = False
    titles: Mapping[str, str] = field(default_factory=dict)
    final: Mapping[str, str] = field(default_factory=dict)
    confirms: bool = False
    unit: Unit | None = None
    key: str | None = None
    key_unit: Unit | None = None
    long: bool = False


def hints(group: Group = "lines", **more: Any) -> dict[str, Any]:
    """The `json_schema_extra` of a field, so that the JSON schema of the settings has all of it too."""
    Hints(group, **more)  # a name that does not exist fails where it is written
    return {"group": group, **more}


def hints_of(info: FieldInfo) -> Hints:
    """What was said of a field."""
    extra = info.json_schema_extra
    return Hints(**extra) if isinstance(extra, dict) else Hints()  # type: ignore[arg-type]  # made by `hints`


def spoken(model: type[BaseModel]) -> Iterator[str]:
    """Every text of a settings model that a form shows, for the catalogs: titles, descriptions and what hints say."""
    for info in model.model_fields.values():
        said = hints_of(info)
        texts = (info.title, info.description, said.key, *said.titles.values(), *said.final.values())
        yield from filter(None, texts)
