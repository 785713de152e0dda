"""Documents of the store port as MongoDB keeps them, and back. Pure, and without the driver.

A document is stored as it is, `id` as `_id`. Field names that MongoDB reads as something else (`a.b`, `$set`) are
written with `~` and the character's number, so a `~` name is never a user's: `~write` names the last write, `~expires`
says when the TTL index may remove it. What BSON has no word for (numbers beyond 64 bits, half characters) is stored as
bytes: its JSON.
"""

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from shared.clock import from_stamp
from shared.store import Document, Is, StoreNow
from shared.store.collections import COLLECTIONS
from shared.store.documents import key_of, moment, not_storable

Raw = dict[str, Any]
"""A document, a filter or an update as MongoDB knows it."""

WRITE = "~write"
EXPIRES = "~expires"
INT64 = range(-(2**63), 2**63)
_ODD_IN_A_NAME = re.compile("^_(?=id$)|[~.$\0\ud800-\udfff]")
_HALF_A_CHARACTER = re.compile("[\ud800-\udfff]")
_ESCAPE = re.compile("~([0-9a-f]{4})")
_EXPIRY = {collection.name: collection.expiry for collection in COLLECTIONS if collection.expiry}


def stored(value: Any, now: datetime) -> Any:
    """Turn into what BSON can hold, every `StoreNow` replaced. `ValueError` or `TypeError` as `not_storable`."""
    if value is None or isinstance(value, bool):
        return value
    for kind, store in _STORED.items():
        if isinstance(value, kind):
            return store(value, now)
    raise not_storable(value)


def _text(value: str, _now: datetime) -> str | bytes:
    # An enum is a text too, with a `str()` of its own.
    text = str.__str__(value)
    return _as_json(text) if _HALF_A_CHARACTER.search(text) else text


def _whole(value: int, _now: datetime) -> int | bytes:
    return value if value in INT64 else _as_json(value)


def _ratio(value: float, _now: datetime) -> float:
    if not math.isfinite(value):
        raise ValueError("a number that is not finite cannot be stored: JSON has no word for it")
    return value


def _object(value: Mapping[Any, Any], now: datetime) -> Raw:
    return {field_name(name): stored(member, now) for name, member in value.items()}


def _list(value: Sequence[Any], now: datetime) -> list[Any]:
    return [stored(member, now) for member in value]


_STORED: dict[type | tuple[type, ...], Callable[[Any, datetime], Any]] = {
    str: _text,
    int: _whole,
    float: _ratio,
    dict: _object,
    (list, tuple): _list,
    StoreNow: moment,
}


def _as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


def field_name(name: object) -> str:
    """Write a field name so that MongoDB takes it for nothing else; `TypeError` when it is no text."""
    if not isinstance(name, str):
        raise not_storable(name)
    return _ODD_IN_A_NAME.sub(lambda odd: f"~{ord(odd[0]):04x}", name)


def _read_name(name: str) -> str:
    return _ESCAPE.sub(lambda odd: chr(int(odd[1], 16)), name)


def loaded(value: Any) -> Any:
    """Turn back what `stored` made."""
    if isinstance(value, dict):
        return {_read_name(name): loaded(member) for name, member in value.items()}
    if isinstance(value, list):
        return [loaded(member) for member in value]
    if isinstance(value, bytes):
        return json.loads(value)
    # The driver has a class of its own for 64 bits.
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else value


def row(collection: str, document: Document, now: datetime, write: str) -> Raw:
    """Make the stored form of a whole document; `TypeError` when it has no text `id`."""
    fields = {name: value for name, value in document.items() if name != "id"}
    raw = {"_id": key_of(document), **_object(fields, now), WRITE: write}
    expires = _expires(collection, raw)
    return raw if expires is None else {**raw, EXPIRES: expires}


def _expires(collection: str, raw: Raw) -> datetime | None:
    expiry = _EXPIRY.get(collection)
    if expiry is None:
        return None
    try:
        return from_stamp(raw.get(expiry.field, "")) + expiry.after
    except (TypeError, ValueError):
        return None


def document(raw: Raw) -> Document:
    """Read a stored document."""
    fields = {name: value for name, value in raw.items() if name not in ("_id", WRITE, EXPIRES)}
    return {"id": raw["_id"], **loaded(fields)}


def asks_now(*values: Any) -> bool:
    """Whether a `StoreNow` stands anywhere in them."""
    return any(_asks_now(value) for value in values)


def _asks_now(value: Any) -> bool:
    if isinstance(value, dict):
        return asks_now(*value.values())
    if isinstance(value, list | tuple | set | frozenset):
        return asks_now(*value)
    return isinstance(value, StoreNow) or (isinstance(value, Is) and _asks_now(value.value))
