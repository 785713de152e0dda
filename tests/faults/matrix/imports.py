"""Stories of the importer: what a consumer of the entity topics ends up with is what the package holds."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from shared.envelope import Message
from shared.schemas.connections import Connection
from tests.faults.matrix.oracle import Evidence, Verdict, common
from tests.faults.matrix.plan import Event
from tests.faults.matrix.scripts import READ_SCRIPTS
from tests.faults.matrix.stories import Story
from tests.kafka.installation import tick
from tests.syncs import DIVISION, ENTITIES, change, remove
from tests.world import World

_NAMES = {"relation": ("crm/Accounts", "Name"), "product_category": ("logistics/ItemGroups", "Description")}
"""Kind -> the package's table, and the column that its name comes from."""


async def _connected(world: World) -> Connection:
    return await world.connected(**{**world.scenario.settings, "import_kinds": list(_NAMES)})


async def _with_reference_data(world: World) -> Connection:
    """What settings choose from is read already, so that the story is about records alone."""
    connection = await _connected(world)
    await world.tick(connection, "slot-0", kinds=("employee",))
    await world.quiet("import")
    return connection


async def _changed_since(world: World) -> Connection:
    """After a first sync somebody renames a relation and a group, and deletes another relation."""
    connection = await _connected(world)
    await world.tick(connection, "slot-1")
    await world.quiet("import")
    first, second, *_ = _table(world.sandbox, "crm/Accounts")
    change(world, "crm/Accounts", first, Name="Renamed meanwhile")
    remove(world, "crm/Accounts", second)
    change(world, "logistics/ItemGroups", next(iter(_table(world.sandbox, "logistics/ItemGroups"))), Description="Too")
    return connection


def _first(world: World, connection: Connection) -> Sequence[Message]:
    return [tick(connection, "slot-1")]


def _second(world: World, connection: Connection) -> Sequence[Message]:
    return [tick(connection, "slot-2")]


def _table(sandbox: Any, path: str) -> Mapping[str, Mapping[str, Any]]:
    rows: Mapping[str, Mapping[str, Any]] = sandbox.division(DIVISION).tables[path].rows
    return rows


def judge(evidence: Evidence, _expected: Mapping[str, str], _allowed: Collection[str]) -> Verdict:
    """Every record of the package is known downstream as it is now, and nothing else."""
    books = {f"{kind}|{id}": name for kind in _NAMES for id, name in _books(evidence, kind)}
    present = _present(evidence.published)
    lost = [id for id, name in books.items() if present.get(id) != name]
    problems = [f"{id} is {present.get(id)!r} downstream, {books[id]!r} in the package" for id in lost]
    problems += [f"{id} is downstream, and not in the package" for id in present.keys() - books.keys()]
    return Verdict(0, len(lost), (*problems, *_own_memory(evidence, present), *common(evidence)), evidence.rests)


def _books(evidence: Evidence, kind: str) -> Iterator[tuple[str, str]]:
    path, column = _NAMES[kind]
    for id, row in _table(evidence.sandbox, path).items():
        if not row.get("Blocked") and not row.get("EndDate"):
            yield id, row[column]


def _present(published: Sequence[Event]) -> dict[str, str]:
    """What is left of each key for a consumer who reads from the start, as Kafka keeps it: the newest by place."""
    newest = {event.key: event for event in published if _kind(event) in _NAMES}
    return {_id(event): _name(event) for event in newest.values() if event.value is not None}


def _kind(event: Event) -> str:
    return event.topic.removeprefix(ENTITIES)


def _id(event: Event) -> str:
    return f"{_kind(event)}|{(event.key or '').rpartition('|')[2]}"


def _name(event: Event) -> str:
    record = json.loads(event.record(0).value or b"")["record"]
    return str(record.get("name") or record["description"])


def _own_memory(evidence: Evidence, present: Mapping[str, str]) -> Iterator[str]:
    """Fingerprints are those of what is published, the run ended, and later messages carry later sequences."""
    kept = ["|".join(str(row["id"]).rsplit("|", 2)[1:]) for row in evidence.fingerprints]
    remembered = {id for id in kept if id.partition("|")[0] in _NAMES}
    if remembered != present.keys():
        yield f"{len(remembered ^ present.keys())} fingerprints are not those of what is published"
    yield from (f"the run {run['id']} is {run['state']}" for run in evidence.runs if run["state"] != "done")
    last: dict[str | None, str] = {}
    for event in evidence.published:
        sequence = dict(event.headers).get("ce_sequence", "")
        if event.topic.startswith(ENTITIES) and sequence < last.get(event.key, ""):
            yield f"a consumer ignores what came last of {event.key}"
        last[event.key] = sequence


FIRST_IMPORT = Story(
    "first import",
    "A first sync reads relations and two pages of article groups; the script plays on the relations",
    _with_reference_data, _first, "GET", "/sync/CRM/Accounts", READ_SCRIPTS, kind="import", judge=judge,
    options={"groups": 70},
)  # fmt: skip
SECOND_IMPORT = Story(
    "second import",
    "A second sync brings two changes and a deletion; the script plays on the relations",
    _changed_since, _second, "GET", "/sync/CRM/Accounts|/sync/Deleted", READ_SCRIPTS, kind="import", judge=judge,
)  # fmt: skip

IMPORTS: Sequence[Story] = (FIRST_IMPORT, SECOND_IMPORT)
