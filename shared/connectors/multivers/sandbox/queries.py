"""OData in lists: `$filter`, `$orderby`, `$top`, `$skip` (Multivers fact sheet, section 3)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from .refusals import refused
from .store import Row

_CLAUSE = re.compile(r"(\w+) eq ('(?:[^']|'')*'|-?\d+)")


def asked(rows: Sequence[Row], query: Mapping[str, str], *, paging: bool) -> list[Row]:
    """The rows that a query asks for. `paging` False: the list knows `$filter` only, as some do."""
    found = [row for row in rows if _fits(row, query["$filter"])] if "$filter" in query else list(rows)
    if not paging:
        return found
    if "$orderby" in query:
        name = _member(query["$orderby"].partition(" ")[0])
        found.sort(key=lambda row: str(row.get(name)))
    skip = int(query.get("$skip", "0"))
    return found[skip : skip + int(query["$top"])] if "$top" in query else found[skip:]


def _fits(row: Row, filters: str) -> bool:
    return any(all(_is(row, one) for one in _parts(part, "and")) for part in _parts(filters, "or"))


def _parts(filters: str, word: str) -> list[str]:
    """Words inside of a literal do not count."""
    return re.split(rf" {word} (?=\w+ eq )", filters)


def _is(row: Row, clause: str) -> bool:
    found = _CLAUSE.fullmatch(clause.strip())
    if found is None:
        raise refused(f"The query specified in the URI is not valid: {clause}")
    name, literal = found.groups()
    wanted = literal[1:-1].replace("''", "'") if literal.startswith("'") else literal
    return str(row.get(_member(name))) == wanted


def _member(name: str) -> str:
    """Properties are in PascalCase here, and in camelCase in JSON."""
    if not name[:1].isupper():
        raise refused(f"Could not find a property named '{name}'.")
    return name[0].lower() + name[1:]
