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
    moment, last = _place(after) if after else ("", "")
    until = {field: Is("<=", moment)} if after else {}
    # Several of one moment are in the order of their ids: the page before may have ended among them.
    found = await store.find(collection, {**where, **until}, sort=(f"-{field}",), limit=2 * PAGE + 1)
    rest = [row for row in found if not after or row[field] < moment or row["id"] > last]
    page = rest[:PAGE]
    return page, f"{page[-1][field]}|{page[-1]['id']}" if len(rest) > PAGE else None


def _place(cursor: str) -> tuple[str, str]:
    moment, _, last = cursor.partition("|")
    try:
        from_stamp(moment)
    except ValueError:
        raise Misconfigured("This address leads nowhere. Begin at the first page.") from None
    return moment, last
