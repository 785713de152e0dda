"""Newest first, a page at a time, whatever is written meanwhile: a cursor is the last row's moment and id."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.clock import from_stamp
from shared.errors import Misconfigured
from shared.store import Document, Is, Store

PAGE = 50


async def newest(
    store: Store, collection: str, where: Mapping[str, Any], field: str, after: str | None
) -> tuple[Sequence[Document], str | None]:
    """A page of documents, newest first by the moment in `field`, and the cursor of the next page (None: no more)."""
    found = await _behind(store, collection, where, field, after) if after else []
    if len(found) <= PAGE:
        until = {field: Is("<", _place(after)[0])} if after else {}
        limit = PAGE + 1 - len(found)
        found += await store.find(collection, {**where, **until}, sort=(f"-{field}",), limit=limit)
    page = found[:PAGE]
    return page, f"{page[-1][field]}|{page[-1]['id']}" if len(found) > PAGE else None


async def _behind(store: Store, collection: str, where: Mapping[str, Any], field: str, cursor: str) -> list[Document]:
    """Those of the same moment as the last one shown: the page before may have ended among them."""
    moment, last = _place(cursor)
    same = {**where, field: moment, "id": Is(">", last)}
    return await store.find(collection, same, sort=("id",), limit=PAGE + 1)


def _place(cursor: str) -> tuple[str, str]:
    moment, _, last = cursor.partition("|")
    try:
        from_stamp(moment)
    except ValueError:
        moment = ""
    if not moment or "\0" in last:
        raise Misconfigured("This address leads nowhere. Begin at the first page.")
    return moment, last
