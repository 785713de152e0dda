"""What the console does beside answering: it counts outcomes, and does replays in the background."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.console.operate.background import WORK
from services.console.operate.pace import counting
from shared.hub import Hub


@asynccontextmanager
async def beside(hub: Hub) -> AsyncIterator[None]:
    """While the block runs; then what is under way is cut off, before the store closes."""
    # What was imported stays: looked through at every full collection, it would cost a page a tenth of a second.
    gc.collect()
    gc.freeze()
    async with counting(hub):
        try:
            yield
        finally:
            await WORK.stop()
