"""Conditions, orders, changes and indexes of the store port in MongoDB's words. Pure, and without the driver.

Lists are stored as lists, and MongoDB looks into them where the port does not: so each condition says that it does not
mean the members of a list.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any

from shared.store import Is, StoreNow, Where
from shared.store.collections import COLLECTIONS, Collection, Index
from shared.store.documents import changeable, changed, moment, names, not_comparable
from shared.store.mongo_documents import EXPIRES, INT64, WRITE, Raw, document, field_name, row, stored

Keys = list[tuple[str, int]]
"""Fields and directions, of an order or an index."""

_OPERATORS = {"=": "$eq", "!=": "$ne", "<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte"}
_UNIQUE = {
    collection.name: [index.fields[0] for index in collection.indexes if index.unique] for collection in COLLECTIONS
}


# changes


@dataclass(frozen=True)
class Change:
    """One `Store.update`, and what is known at its time. `write` is its name, by which it is found again."""

    collection: str
    id: str
    where: Where
    set: Mapping[str, Any]
    inc: Mapping[str, int]
    now: datetime
    write: str

    def condition(self) -> Raw:
        """Write the filter for the document, if `where` holds for it."""
        return {"_id": self.id, **matches(self.where, self.now)}

    def sayable(self) -> Raw:
        """Write the filter for the document if MongoDB's `$inc` does as the port: it would add to 1.5 as well."""
        whole = [{_field(path): {"$not": {"$type": "double"}}} for path in self.inc]
        return {"_id": self.id, **matches(self.where, self.now, *whole)}

    def update(self) -> Raw | None:
        """Write the update; None when MongoDB cannot count so far. `ValueError` or `TypeError` for what is no JSON."""
        values = {_changeable(path): stored(value, self.now) for path, value in self.set.items()}
        amounts = {_changeable(path): amount for path, amount in self.inc.items()}
        if any(amount not in INT64 for amount in amounts.values()):
            return None
        update = {"$set": {**values, WRITE: self.write}}
        return {**update, "$inc": amounts} if amounts else update

    def applied(self, raw: Raw) -> Raw:
        """Make the document that this changes the stored one into; `ValueError` or `TypeError` where it cannot."""
        return row(self.collection, changed(document(raw), self.set, self.inc), self.now, self.write)


def _changeable(path: str) -> str:
    return ".".join(field_name(name) for name in changeable(path))


# conditions


def matches(where: Where, now: datetime, *more: Raw) -> Raw:
    """Join all conditions of a `where`, and more; `StoreNow` means `now`."""
    conditions = [*more, *(_condition(path, wanted, now) for path, wanted in where.items())]
    return {"$and": conditions} if conditions else {}


def ordering(sort: Sequence[str]) -> Keys:
    """Write the order of a find: field paths, `-` descends, ties by id."""
    terms = [(_field(path[1:]), -1) if path.startswith("-") else (_field(path), 1) for path in sort]
    return terms if "_id" in dict(terms) else [*terms, ("_id", 1)]


def indexes(collection: Collection) -> Iterator[tuple[Keys, Raw]]:
    """List the keys and options of all indexes of a collection."""
    yield from map(_index, collection.indexes)
    if collection.expiry:
        yield [(EXPIRES, 1)], {"name": "expires", "expireAfterSeconds": 0}


def _index(wanted: Index) -> tuple[Keys, Raw]:
    keys: Keys = [(_field(path), 1) for path in wanted.fields]
    name = " ".join(wanted.fields)
    if not wanted.unique:
        return keys, {"name": name}
    # All that is unique is text. Said as a comparison and not as a type, because then MongoDB sees that a query for a
    # text finds all it looks for in this index.
    return keys, {"name": f"unique {name}", "unique": True, "partialFilterExpression": {keys[0][0]: {"$gte": ""}}}


def _field(path: str) -> str:
    return "_id" if path == "id" else ".".join(field_name(name) for name in names(path))


def _condition(path: str, wanted: Any, now: datetime) -> Raw:
    op, value = (wanted.op, wanted.value) if isinstance(wanted, Is) else ("=", wanted)
    if op == "in":
        return _compared(path, {"$in": [_comparable(member, now) for member in value]})
    if value is None:
        return _null(path, op)
    comparison = {_OPERATORS[op]: _comparable(value, now)}
    return _compared(path, comparison) if op != "!=" else _unlike(path, comparison)


def _compared(path: str, comparison: Raw) -> Raw:
    return {_field(path): comparison, "$nor": _lists(path)}


def _unlike(path: str, comparison: Raw) -> Raw:
    return {"$or": [{_field(path): comparison}, *_lists(path)]}


def _null(path: str, op: str) -> Raw:
    """A list is not null, whatever is in it; and nothing is found by name inside a list, so that is null."""
    *above, itself = _lists(path)
    if op == "=":
        null = {_field(path): None, "$nor": [itself]}
        return {"$or": [null, *above]} if above else null
    if op == "!=":
        not_null = {"$or": [{_field(path): {"$ne": None}}, itself]}
        return {**not_null, "$nor": above} if above else not_null
    raise ValueError(f"{path} {op} null: only equal and not equal can be asked of null")


def _lists(path: str) -> list[Raw]:
    """One condition for each part of a path: there is a list. MongoDB would look into it."""
    return [{part: {"$type": "array"}} for part in accumulate(_field(path).split("."), "{}.{}".format)]


def _comparable(value: Any, now: datetime) -> Any:
    if isinstance(value, StoreNow):
        return moment(value, now)
    if not isinstance(value, bool | int | float | str):
        raise not_comparable(value)
    found = stored(value, now)
    if isinstance(found, bytes):
        reason = "numbers beyond 64 bits and half characters are stored but not compared"
        raise ValueError(reason)  # noqa: TRY004  # the type is right
    return found


def rivals(collection: str, rows: Iterable[Raw]) -> Iterable[Raw]:
    """Filters for other documents that hold a unique value of these; `ValueError` when two of these share one."""
    for field in _UNIQUE.get(collection, ()):
        holders = {raw["_id"]: raw[field] for raw in rows if raw.get(field) is not None}
        if len(set(holders.values())) < len(holders):
            raise value_taken(collection)
        if holders:
            yield {field: {"$in": list(holders.values())}, "_id": {"$nin": list(holders)}}


def value_taken(collection: str) -> ValueError:
    """The error for a whole document whose unique value another one holds."""
    return ValueError(f"a value under a unique index of {collection} is taken")
