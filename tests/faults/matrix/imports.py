"""Stories of the importer: what a consumer of the entity topics ends up with is what the package holds."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache

from services.importer.tables import names
from shared import connectors, topics
from shared.envelope import Message
from shared.reference import Reference
from shared.sandbox.scenario import scenario
from shared.schemas.connections import Connection
from tests.faults.flows import choices, kinds_of
from tests.faults.matrix.oracle import Evidence, Verdict, common
from tests.faults.matrix.plan import Event
from tests.faults.matrix.scripts import READ_SCRIPTS
from tests.faults.matrix.stories import Story, brief
from tests.kafka.installation import tick
from tests.world import World

_ENTITIES = topics.entities("")


async def _connected(world: World) -> Connection:
    kinds = kinds_of(world.connector)
    return await world.connected(**{**choices(connectors.get(world.connector)), "import_kinds": kinds})


async def _with_reference_data(world: World) -> Connection:
    """What settings choose from is read already, so that the story is about records alone."""
    connection = await _connected(world)
    for name in names(connectors.get(world.connector)):
        await Reference(world.store).save(connection.scope, name, [])
    return connection


async def _changed_since(world: World) -> Connection:
    """After a first sync somebody deletes a record, and changes one of each kind."""
    connection = await _connected(world)
    await world.tick(connection, "slot-1")
    await world.quiet("import")
    kinds = kinds_of(world.connector)
    world.scenario.remove(world.sandbox, kinds[0])
    for kind in kinds:
        world.scenario.change(world.sandbox, kind)
    return connection


def _first(world: World, connection: Connection) -> Sequence[Message]:
    return [tick(connection, "slot-1")]


def _second(world: World, connection: Connection) -> Sequence[Message]:
    return [tick(connection, "slot-2")]


def judge(evidence: Evidence, _expected: Mapping[str, str], _allowed: Collection[str]) -> Verdict:
    """Every record of the package is known downstream as it is now, and nothing else."""
    books = dict(_books(evidence))
    present = _present(evidence)
    lost = [id for id, name in books.items() if present.get(id) != name]
    problems = [f"{id} is {present.get(id)!r} downstream, {books[id]!r} in the package" for id in lost]
    problems += [f"{id} is downstream, and not in the package" for id in present.keys() - books.keys()]
    return Verdict(0, len(lost), (*problems, *_own_memory(evidence, present), *common(evidence)), evidence.rests)


def _books(evidence: Evidence) -> Iterator[tuple[str, str]]:
    for kind in kinds_of(evidence.connector):
        listed = evidence.known.listed(evidence.sandbox, evidence.known.administration, kind)
        yield from ((f"{kind}|{id}", name) for id, name in listed.items())


def _present(evidence: Evidence) -> dict[str, str]:
    """What is left of each key for a consumer who reads from the start, as Kafka keeps it: the newest by place."""
    kinds = kinds_of(evidence.connector)
    newest = {_id(event): event for event in evidence.published if _kind(event) in kinds}
    return {id: _name(event) for id, event in newest.items() if event.value is not None}


def _kind(event: Event) -> str:
    return event.topic.removeprefix(_ENTITIES)


def _id(event: Event) -> str:
    return f"{_kind(event)}|{(event.key or '').rpartition('|')[2]}"


def _name(event: Event) -> str:
    record = json.loads(event.record(0).value or b"")["record"]
    return str(record.get("name") or record["description"])


def _own_memory(evidence: Evidence, present: Mapping[str, str]) -> Iterator[str]:
    """Fingerprints are those of what is published, the run ended, and consumers ignore nothing."""
    kept = ["|".join(str(row["id"]).rsplit("|", 2)[1:]) for row in evidence.fingerprints if row["hash"]]
    remembered = {id for id in kept if id.partition("|")[0] in kinds_of(evidence.connector)}
    if remembered != present.keys():
        yield f"{len(remembered ^ present.keys())} fingerprints are not those of what is published"
    yield from (f"the run {run['id']} is {run['state']}" for run in evidence.runs if run["state"] != "done")
    yield from ignored(evidence)


def ignored(evidence: Evidence) -> Iterator[str]:
    """Later messages carry later sequences, or a consumer ignores them."""
    last: dict[str | None, str] = {}
    for event in evidence.published:
        sequence = dict(event.headers).get("ce_sequence", "")
        if event.topic.startswith(_ENTITIES) and sequence < last.get(event.key, ""):
            yield f"a consumer ignores what came last of {event.key}"
        last[event.key] = sequence


@cache
def first_import(connector: str) -> Story:
    """Everything is read for the first time."""
    return Story(
        connector,
        "first import",
        f"A first sync reads {_told(connector)}; the script plays on the first of them",
        _with_reference_data,
        _first,
        scenario(connector).reads[kinds_of(connector)[0]],
        READ_SCRIPTS,
        brief(connector, READ_SCRIPTS, "quiet day", reference=("quiet day", "limited")),
        kind="import",
        judge=judge,
    )


@cache
def second_import(connector: str) -> Story:
    """What happened since is read."""
    return Story(
        connector,
        "second import",
        f"A second sync of {_told(connector)} brings changes and a deletion; the script plays on the first of them",
        _changed_since,
        _second,
        scenario(connector).reads[kinds_of(connector)[0]],
        READ_SCRIPTS,
        brief(connector, READ_SCRIPTS, "answer cut", reference=("quiet day", "answer cut", "answer unreadable")),
        kind="import",
        judge=judge,
    )


def _told(connector: str) -> str:
    return " and ".join(kind.replace("_", " ") for kind in kinds_of(connector))


def importing(connector: str) -> Sequence[Story]:
    """Every story of the importer."""
    return [first_import(connector), second_import(connector)]
