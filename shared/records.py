"""Base of what is kept in the store: a frozen pydantic model to and from a stored document."""

from typing import Any, Self

from shared.schemas.base import Frozen
from shared.store import Document


class Record(Frozen):
    """A stored document with the key `id`."""

    id: str

    def stored(self) -> Document:
        """As the store keeps it."""
        return self.model_dump(mode="json")

    @classmethod
    def of(cls, document: Document) -> Self:
        """Read a stored document."""
        return cls.model_validate(document)

    def changes(self, newer: Self) -> dict[str, Any]:
        """Top-level fields in which `newer` differs, as stored values."""
        mine, theirs = self.stored(), newer.stored()
        return {name: value for name, value in theirs.items() if mine.get(name) != value}
