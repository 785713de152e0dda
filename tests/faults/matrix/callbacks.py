"""Stories of webhooks: what a package calls back about arrives, and each hook is there once as long as it is wanted."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache

from shared import connectors, envelope, topics
from shared.doors import PATH
from shared.envelope import Message
from shared.login import disconnect
from shared.sandbox.scenario import Calls, scenario
from shared.schemas.connections import Connection
from shared.schemas.messages import EntityChanged
from shared.webhooks import Webhooks
from tests.faults.matrix.imports import ignored
from tests.faults.matrix.oracle import Evidence, Verdict, common
from tests.faults.matrix.plan import PUBLIC, Event
from tests.faults.matrix.scripts import QUIET, READ_SCRIPTS, SCRIPTS
from tests.faults.matrix.stories import Story, brief
from tests.kafka.installation import tick
from tests.world import World

RUNG = "rung"
"""The topic of a mark of ours: behind it stands what the callbacks brought; it names what has to be there."""


def _hooks(connector: str) -> Webhooks:
    hooks = connectors.get(connector).webhooks
    assert hooks is not None
    return hooks


def kinds_of(connector: str) -> Sequence[str]:
    """One kind of each list that the package calls back about."""
    return sorted({kinds[0] for kinds in _hooks(connector).topics.values()})


async def _connected(world: World) -> Connection:
    settings = {**world.scenario.settings, "import_kinds": kinds_of(world.connector)}
    return await world.connected(**settings)


async def _synced(world: World) -> Connection:
    connection = await _connected(world)
    await world.tick(connection, "slot-1")
    await world.quiet("import")
    return connection


async def _changed_since(world: World) -> Connection:
    """After a first sync somebody deletes a record of each kind and changes another; both are called back about."""
    connection = await _synced(world)
    kinds = kinds_of(world.connector)
    gone = {world.scenario.remove(world.sandbox, kind): kind for kind in kinds}
    changed = {world.scenario.change(world.sandbox, kind): kind for kind in kinds}
    mark = json.dumps({"gone": gone, "changed": changed}).encode()
    await world.bus.publish([Message(RUNG, "", {"ce_id": RUNG}, mark)])
    return connection


def _callbacks(world: World, connection: Connection) -> Sequence[Message]:
    mark = json.loads(world.bus.of(RUNG)[0].body or b"")
    return [_callback(connection, kind, id) for rung in mark.values() for id, kind in rung.items()]


def _callback(connection: Connection, kind: str, id: str) -> Message:
    return envelope.message(
        topics.callbacks(connection.connector),
        f"{connection.id}|{kind}|{id}",
        EntityChanged(connection=connection.id, kind=kind, vendor_id=id),
        type=envelope.ENTITY_CHANGED,
        source="test",
        tenant=connection.tenant,
    )


def judge_callbacks(evidence: Evidence, _expected: Mapping[str, str], _allowed: Collection[str]) -> Verdict:
    """What was changed was published since, what was deleted is a tombstone, and nothing waits any more."""
    place = next(n for n, event in enumerate(evidence.published) if event.topic == RUNG)
    mark = json.loads(evidence.published[place].record(0).value or b"")
    newest = {_id(event): event for event in evidence.published[place + 1 :]}
    lost = [id for id, kind in mark["changed"].items() if not _alive(newest.get((topics.entities(kind), id)))]
    lost += [id for id, kind in mark["gone"].items() if not _dead(newest.get((topics.entities(kind), id)))]
    problems = [f"{id} was rung for, and what came of it is not downstream" for id in lost]
    problems += [f"a fetch waits: {row['id']}" for row in evidence.waiting]
    return Verdict(0, len(lost), (*problems, *ignored(evidence), *common(evidence)), evidence.rests)


def _id(event: Event) -> tuple[str, str]:
    return event.topic, (event.key or "").rpartition("|")[2]


def _alive(event: Event | None) -> bool:
    return event is not None and event.value is not None


def _dead(event: Event | None) -> bool:
    return event is not None and event.value is None


def judge_hooks(evidence: Evidence, _expected: Mapping[str, str], _allowed: Collection[str]) -> Verdict:
    """Each topic that is wanted is asked for once, at the one address; where each is signed, its secret is known."""
    hooks, asked = _hooks(evidence.connector), sorted(evidence.known.hooked(evidence.sandbox))
    wanted = sorted(hooks.wanted(kinds_of(evidence.connector)))
    found = sorted(one.rpartition(" ")[0] for one in asked)
    lost = [topic for topic in wanted if topic not in found]
    problems = list(_wrong(evidence, hooks, asked))
    return Verdict(len(asked) - len(set(asked)), len(lost), (*problems, *common(evidence)), evidence.rests)


def _wrong(evidence: Evidence, hooks: Webhooks, asked: Sequence[str]) -> Iterator[str]:
    addresses = {one.rpartition(" ")[2] for one in asked}
    if len(addresses) != 1 or not all(one.startswith(f"{PUBLIC}{PATH}/") for one in addresses):
        yield f"hooks lead to {len(addresses)} addresses"
    (door,) = evidence.doors
    sealed = sum(hook["sealed"] is not None for hook in door["hooks"])
    if hooks.verify is not None and hooks.administration is None and sealed != len(asked):
        yield f"{sealed} secrets of {len(asked)} hooks are known"
    if door["pending"]:
        yield "a hook is not settled"


def judge_ended(evidence: Evidence, _expected: Mapping[str, str], _allowed: Collection[str]) -> Verdict:
    """No hook is left, and nobody is called back any more."""
    left = evidence.known.hooked(evidence.sandbox)
    problems = [f"{len(left)} hooks are left"] if left else []
    problems += ["the door is not closed"] if evidence.doors else []
    return Verdict(0, 0, (*problems, *common(evidence)), evidence.rests)


@cache
def callbacks(connector: str) -> Story:
    """Single records are fetched."""
    told = " and a ".join(kind.replace("_", " ") for kind in kinds_of(connector))
    return Story(
        connector,
        "callbacks",
        f"The package calls back: a {told} was changed, another one deleted; the script plays on the fetches",
        _changed_since,
        _callbacks,
        _fetches(connector),
        READ_SCRIPTS,
        brief(connector, READ_SCRIPTS, "quiet day", reference=("quiet day", "answer cut")),
        kind="import",
        judge=judge_callbacks,
        size="small",
    )


@cache
def registration(connector: str) -> Story:
    """A new connection asks to be called back."""
    return Story(
        connector,
        "hooks",
        "A new connection asks to be called back; the script plays on the call that asks",
        _connected,
        lambda _, connection: [tick(connection, "slot-1")],
        _asks(connector),
        [script for script in SCRIPTS if not script.may_refuse and script.wasted == 0],
        brief(connector, SCRIPTS, "answer lost", reference=("quiet day", "answer lost")),
        kind="import",
        judge=judge_hooks,
        public=PUBLIC,
    )


def _fetches(connector: str) -> Calls:
    """Single records are read where documents of that kind are read by id: the scenario says how."""
    calls = scenario(connector).fetches
    assert calls is not None
    return calls


async def _ended(world: World) -> Connection:
    connection = await disconnect(world.hub, (await _synced(world)).id)
    await world.quiet("export")  # ending a connection wakes the exporter too, which has nothing to do
    return connection


@cache
def ending(connector: str) -> Story:
    """A connection ends, and its hooks with it."""
    return Story(
        connector,
        "hooks taken back",
        "A connection with hooks ends",
        _ended,
        lambda *_: [],
        _asks(connector),
        [QUIET],
        kind="import",
        judge=judge_ended,
        public=PUBLIC,
    )


def _asks(connector: str) -> Calls:
    calls = scenario(connector).asks_to_be_called
    assert calls is not None
    return calls


def called_back(connector: str) -> Sequence[Story]:
    """Every story of webhooks; none where the package calls nobody."""
    if connectors.get(connector).webhooks is None:
        return []
    return [callbacks(connector), registration(connector), ending(connector)]
