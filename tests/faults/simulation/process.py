"""A simulated process: everything it does goes through one line, so it can die, freeze and lose sight of the world.

After its death nothing of it reaches anything: its tasks are cancelled, and whatever their clean-up tries to say ends
in `Killed` before it is heard.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar, copy_context
from datetime import datetime, timedelta
from random import Random
from typing import Any

from tests.faults.virtual_time import clock_of

HERE: ContextVar[Process | None] = ContextVar("process", default=None)
"""The process whose code runs now; None: the world itself."""

SHORT = 0.02
"""The longest a call inside the installation is under way, in seconds."""


class Killed(BaseException):
    """This process is dead. No `except Exception` of its code may survive that."""


class Process:
    """`drift`: how far its wall clock is ahead of the store's. `frozen_until`: by the loop's time."""

    def __init__(self, name: str, random: Random, drift: timedelta = timedelta(0)) -> None:
        self.name = name
        self.dead = False
        self.frozen_until = 0.0
        self.on_death: list[Callable[[], None]] = []
        self._random = random
        self._loop = asyncio.get_running_loop()
        self._clock = clock_of(self._loop, drift)
        self._tasks: list[asyncio.Task[Any]] = []
        self._context: Context = copy_context()
        self._context.run(HERE.set, self)

    def now(self) -> datetime:
        """Its wall clock."""
        return self._clock()

    @property
    def frozen(self) -> bool:
        """Whether it stands still."""
        return self._loop.time() < self.frozen_until

    def start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run something as this process; what it starts belongs to it too."""
        return self._loop.create_task(work, context=self._context)

    def owns(self, task: asyncio.Task[Any]) -> None:
        """A task of its own began."""
        self._tasks = [one for one in self._tasks if not one.done()]
        self._tasks.append(task)

    async def reach(self) -> None:
        """One way between this process and the world: takes a moment, waits while frozen, never works when dead."""
        if self.dead:
            raise Killed
        if self._random.random() < 0.3:
            await asyncio.sleep(self._random.random() * SHORT)
        while self.frozen:  # noqa: ASYNC110  # nobody announces the end: it may be frozen once more meanwhile
            await asyncio.sleep(self.frozen_until - self._loop.time())
        if self.dead:
            raise Killed

    def freeze(self, seconds: float) -> None:
        """Nothing of it reaches the world for so long. Its timers run out meanwhile, and fire as it wakes."""
        self.frozen_until = self._loop.time() + seconds

    def kill(self) -> None:
        """From now on it is dead, without a last word."""
        self.dead = True
        for task in self._tasks:
            if task is not asyncio.current_task():
                task.cancel()
        for told in self.on_death:
            told()

    def remains(self) -> list[str]:
        """Tasks that outlived it: none, or the simulation itself is wrong."""
        return [task.get_name() for task in self._tasks if not task.done()]


def adopting(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any], **more: Any) -> asyncio.Task[Any]:
    """A task factory: every task belongs to the process that started it."""
    task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, **more)
    context = more.get("context")
    process = context.get(HERE) if context is not None else HERE.get()
    if process is not None:
        process.owns(task)
    return task


class Over:
    """A part of the world as a process meets it: every call goes over its line, there and back."""

    def __init__(self, thing: Any, process: Process, down: Callable[[], Exception | None] = lambda: None) -> None:
        self._thing = thing
        self._process = process
        self._down = down

    def __getattr__(self, name: str) -> Callable[..., Coroutine[Any, Any, Any]]:
        call = getattr(self._thing, name)

        async def over(*args: Any, **named: Any) -> Any:
            await self._process.reach()
            if away := self._down():
                raise away
            result = await call(*args, **named)
            await self._process.reach()
            return result

        return over
