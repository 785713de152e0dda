"""A look into the package for somebody who waits for it: a turn of the lane like any other, so calls never meet."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from shared.errors import LostLease, NeedsOwner, TryLater
from shared.hub import Hub
from shared.lanes import Lane
from shared.schemas.connections import Connection
from shared.turns import SAFETY

TRIES = 20
PAUSE = 0.25
"""Seconds between two tries to get in: turns are short, and a person waits."""


@asynccontextmanager
async def visit(hub: Hub, connection: Connection) -> AsyncIterator[Any]:
    """The package's client, for reading only, while no turn is under way.

    `NeedsOwner` while the lane waits for its owner, `TryLater` when it stays busy or the look takes too long.
    """
    lane = await _borrowed(hub, connection.id)
    try:
        async with asyncio.timeout(hub.lanes.lease.total_seconds() * SAFETY):
            async with hub.connect(connection, "export") as client:
                yield client
    except TimeoutError:
        raise TryLater("The package takes too long to answer. Look again in a moment.") from None
    finally:
        with suppress(LostLease):  # a look changes nothing, so whoever works there now may go on
            await hub.lanes.release(lane, "import", lane.import_.due)


async def _borrowed(hub: Hub, connection: str) -> Lane:
    for attempt in range(TRIES):
        if lane := await hub.lanes.borrow(connection):
            return lane
        resting = await hub.lanes.get(connection)
        if resting is not None and resting.rest is not None and resting.rest_until > await hub.lanes.now():
            kind = NeedsOwner if resting.rest.kind == "owner" else TryLater
            raise kind(resting.rest.reason)
        await asyncio.sleep(PAUSE if attempt + 1 < TRIES else 0)
    raise TryLater("The connection is at work for a sync at this moment. Look again in a moment.")
