"""What the console does beside answering: it counts outcomes, and does replays in the background."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.console.operate.background import WORK
from services.console.operate.pace import counting
from shared.hub import Hub


@asynccontextmanager
async def beside(hub: Hub) -> AsyncIterator[None]:
    """While the block runs; then what is under way is cut off, before the store closes."""
    async with counting(hub):
        try:
            yield
        finally:
            await WORK.stop()
