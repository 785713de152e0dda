"""Pure: which connections are to be compared with their package this night, each at its own time of its own night."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.scheduler.due import offset
from shared import connectors
from shared.schemas.connections import Connection
from shared.schemas.messages import ReconciliationRequest

SPREAD = timedelta(hours=3)
"""Connections begin one after the other within this."""
LATEST = timedelta(hours=3)
"""So long after its time a night may still begin; one that was slept through is left out: by day others work there."""


@dataclass(frozen=True)
class Night:
    """A connection whose time has come. `slot` is the day that has just begun there."""

    connection: Connection
    slot: date
    days: int

    @property
    def id(self) -> str:
        """The same for every scheduler: it is asked for once."""
        return f"{self.connection.id}@reconcile-{self.slot}"

    @property
    def request(self) -> ReconciliationRequest:
        """The days before this one; the day that has just begun is not over."""
        last = self.slot - timedelta(days=1)
        first = self.slot - timedelta(days=self.days)
        return ReconciliationRequest(connection=self.connection.id, first=first, last=last, reason="schedule")


def nights(connections: Sequence[Connection], now: datetime, hour: int, days: int) -> list[Night]:
    """Those whose exports have started and whose package can list its documents. `hour` -1: none at all."""
    return [
        Night(connection, there.date(), days)
        for connection in connections
        if (there := _local(connection, now)) and _is_time(connection, there, hour) and _comparable(connection)
    ]


def _local(connection: Connection, now: datetime) -> datetime:
    return now.astimezone(ZoneInfo(connection.timezone)).replace(tzinfo=None)


def _is_time(connection: Connection, there: datetime, hour: int) -> bool:
    if hour < 0:
        return False
    begins = datetime.combine(there.date(), time(hour)) + offset(connection.id, SPREAD)
    return begins <= there < begins + LATEST


def _comparable(connection: Connection) -> bool:
    started = connection.state == "connected" and connection.exports_from is not None
    return started and connectors.get(connection.connector).reconciles
