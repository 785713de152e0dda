"""What the platform published, beside the ledger: a document that nobody took in is in no ledger, and in no books."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from shared import connectors
from shared.connector import Period
from shared.exporting import gate_of
from shared.hub import Hub
from shared.ledger.entry import Wanted
from shared.ledger.gates import Gate, verdict
from shared.mapping import Listed
from shared.reconcile.findings import never_taken_in, unknown_to_us
from shared.replay import Replay
from shared.replay.history import Found, newest
from shared.schemas.connections import Connection
from shared.schemas.messages import Finding
from shared.store import Store
from shared.store.collections import LEDGER

BATCH = 500
"""Entries looked up together."""


async def never_heard_of(
    hub: Hub, connection: Connection, replay: Replay, period: Period, strangers: Sequence[Listed]
) -> list[Finding]:
    """Published documents of these days that should be exported and are in no ledger; by `strangers` perhaps there.

    `BusUnavailable` when Kafka does not answer.
    """
    gate = gate_of(connection)
    found = await newest(replay, lambda document: _wanted(document, gate, period))
    same = await hub.connections.of_same_books(connection)
    lost = await _not_in_ledger(hub.store, connection, same, list(found))
    there = {one.reference: one for one in strangers}
    return sorted((_told(one, connection, there) for one in lost), key=lambda told: told.number)


def _wanted(document: Wanted, gate: Gate, period: Period) -> bool:
    decided = verdict(gate, document.flow, document.day, document.body.get("work_status"))
    return period.first <= document.day <= period.last and decided.event in {"release", "collect"}


async def _not_in_ledger(
    store: Store, connection: Connection, same: Sequence[Connection], found: Sequence[Found]
) -> list[Found]:
    """An earlier connection to the same books may have them."""
    missing: list[Found] = []
    for begin in range(0, len(found), BATCH):
        batch = found[begin : begin + BATCH]
        ids = {one.entry: list(_entries(one, connection, same)) for one in batch}
        known = await store.get_many(LEDGER, chain.from_iterable(ids.values()))
        missing += [one for one in batch if not known.keys() & set(ids[one.entry])]
    return missing


def _entries(one: Found, connection: Connection, same: Sequence[Connection]) -> Iterator[str]:
    """The ids that this document's entry may have."""
    rest = one.entry.removeprefix(f"{connection.tenant}|{connection.scope}|")
    for other in same:
        yield f"{other.tenant}|{other.scope}|{rest}"


def _told(one: Found, connection: Connection, there: Mapping[str | None, Listed]) -> Finding:
    if one.number in there:
        return unknown_to_us(one.number, there[one.number], connectors.get(connection.connector).title)
    whose = f"--connector {connection.connector} --tenant {connection.tenant}"
    return never_taken_in(one.number, f"fieldledger replay {whose} --document '{one.document}'")
