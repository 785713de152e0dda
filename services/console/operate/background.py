"""Work that goes on in this process after the answer was sent: replays, and reading what the platform published."""

import asyncio
from collections.abc import Coroutine


class Background:
    """Each piece of work under a key of its own; the event loop itself keeps no task alive."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def begin(self, key: str, work: Coroutine[None, None, None]) -> None:
        """Do it, unless work of that key is under way."""
        if key in self._tasks:
            work.close()
            return
        task = self._tasks[key] = asyncio.create_task(work)
        task.add_done_callback(lambda _: self._tasks.pop(key, None))

    def under_way(self, key: str) -> bool:
        """Whether it goes on, in this process."""
        return key in self._tasks

    async def ended(self) -> None:
        """When nothing is under way any more."""
        while self._tasks:
            await asyncio.wait(list(self._tasks.values()))
            await asyncio.sleep(0)

    async def stop(self) -> None:
        """Cut off what is under way."""
        for task in list(self._tasks.values()):
            task.cancel()
        await self.ended()


WORK = Background()
"""That of this process."""
