"""The log the office worker reads: one line per run and per document, in plain words, kept in the store."""

from typing import Any, Literal
from uuid import uuid4

from shared import clock
from shared.clock import Clock
from shared.log import mask, masked
from shared.store import Document, Store
from shared.store.collections import LOG

Level = Literal["info", "warning", "error"]


class Journal:
    """Writes and reads the log. `event` is a stable key (`document.exported`) for filters and translations."""

    def __init__(self, store: Store, now: Clock = clock.now) -> None:
        self._store = store
        self._now = now

    async def write(
        self,
        connection: str,
        event: str,
        text: str,
        *,
        level: Level = "info",
        document: str | None = None,
        vendor_says: str | None = None,
        once: str | None = None,
        **details: Any,
    ) -> None:
        """Add a line. `text` is the sentence, `details` its numbers and names, `once` names what is told only once."""
        line = {
            "id": once or str(uuid4()),
            "connection": connection,
            "at": clock.stamp(self._now()),
            "event": event,
            "level": level,
            "text": mask(text),
            "document": document,
            "vendor_says": mask(vendor_says) if vendor_says else None,
            "details": masked(details),
        }
        await self._store.insert(LOG, line)

    async def read(self, connection: str, *, limit: int = 50) -> list[Document]:
        """The newest lines of a connection, newest first."""
        return await self._store.find(LOG, {"connection": connection}, sort=("-at",), limit=limit)
