"""POST, PUT and DELETE: reads the body, checks it as Exact does, keeps the result (Exact fact sheet, section 3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from shared.sandbox.oauth import User

from . import rules
from .columns import Row
from .kinds import Resource
from .refusals import Refusal, bad_body, bad_reference, duplicate, missing
from .resources import RESOURCES
from .store import Division


def create(division: Division, resource: Resource, body: Any, user: User) -> Row:
    """Keep a new record with its lines; the stored row. A `Refusal` leaves everything as it was."""
    values, lines = _parsed(resource, body)
    given = {name: value for name, value in values.items() if value is not None}
    row = _defaults(resource) | given | _signature(division, user) | {resource.key: division.new_id()}
    if resource.parent:
        return _add_line(division, resource, row)
    _check(division, resource, row, values)
    _complete(division, resource, row)
    _check_unique(division, resource, row)
    if resource.lines:
        rules.keep(division, resource.path, row, _create_lines(division, resource, row, lines))
        return division.note(resource.path, row[resource.key])
    return division.add(resource.path, row)


def checked(division: Division, resource: Resource, body: Any) -> Row:
    """What the body of an action says: its mandatory fields are there, its references exist."""
    values, _ = _parsed(resource, body)
    _check(division, resource, values, values)
    return values


def _parsed(resource: Resource, body: Any) -> tuple[Row, list[Row]]:
    values = read_body(resource, body, creating=True)
    lines = _read_lines(resource, values)
    _check_mandatory(resource, values, lines)
    return values, lines


def update(division: Division, resource: Resource, key: Any, body: Any, user: User) -> Row:
    """Change the given properties of a record; the stored row."""
    old = find(division, resource, key)
    path, header = _header_of(division, resource, old)
    rules.check_open(path, header)
    values = read_body(resource, body, creating=False)
    row = old | values | {"Modifier": user.id, "ModifierFullName": user.name}
    _check(division, resource, row, values)
    if resource.parent:
        rules.check_unpaid(division, path, header)
        if {"UnitPrice", "Discount"} & values.keys() and "NetPrice" not in values:
            row["NetPrice"] = None
        return _keep_line(division, resource, row)
    _check_unique(division, resource, values)
    _keep_header(division, resource, row, values)
    return division.tables[resource.path].rows[key]


def _keep_header(division: Division, resource: Resource, row: Row, values: Row) -> None:
    revalued = rules.REVALUED & values.keys()
    if revalued:
        rules.check_unpaid(division, resource.path, row)
    if "Currency" in values and "Rate" not in values:
        row.pop("Rate", None)
    _complete(division, resource, row)
    if resource.lines is None:
        division.save(resource.path, row)
        return
    lines = [dict(line) for line in division.tables[resource.lines].lines_of(row[resource.key])]
    for line in lines if revalued else ():
        rules.LINE[resource.lines](division, line, row)
        division.save(resource.lines, line)
    rules.keep(division, resource.path, row, lines)


def delete(division: Division, resource: Resource, key: Any, user: User) -> None:
    """Delete a record with its lines, unless it is processed or in use."""
    row = find(division, resource, key)
    path, header = _header_of(division, resource, row)
    rules.check_open(path, header)
    rules.check_unpaid(division, path, header)
    rules.check_unused(division, resource.path, key)
    rules.release(division, resource.path, key, user.id)
    _drop(division, resource, key, user)
    if resource.parent:
        _retotal(division, resource, header)


def find(division: Division, resource: Resource, key: Any) -> Row:
    """The stored row; 404 when there is none."""
    row = division.tables[resource.path].rows.get(key)
    if row is None:
        raise Refusal(404)
    return row


def read_body(resource: Resource, body: Any, *, creating: bool) -> Row:
    """The stored form of what the body may set. Unknown properties are refused, read-only ones ignored."""
    if not isinstance(body, Mapping):
        raise bad_body("The request should be a valid top-level resource object.")
    values: Row = {}
    for name, value in body.items():
        column = resource.columns.get(name)
        if column is None:
            kind = f"Exact.Web.Api.Models.{resource.model}"
            raise bad_body(f"The property name '{name}' specified for type '{kind}' is not valid.")
        if not column.read_only and (creating or not column.fixed):
            values[name] = column.read(value)
    return values


def _read_lines(resource: Resource, values: Row) -> list[Row]:
    if resource.collection is None:
        return []
    lines = values.pop(resource.collection, None) or []
    if not isinstance(lines, list):
        raise bad_body("The request should be a valid top-level resource object.")
    return [read_body(RESOURCES[resource.lines or ""], line, creating=True) for line in lines]


def _check_mandatory(resource: Resource, values: Row, lines: list[Row]) -> None:
    empty = [*_empty(resource, values)]
    if resource.collection and not lines:
        empty.append(resource.columns[resource.collection].label)
    if resource.parent and not values.get(resource.parent):
        empty.append(resource.columns[resource.parent].label)
    for line in lines:
        empty += _empty(RESOURCES[resource.lines or ""], line)
    if empty:
        raise missing(empty)


def _empty(resource: Resource, values: Row) -> Iterable[str]:
    wanted = (c for c in resource.columns.values() if c.required and c.type != "Col")
    return (column.label for column in wanted if values.get(column.name) in {None, ""})


def _defaults(resource: Resource) -> Row:
    return {column.name: column.default for column in resource.columns.values() if column.default is not None}


def _signature(division: Division, user: User) -> Row:
    now = division.local_now()
    return {
        "Created": now, "Creator": user.id, "CreatorFullName": user.name, "Modifier": user.id,
        "ModifierFullName": user.name, "Division": division.code,
    }  # fmt: skip


def _check(division: Division, resource: Resource, row: Row, values: Row) -> None:
    for name in values:
        column = resource.columns[name]
        if column.refers and row[name] is not None and row[name] not in division.tables[column.refers].rows:
            raise bad_reference(column.label)
        if column.required and row[name] in {None, ""}:
            raise missing([column.label])


def _complete(division: Division, resource: Resource, row: Row) -> None:
    if complete := rules.COMPLETE_ROW.get(resource.path):
        complete(division, row)


def _check_unique(division: Division, resource: Resource, values: Row) -> None:
    # Also a PUT that repeats the row's own code is refused (section 3).
    table = division.tables[resource.path]
    for name in resource.unique:
        if name in values and table.taken(name, values[name]):
            raise duplicate()


def _create_lines(division: Division, resource: Resource, header: Row, lines: list[Row]) -> list[Row]:
    """The lines of a new header, saved. All are checked before the first is kept."""
    kind, key = RESOURCES[resource.lines or ""], resource.key
    signature = {name: header[name] for name in ("Created", "Creator", "Modifier", "Division")}
    rows = []
    for number, values in enumerate(lines, 1):
        own = {"ID": division.new_id(), key: header[key], "LineNumber": number}
        row = _defaults(kind) | values | signature | own
        _check(division, kind, row, values)
        rules.LINE[kind.path](division, row, header)
        rows.append(row | {"OrderNumber": header.get("OrderNumber")})
    for row in rows:
        division.save(kind.path, row)
    return rows


def _header_of(division: Division, resource: Resource, row: Row) -> tuple[str, Row]:
    """Path and row of the document a row belongs to: itself, or the header of a line."""
    if not resource.parent:
        return resource.path, row
    path = resource.columns[resource.parent].refers
    return path, division.tables[path].rows[row[resource.parent]]


def _add_line(division: Division, resource: Resource, row: Row) -> Row:
    _check(division, resource, row, {name: row[name] for name in resource.columns if name in row})
    path, header = _header_of(division, resource, row)
    rules.check_open(path, header)
    rules.check_unpaid(division, path, header)
    siblings = division.tables[resource.path].lines_of(header[resource.parent])
    row["LineNumber"] = max((line["LineNumber"] for line in siblings), default=0) + 1
    row["OrderNumber"] = header.get("OrderNumber")
    return _keep_line(division, resource, row)


def _keep_line(division: Division, resource: Resource, row: Row) -> Row:
    _, header = _header_of(division, resource, row)
    rules.LINE[resource.path](division, row, header)
    division.save(resource.path, row)
    _retotal(division, resource, header)
    return division.tables[resource.path].rows[row[resource.key]]


def _retotal(division: Division, resource: Resource, header: Row) -> None:
    path = resource.columns[resource.parent].refers
    rules.keep(division, path, dict(header), division.tables[resource.path].lines_of(header[resource.parent]))


def _drop(division: Division, resource: Resource, key: str, user: User) -> None:
    if resource.lines:
        lines = RESOURCES[resource.lines]
        for line in division.tables[lines.path].lines_of(key):
            division.drop(lines.path, line["ID"], entity_type=lines.entity_type, by=user.id)
    division.drop(resource.path, key, entity_type=resource.entity_type, by=user.id)
