"""The log as it is written, for whoever watches: one question to the store for all of them, while there is anybody."""

import asyncio
import contextlib
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta

from fastapi import HTTPException

from services.console.identity import User
from shared.clock import from_stamp, stamp
from shared.errors import Unavailable
from shared.hub import Hub
from shared.log import get
from shared.paging import Place
from shared.store import Document

PAUSE = 1.0
"""Seconds between two looks."""
LOOK_BACK = timedelta(seconds=10)
"""Lines carry the clock of the process that writes them: one may come to light behind a newer one of another."""
HEARTBEAT = 15.0
"""Seconds without a line, after which a sign of life is sent: what stands between closes lines that are silent."""
PER_USER = 10
"""Pages that one user may watch at the same time."""
BEHIND = 200
"""Lines that somebody who reads slowly may be behind; then the stream ends, and goes on from the last line it had."""

AT_ONCE = 500

_log = get(__name__)


class _Listener:
    """One stream. `lost`: it was too slow, and some lines are missing behind those that are kept for it."""

    def __init__(self) -> None:
        self.lines: asyncio.Queue[Document] = asyncio.Queue(BEHIND)
        self.lost = False

    def take(self, line: Document) -> None:
        """Keep it until it is read."""
        self.lost = self.lost or self.lines.full()
        if not self.lost:
            self.lines.put_nowait(line)


class Feed:
    """One per process. Looks only while somebody listens."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._listeners: defaultdict[str, set[_Listener]] = defaultdict(set)
        self._users: Counter[tuple[str, str]] = Counter()
        self._seen: dict[str, datetime] = {}
        self._looking: asyncio.Task[None] | None = None

    @contextlib.contextmanager
    def place_for(self, user: User) -> Iterator[None]:
        """Count a stream of this user; 429 when there are enough of them."""
        who = (user.tenant, user.subject)
        if self._users[who] >= PER_USER:
            raise HTTPException(429)
        self._users[who] += 1
        try:
            yield
        finally:
            self._users[who] -= 1
            if not self._users[who]:
                del self._users[who]

    async def follow(self, connection: str, after: Place) -> AsyncIterator[Document | None]:
        """The lines behind a place, then each as it comes, whatever its moment; None as a sign of life.

        Ends for who reads too slowly.
        """
        with self._listening(connection) as mine:
            lately = self._hub.now() - LOOK_BACK - timedelta(seconds=PAUSE)  # what a look may hand on once more
            known = {line["id"] for line in await self._hub.journal.newer([connection], lately)}
            while backlog := await self._hub.journal.since(connection, after, limit=BEHIND):
                for line in backlog:
                    yield line
                known |= {line["id"] for line in backlog if line["at"] >= stamp(lately)}
                after = Place.of(backlog[-1], "at")
            while not (mine.lost and mine.lines.empty()):
                coming = await _next(mine.lines)
                if coming is None or coming["id"] not in known:
                    yield coming

    @contextlib.contextmanager
    def _listening(self, connection: str) -> Iterator[_Listener]:
        mine = _Listener()
        self._listeners[connection].add(mine)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            yield mine
        finally:
            self._listeners[connection].discard(mine)
            if not self._listeners[connection]:
                del self._listeners[connection]

    async def _look(self) -> None:
        """Until nobody listens any more."""
        while self._listeners:
            try:
                await self.look()
            except Unavailable as error:
                _log.warning("the log cannot be watched", why=str(error))
            await asyncio.sleep(PAUSE)

    async def look(self) -> None:
        """Hand on what was written lately and was not handed on."""
        since = begun = self._hub.now() - LOOK_BACK
        while found := await self._hub.journal.newer(list(self._listeners), since, limit=AT_ONCE):
            for line in found:
                self._hand_on(line)
            since = from_stamp(found[-1]["at"])
            if len(found) < AT_ONCE:
                break
        self._seen = {id: at for id, at in self._seen.items() if at >= begun}

    def _hand_on(self, line: Document) -> None:
        if line["id"] in self._seen:
            return
        self._seen[line["id"]] = from_stamp(line["at"])
        for listener in self._listeners.get(line["connection"], ()):
            listener.take(line)


async def _next(lines: asyncio.Queue[Document]) -> Document | None:
    try:
        return await asyncio.wait_for(lines.get(), HEARTBEAT)
    except TimeoutError:
        return None
