"""Pure: which connections are due for a sync at a moment, each at its own offset within the interval."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from shared.clock import stamp
from shared.schemas.connections import Connection
from shared.schemas.messages import SyncTick


@dataclass(frozen=True)
class Due:
    """A connection whose slot has begun. `slot` is the same for every scheduler that looks within the interval."""

    connection: Connection
    slot: str

    @property
    def tick(self) -> SyncTick:
        """The tick for this slot."""
        return SyncTick(connection=self.connection.id, slot=self.slot)


def offset(connection: str, interval: timedelta) -> timedelta:
    """Stable, spread evenly: so that a thousand connections are not due at the same second."""
    share = int.from_bytes(sha256(connection.encode()).digest()[:8]) / 2**64
    return interval * share


def slot(connection: str, now: datetime, interval: timedelta) -> str:
    """The name of the slot that `now` lies in: the moment it began. After downtime only the present slot is due."""
    shift = offset(connection, interval)
    since = now - datetime(1970, 1, 1, tzinfo=UTC) - shift
    began = datetime(1970, 1, 1, tzinfo=UTC) + interval * (since // interval) + shift
    return stamp(began)


def due(connections: Sequence[Connection], now: datetime, interval: timedelta, busy: Collection[str]) -> list[Due]:
    """Connected ones whose previous run is over; the caller claims each slot before it emits.

    `interval` is that of the installation: a connection may be read less often, by its settings, never more.
    """
    return [
        Due(connection, slot(connection.id, now, max(interval, _own(connection))))
        for connection in connections
        if connection.state == "connected" and connection.licensed and connection.id not in busy
    ]


def _own(connection: Connection) -> timedelta:
    """How seldom the user wants this one to be read."""
    return timedelta(minutes=connection.settings.get("sync_minutes") or 0)
