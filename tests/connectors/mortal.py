"""A store whose process dies at one write."""

from collections.abc import Mapping
from typing import Any

from shared.store import Document, Store

DIED = "the process died"


class ProcessDied(BaseException):
    """Nobody handles it, as nobody handles a SIGKILL."""


class MortalStore:
    """A store whose process dies at one write: `before` it is done or `after`, the first time `fits` says so."""

    def __init__(self, store: Store, when: str, collection: str, state: str, id_ends: str) -> None:
        self._store = store
        self._when = when
        self._fits = (collection, state, id_ends)
        self.died = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def update(
        self, collection: str, id: str, *, set: Mapping[str, Any] | None = None, **more: Any
    ) -> Document | None:
        wanted, state, ends = self._fits
        fatal = not self.died and collection == wanted and (set or {}).get("state") == state and id.endswith(ends)
        self.died = self.died or fatal
        if fatal and self._when == "before":
            raise ProcessDied(DIED)
        done = await self._store.update(collection, id, set=set, **more)
        if fatal:
            raise ProcessDied(DIED)
        return done
