"""Whether and for which days a comparison may be asked for, whoever asks."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from shared import connectors
from shared.connector import Period
from shared.errors import Misconfigured
from shared.hub import Hub
from shared.schemas.connections import Connection

MOST_DAYS = 400
"""As long as what was published is kept: a year and a month."""


def check(connection: Connection) -> None:
    """`Misconfigured` when there is nothing to compare with."""
    connector = connectors.get(connection.connector)
    if connection.state != "connected":
        raise Misconfigured(f"Connection {connection.id} is {connection.state}, so nothing can be compared.")
    if not connector.reconciles:
        raise Misconfigured(f"{connector.title} cannot list its documents, so nothing can be compared.")


def period_of(hub: Hub, connection: Connection, first: date | None, last: date | None) -> Period:
    """These days; without a last one until today where the books are, without a first one as far back as by night."""
    end = last or hub.now().astimezone(ZoneInfo(connection.timezone)).date()
    begin = first or end - timedelta(days=hub.settings.reconcile_days - 1)
    if begin > end:
        raise Misconfigured(f"The first day, {begin}, lies behind the last, {end}.")
    if (end - begin).days >= MOST_DAYS:
        raise Misconfigured(f"At most {MOST_DAYS} days can be compared at a time.")
    return Period(begin, end)
