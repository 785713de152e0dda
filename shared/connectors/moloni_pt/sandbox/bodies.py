"""Both forms in which a body may come: JSON, and a form with nested names (Moloni PT fact sheet, section 2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl

from shared.sandbox.payload import decode

Row = dict[str, Any]


def parse(body: bytes, *, as_json: bool) -> Row:
    """The fields of a call. What is no JSON object has none."""
    if not as_json:
        return _nested(dict(parse_qsl(body.decode(), keep_blank_values=True)))
    try:
        found = decode(body) if body else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def number(value: Any) -> Decimal | None:
    """A number, however it was written; None when it is none."""
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def whole(value: Any) -> int:
    """An id; 0 when it is none."""
    found = number(value)
    return int(found) if found is not None and found == found.to_integral_value() else 0


def _nested(flat: Mapping[str, str]) -> Row:
    """`products[0][taxes][0][tax_id]` as lists and objects."""
    tree: Row = {}
    for name, value in flat.items():
        path = [part for part in re.split(r"[\[\]]", name) if part]
        place = tree
        for part in path[:-1]:
            place = place.setdefault(part, {})
        place[path[-1]] = value
    return {name: _listed(value) for name, value in tree.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(one) for name, one in value.items()}
    return [*inner.values()] if inner and all(name.isdigit() for name in inner) else inner
