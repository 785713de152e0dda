"""One kind from several lists of Exact, read one after the other as if they were one.

A list that is closed to the login (an edition without production has no shop orders) closes none of the others.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pydantic import TypeAdapter

from shared.connector import Page, ReadFrom
from shared.errors import MissingRight


@dataclass(frozen=True)
class Source:
    """One list. `read` is as an import's; it gets its own position and cursor. `title` is what users call it."""

    name: str
    title: str
    read: Callable[[ReadFrom], Awaitable[Page]]


@dataclass(frozen=True)
class _At:
    """Which source is read, and where in it; the cursors of those that are done; those that were closed."""

    place: int = 0
    inner: str | None = None
    cursors: Mapping[str, str | None] = field(default_factory=dict)
    closed: tuple[str, ...] = ()


_AT = TypeAdapter(_At)
_CURSORS = TypeAdapter(dict[str, str | None])


async def read(sources: Sequence[Source], where: ReadFrom) -> Page:
    """The next page. `MissingRight` when all of the sources are closed."""
    before = _CURSORS.validate_json(where.cursor) if where.cursor else {}
    at = _AT.validate_json(where.position) if where.position else _At()
    source = sources[at.place]
    try:
        page = await source.read(ReadFrom(at.inner, before.get(source.name)))
    except MissingRight:
        at = replace(at, closed=(*at.closed, source.title))
        if len(at.closed) == len(sources):
            raise
        page = Page(records=[], next=None, cursor=before.get(source.name))
    on = _after(at, source, page)
    if on.place < len(sources):
        return replace(page, next=_AT.dump_json(on).decode(), cursor=None)
    cursor = _CURSORS.dump_json(dict(on.cursors)).decode()
    return replace(page, next=None, cursor=cursor, doubt=None if where.cursor else _doubt(on))


def _after(at: _At, source: Source, page: Page) -> _At:
    if page.next is not None:
        return replace(at, inner=page.next)
    return replace(at, place=at.place + 1, inner=None, cursors={**at.cursors, source.name: page.cursor})


def _doubt(on: _At) -> str | None:
    """Of a read of everything, because only that may call something missing."""
    return f"{' and '.join(dict.fromkeys(on.closed))} are closed to this login." if on.closed else None
