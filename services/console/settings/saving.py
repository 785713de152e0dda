"""From what was typed to what is saved: read, validated, compared with what somebody else saved. Pure."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from pydantic import ValidationError

from services.console.settings.draft import Remarks
from services.console.settings.fields import Ask
from services.console.settings.offers import Offer, Option
from services.console.settings.problems import GENERAL, problems
from services.console.settings.shapes import Shape, shapes
from services.console.settings.written import Posted, Written, Wrong, posted, value_of
from services.console.texts import Texts
from shared import connectors
from shared.mappings import nearest
from shared.schemas.connections import Connection

SHOWN = "shown"
CONFIRMED = "confirmed"
LOOKED_AT = 100
"""So much of an unknown code is compared with those there are."""


@dataclass(frozen=True)
class Attempt:
    """What came with a form. `was` tells, by field it showed, what was saved then; `confirmed` what was said yes to."""

    given: Mapping[str, Written]
    was: Mapping[str, str]
    confirmed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Changes:
    """What would be saved; nothing of it while there are remarks."""

    values: Mapping[str, Any]
    remarks: Remarks


def attempt(form: Posted, known: Mapping[str, Shape]) -> Attempt:
    """A posted form. Only settings that the form showed are in it, so an older page leaves the newer ones alone."""
    pairs = (str(text).partition(":") for text in form.getlist(SHOWN))
    was = {name: digest for name, _, digest in pairs if name in known}
    confirmed = frozenset(str(one) for one in form.getlist(CONFIRMED))
    return Attempt({name: posted(known[name], form) for name in was}, was, confirmed)


def digest(value: Any) -> str:
    """A short name of a stored value."""
    return sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]


def stored(connection: Connection) -> dict[str, Any]:
    """The settings as they are saved; those that came with a newer version of the program have their default."""
    return {**defaults(connection), **connection.settings}


def defaults(connection: Connection) -> dict[str, Any]:
    """The settings of a connection that nobody has set."""
    return connectors.get(connection.connector).settings().model_dump(mode="json")


def changes(connection: Connection, tried: Attempt, offers: Mapping[str, Offer], texts: Texts) -> Changes:
    """What the user changed, or what is to be said about it."""
    model = connectors.get(connection.connector).settings
    known, before = shapes(model), stored(connection)
    values, errors = _values(connection, known, tried, texts)
    try:
        newer = model.model_validate({**before, **values}).model_dump(mode="json")
    except ValidationError as error:
        errors = {**problems(error, known, texts), **errors}
    if errors:
        general = errors.pop(GENERAL, None)
        return Changes({}, Remarks(errors=errors, general=(general,) if general else ()))
    touched = {name: newer[name] for name, was in tried.was.items() if digest(newer[name]) != was}
    differ = {name: value for name, value in touched.items() if value != before[name]}
    meanwhile = frozenset(name for name in differ if digest(before[name]) != tried.was[name])
    asks = dict(_asks(connection, known, differ, offers, texts))
    open_asks = {name: ask for name, ask in asks.items() if ask.answer not in tried.confirmed}
    return Changes(differ, Remarks(asks=open_asks, meanwhile=meanwhile))


def _values(
    connection: Connection, known: Mapping[str, Shape], tried: Attempt, texts: Texts
) -> tuple[dict[str, Any], dict[str, str]]:
    before, kept = stored(connection), _out_of_reach(connection)
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name, given in tried.given.items():
        stay = kept & set(before[name]) if name == "import_kinds" else ()
        try:
            values[name] = value_of(known[name], given, texts, before=before[name], kept=stay)
        except Wrong as error:
            errors[name] = str(error)
    return values, errors


def _out_of_reach(connection: Connection) -> set[str]:
    """The kinds that the licence does not have: their switches cannot be moved, and stay as they were."""
    connector = connectors.get(connection.connector)
    return {one for one in connector.kinds if not connector.includes(connection.tier, connector.import_of(one).tier)}


def _asks(
    connection: Connection,
    known: Mapping[str, Shape],
    differ: Mapping[str, Any],
    offers: Mapping[str, Offer],
    texts: Texts,
) -> Iterator[tuple[str, Ask]]:
    """What cannot be undone, and codes that the package does not list, are saved only by the user's own word."""
    before = stored(connection)
    for name, value in differ.items():
        shape = known[name]
        chosen = "true" if value is True else str(value)
        if why := shape.hints.final.get(chosen):
            yield name, Ask(answer=f"{name}={chosen}", why=texts.said(why))
        elif strange := _strange(shape, before[name], value, offers.get(shape.hints.choices or "")):
            yield name, _unknown(connection, name, strange, offers[shape.hints.choices or ""], texts)


def _strange(shape: Shape, before: Any, value: Any, offer: Offer | None) -> list[str]:
    """The codes that are new here and that the package does not list."""
    if offer is None or not offer.whole or shape.hints.suggests:
        return []
    new = {str(code) for code in _codes(value, before) if code}
    return sorted(new - {one.code for one in offer.choices})


def _codes(value: Any, before: Any) -> list[Any]:
    if isinstance(value, dict):
        return [code for key, code in value.items() if (before or {}).get(key) != code]
    return [one for one in value if one not in (before or ())] if isinstance(value, list) else [value]


def _unknown(connection: Connection, name: str, codes: list[str], offer: Offer, texts: Texts) -> Ask:
    package = connectors.get(connection.connector).title
    near = [Option(value=one.code, title=one.title) for one in nearest(codes[0][:LOOKED_AT], offer.choices)]
    why = texts("{package} does not list {codes}.", package=package, codes=", ".join(codes))
    return Ask(answer=f"{name}={'|'.join(codes)}", why=why, offered=tuple(near))
