"""The connections of all tenants, to be searched, and one of them to be looked at: what rests, what waits, and why."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from fastapi import HTTPException

from services.console.operate.overview import FAILED, Failure, Resting, by_reason, resting
from shared import connectors
from shared.clock import Moment
from shared.errors import NeedsOwner
from shared.hub import Hub
from shared.ledger.states import ALL_ENTRY_STATES
from shared.schemas.base import Frozen
from shared.schemas.connections import Connection
from shared.store import Is
from shared.store.collections import CONNECTIONS, LEDGER

PAGE = 50
SCANNED = 1_000
"""Connections looked through for one page, when a part of a name is searched for."""
LINES = 20
MOST_REASONS = 100


class Place(Frozen):
    """One connection. `rests`: why nothing is done for it now."""

    connection: str
    tenant: str
    connector: str
    title: str
    administration: str
    code: str
    state: str
    exports: date | None
    rests: Resting | None


class Places(Frozen):
    """Those found. `more`: where to search on, when not all were looked through."""

    places: tuple[Place, ...]
    more: str | None


class LogLine(Frozen):
    """One line of the log. `level`: info, warning or error."""

    at: Moment
    level: str
    text: str
    vendor_says: str | None = None


class Look(Frozen):
    """One connection, to be read only. `login` says whether the package still lets us in."""

    place: Place
    timezone: str
    login: str
    login_works: bool
    next_export: Moment | None
    next_import: Moment | None
    documents: Mapping[str, int]
    failures: tuple[Failure, ...]
    lines: tuple[LogLine, ...]


async def search(
    hub: Hub, text: str = "", *, connector: str = "", state: str = "", rests: bool = False, after: str = ""
) -> Places:
    """Connections whose tenant or administration has this in its name or code, in this state, that rest (or any)."""
    rows, more = await _rows(hub, text, rests=rests, after=after)
    found = [row for row in rows if _fits(row, text.casefold(), connector, state)]
    page = found[:PAGE]
    more = page[-1]["id"] if len(found) > PAGE else more
    asleep = {one.connection: one for one in await resting(hub.store, _any_of([row["id"] for row in page]))}
    return Places(places=tuple(_place(row, asleep.get(row["id"])) for row in page), more=more)


async def _rows(hub: Hub, text: str, *, rests: bool, after: str) -> tuple[Sequence[Mapping[str, Any]], str | None]:
    """Those to look through, and where the next ones begin."""
    if rests:
        asleep = await resting(hub.store, {})
        rows = await hub.store.get_many(CONNECTIONS, [one.connection for one in asleep])
        return [rows[id] for id in sorted(rows) if id > after], None
    if text and not after and (named := await hub.store.find(CONNECTIONS, {"tenant": text}, sort=("id",), limit=PAGE)):
        return named, None
    found = await hub.store.find(CONNECTIONS, {"id": Is(">", after)}, sort=("id",), limit=SCANNED)
    return found, found[-1]["id"] if len(found) == SCANNED else None


def _fits(row: Mapping[str, Any], text: str, connector: str, state: str) -> bool:
    return (
        (not connector or row["connector"] == connector)
        and (not state or row["state"] == state)
        and (not text or any(text in name.casefold() for name in _names(row)))
    )


def _names(row: Mapping[str, Any]) -> Iterator[str]:
    yield from (row["tenant"], row["id"], row["administration"]["name"], row["administration"]["code"])


def _any_of(ids: Sequence[str]) -> Mapping[str, Any]:
    return {"id": Is("in", ids)}


def _place(row: Mapping[str, Any], rests: Resting | None) -> Place:
    return Place(
        connection=row["id"],
        tenant=row["tenant"],
        connector=row["connector"],
        title=connectors.get(row["connector"]).title,
        administration=row["administration"]["name"],
        code=row["administration"]["code"],
        state=row["state"],
        exports=date.fromisoformat(row["exports_from"]) if row["exports_from"] else None,
        rests=rests,
    )


async def look(hub: Hub, id: str) -> Look:
    """One connection; 404 when there is none."""
    found, lane = await connection(hub, id), await hub.lanes.get(id)
    asleep = await resting(hub.store, _any_of([id]))
    login, works = await _login(hub, found)
    return Look(
        place=_place(found.model_dump(mode="json"), asleep[0] if asleep else None),
        timezone=found.timezone,
        login=login,
        login_works=works,
        next_export=lane.export.due if lane else None,
        next_import=lane.import_.due if lane else None,
        documents=await _documents(hub, id),
        failures=tuple(await _failures(hub, id)),
        lines=tuple(map(LogLine.model_validate, await hub.journal.read(id, limit=LINES))),
    )


async def connection(hub: Hub, id: str) -> Connection:
    """Of any tenant; 404 when there is none."""
    row = await hub.store.get(CONNECTIONS, id)
    if row is None:
        raise HTTPException(404)
    return Connection.model_validate(row)


async def _login(hub: Hub, connection: Connection) -> tuple[str, bool]:
    """Who logged in, or why that is over; never a token."""
    try:
        grant = await hub.grants.get(connection.grant)
    except NeedsOwner as error:
        return error.reason, False
    return (grant.user_name, True) if grant.state == "live" else (grant.reason or "", False)


async def _documents(hub: Hub, id: str) -> Mapping[str, int]:
    counts = {state: await hub.store.count(LEDGER, {"connection": id, "state": state}) for state in ALL_ENTRY_STATES}
    return {state: count for state, count in counts.items() if count}


async def _failures(hub: Hub, id: str) -> list[Failure]:
    rows: list[dict[str, Any]] = []
    for state in FAILED:
        where = {"connection": id, "state": state}
        rows += await hub.store.find(LEDGER, where, sort=("-planned",), limit=MOST_REASONS)
    return by_reason(rows)
