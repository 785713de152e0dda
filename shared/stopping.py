"""How a program of ours is told to end: Ctrl-C and SIGTERM cancel its work, so that everything ends in order."""

import asyncio
import signal
from collections.abc import Coroutine


async def until_stopped(work: Coroutine[None, None, int]) -> int:
    """Do the work; its exit code. Raises `CancelledError` once it was told to end, and has."""
    running = asyncio.ensure_future(work)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, running.cancel)
    return await running
