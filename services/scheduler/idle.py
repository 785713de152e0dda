"""Pure: when a grant that nobody uses is renewed, so that the package does not forget it.

A sync renews a grant by itself. Where none runs for days (paused, resting, no licence), the login of the user would
lapse: Moloni forgets one after 14 days, Exact Online after 30.
"""

from datetime import datetime, timedelta

from shared import envelope, topics
from shared.clock import stamp
from shared.envelope import Message
from shared.schemas.connections import Connection
from shared.schemas.messages import SyncTick

AT_ONCE = 100
"""Grants of one package that are asked for at one look: its login service is not flooded after a long standstill."""

USUAL_LIFE = timedelta(days=14)
"""Of logins that their package never forgets: how long one that no connection uses is kept here is half of it."""


def idle_since(now: datetime, life: timedelta) -> datetime:
    """Grants whose tokens were issued before this are renewed or ended: half of their life is left for mishaps."""
    return now - life / 2


def slot(now: datetime) -> str:
    """The hour: a renewal that did not work is asked for again in the next one."""
    return stamp(now.replace(minute=0, second=0, microsecond=0))


def keep_alive(connection: Connection, slot: str, source: str) -> Message:
    """The tick that asks for it, for one connection that uses the grant."""
    return envelope.message(
        topics.ticks(connection.connector),
        connection.id,
        SyncTick(connection=connection.id, slot=slot, reason="keep_alive"),
        type=envelope.SYNC_TICK,
        source=source,
        tenant=connection.tenant,
        id=f"{connection.id}@keep-alive-{slot}",
    )
