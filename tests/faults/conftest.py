"""The stages on which the matrix is played: dear to build, so that one pair serves all tests."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack

import pytest_asyncio

from tests.faults.matrix.stage import Stage
from tests.faults.matrix.survey import open_stages


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stages() -> AsyncIterator[Sequence[Stage]]:
    """Two stages. Tests that use them run in the session's event loop."""
    async with AsyncExitStack() as opened:
        yield await open_stages(opened)
