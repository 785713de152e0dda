"""An event loop whose time is virtual: when nothing is ready, time jumps to the next timer. One thread, no sockets.

`asyncio.sleep`, `asyncio.timeout` and all that is built on them work unchanged, and hours pass in milliseconds. What
would leave the thread (executors, sockets) does not exist here, so a run depends on nothing but its inputs.
"""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn, TypeVar

T = TypeVar("T")

BEGIN = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
"""The first moment of every virtual day: a working morning."""
BUSY = 200_000
"""Rounds of the loop without any time passing, after which nothing but an endless loop is left to think of."""


class Deadlock(Exception):
    """Nothing is ready, no timer runs: nobody will ever wake the tasks that it names."""


class EndlessLoop(Exception):
    """Time stands still, because some task never stops being ready."""


class _Jump:
    """Stands where a loop waits for sockets: instead of waiting, time moves."""

    def __init__(self, loop: "VirtualLoop") -> None:
        self._loop = loop
        self._rounds = 0

    def select(self, seconds: float | None) -> tuple[()]:
        if seconds is None:
            raise Deadlock(f"nobody will ever wake: {', '.join(waiting(self._loop)) or 'there is no task'}")
        self._rounds = 0 if seconds > 0 else self._rounds + 1
        if self._rounds > BUSY:
            self._rounds = 0  # what cleans up behind it must not meet it again
            raise EndlessLoop(f"time stands still at {self._loop.time():.3f} s: {', '.join(waiting(self._loop))}")
        self._loop.elapsed += max(0.0, seconds)
        return ()


class VirtualLoop(asyncio.BaseEventLoop):
    """`elapsed` are its virtual seconds since it was made."""

    def __init__(self) -> None:
        super().__init__()
        self.elapsed = 0.0
        self._selector = _Jump(self)

    def time(self) -> float:
        """See `asyncio`; virtual seconds."""
        return self.elapsed

    def run_in_executor(self, *_: Any) -> NoReturn:
        """Refuse: what a thread does cannot be repeated."""
        raise RuntimeError("there are no threads in virtual time")

    def _process_events(self, events: Any) -> None:
        """There are none."""

    def _write_to_self(self) -> None:
        """Nobody waits in a system call."""


def waiting(loop: asyncio.AbstractEventLoop) -> list[str]:
    """The names of the tasks that are not done, in an order that does not depend on memory addresses."""
    return sorted(task.get_name() for task in asyncio.all_tasks(loop) if not task.done())


def clock_of(loop: asyncio.AbstractEventLoop, drift: timedelta = timedelta(0)) -> Callable[[], datetime]:
    """A `Clock` that goes by the loop's time, `drift` ahead of it."""
    return lambda: BEGIN + timedelta(seconds=loop.time()) + drift


def run(work: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run` in virtual time. Raises `Deadlock` and `EndlessLoop` besides what the work raises."""
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(work)
    finally:
        try:
            _cancel_all(loop)
        finally:
            loop.close()


def _cancel_all(loop: VirtualLoop) -> None:
    for _ in range(3):  # cleaning up may start tasks of its own
        left = [task for task in asyncio.all_tasks(loop) if not task.done()]
        for task in left:
            task.cancel()
        loop.run_until_complete(_gathered(left))
    loop.run_until_complete(loop.shutdown_asyncgens())


async def _gathered(tasks: list[asyncio.Task[Any]]) -> None:
    await asyncio.gather(*tasks, return_exceptions=True)
