"""Changes to the shape of stored documents, one after another; the schema version says how many a store has seen."""

from collections.abc import Callable

from shared.store import Document

Migration = Callable[[str, Document], Document]
"""Pure: (collection, document) -> the document in its new shape.

It may meet a document it has already changed (a process died half way, or two began), so twice must be as once.
"""

MIGRATIONS: tuple[Migration, ...] = ()
"""Only ever added to, at the end. Stop the services before a newer version opens the store."""


def schema_version(migrations: tuple[Migration, ...] = MIGRATIONS) -> int:
    """What this program writes: 1 before the first migration."""
    return 1 + len(migrations)
