"""Lists that grow for ever, a page at a time, newest first: from a place on, never by counting from the top."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from shared.clock import from_stamp
from shared.errors import Misconfigured
from shared.store import Document, Is, Store, Where


@dataclass(frozen=True, order=True)
class Place:
    """Where a page ended: the moment of its last document, and its id, as many may be of one moment."""

    moment: str
    id: str

    @classmethod
    def read(cls, text: str) -> "Place":
        """What `str` of a place gave; `Misconfigured` for anything else."""
        moment, space, id = text.partition(" ")
        try:
            from_stamp(moment)
        except ValueError:
            raise Misconfigured("That is no place in this list. Start at its top again.") from None
        if not space or not id or "\0" in id:
            raise Misconfigured("That is no place in this list. Start at its top again.")
        return cls(moment, id)

    @classmethod
    def of(cls, row: Document, by: str) -> "Place":
        """The place of a document in a list by that field."""
        return cls(row[by], row["id"])

    def __str__(self) -> str:
        return f"{self.moment} {self.id}"


def behind(text: str | None) -> Place | None:
    """The place that an address names; None for the top."""
    return Place.read(text) if text else None


@dataclass(frozen=True)
class Paged:
    """Some documents, newest first; `older` is where the next page begins, None when there is none."""

    rows: Sequence[Document]
    older: Place | None

    @property
    def next(self) -> str | None:
        """`older` as text, for an address."""
        return str(self.older) if self.older else None


@dataclass(frozen=True)
class Listing:
    """Documents of a collection for which any of `wheres` holds (no document satisfies two), by the moment in `by`.

    Every `where` together with `by` should have an index: one page then costs the same, however long the list is.
    """

    collection: str
    by: str
    wheres: Sequence[Where]

    async def page(self, store: Store, *, before: Place | None = None, limit: int = 50) -> Paged:
        """The newest ones, or those behind `before`."""
        found = [row for where in self.wheres for row in await self._newest(store, where, before, limit + 1)]
        # Ties by id, rising: as the store gives them.
        found.sort(key=lambda row: row["id"])
        found.sort(key=lambda row: str(row[self.by]), reverse=True)
        rows = found[:limit]
        older = Place.of(rows[-1], self.by) if len(found) > limit else None
        return Paged(rows, older)

    async def _newest(self, store: Store, where: Where, before: Place | None, limit: int) -> list[Document]:
        if before is None:
            return await self._find(store, where, limit)
        same = await self._find(store, {**where, self.by: before.moment, "id": Is(">", before.id)}, limit)
        return same + await self._find(store, {**where, self.by: Is("<", before.moment)}, limit - len(same))

    async def _find(self, store: Store, where: Where, limit: int) -> list[Document]:
        return await store.find(self.collection, where, sort=(f"-{self.by}",), limit=limit) if limit > 0 else []


def any_of(where: Where, field: str, values: Iterable[Any]) -> Sequence[Where]:
    """One `where` for each value of a field: an index gives each of them in order, and `in` would not."""
    return [{**where, field: value} for value in values]
