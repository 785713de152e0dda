"""The promise with real processes on a real Kafka: killed, stopped or poisoned, still exactly one document."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from deploy.local.kafka import RealKafka
from shared import clock, topics
from shared.envelope import Message
from shared.lanes import PATIENCE
from shared.schemas.connections import Connection
from shared.store.collections import FINGERPRINTS, LANES
from shared.topic_admin import ensure_topics
from tests.kafka.installation import CONNECTOR, ORDERS, RESOURCES, Installation, end_sessions, installation, order, tick

ITEMS = "logistics/Items"


@pytest.fixture
async def here(fresh_topics: str, tmp_path: Path) -> AsyncIterator[Installation]:
    """A small installation."""
    async with installation(fresh_topics, tmp_path) as made:
        yield made


@pytest.fixture
async def large(fresh_topics: str, tmp_path: Path) -> AsyncIterator[Installation]:
    """One whose first import takes a while; a process works on one connection at a time."""
    async with installation(fresh_topics, tmp_path, accounts=1500, lanes=1) as made:
        yield made


async def until_made(here: Installation, count: int) -> None:
    async def made() -> bool:
        return here.documents().total() >= count

    await here.services.until(made, f"the package has {count} documents")


async def until_told(here: Installation, count: int) -> None:
    await here.services.until(lambda: here.finished(count), f"{count} documents are final and told")


async def until_synced(here: Installation, connections: Sequence[Connection], runs: int = 1) -> None:
    await here.services.until(lambda: here.synced(connections, runs), f"each connection finished {runs} syncs")


async def holders(here: Installation) -> set[str]:
    """Who holds a lane now."""
    now = await here.hub.store.now()
    lanes = await here.hub.lanes.of_connector(CONNECTOR)
    return {lane.owner for lane in lanes if lane.owner and lane.lease_until > now}


async def test_an_importer_killed_in_the_middle_loses_nothing_and_leaves_nothing_old(large: Installation) -> None:
    connections = await large.connect(4, exports_from=None)
    large.sandbox.fail_next(kind="delay", seconds=0.15, match="sync/", method="GET", times=1000)
    victim, other = [await large.services.start("importer") for _ in range(2)]
    await large.services.until_running(victim, other)

    async def shared_evenly() -> bool:
        return await large.shares(f"importer.{CONNECTOR}") == [3, 3]

    async def both_in_the_middle() -> bool:
        return len(await holders(large)) == 2 and await large.hub.store.count(FINGERPRINTS, {}) >= 1000

    await large.services.until(shared_evenly, "the two importers share the partitions")
    await large.hub.bus.publish([tick(connection, "first") for connection in connections])
    await large.services.until(both_in_the_middle, "both importers are in the middle of a long import")
    await victim.kill()
    large.change_books()
    await end_sessions(large.hub.settings.kafka)
    await until_synced(large, connections)
    await large.hub.bus.publish([tick(connection, "second") for connection in connections])
    await until_synced(large, connections, 2)
    for connection in connections:
        for kind in RESOURCES:
            assert await large.present(kind, connection) == large.books(kind, connection)


async def test_an_exporter_killed_between_the_answer_and_its_note_makes_no_second_document(here: Installation) -> None:
    (connection,) = await here.connect(1)
    here.sandbox.fail_next(kind="delay", when="after", seconds=1.0, match=ORDERS, method="POST")
    first = await here.services.running("exporter")
    await here.hub.bus.publish([order(connection, "WO-1")])
    await until_made(here, 1)
    await first.kill()
    (entry,) = await here.entries()
    step = await here.hub.steps.get(f"{entry.id}|document")
    assert step is not None
    assert (entry.state, step.state) == ("ready", "sending")
    await made_once_after_a_restart(here)


async def test_an_exporter_killed_between_claim_and_sending_makes_the_document_later(here: Installation) -> None:
    (connection,) = await here.connect(1)
    here.sandbox.fail_next(kind="delay", seconds=1.0, match=ITEMS, method="GET")
    first = await here.services.running("exporter")
    await here.hub.bus.publish([order(connection, "WO-1")])

    async def preparing() -> bool:
        return any(ITEMS in call.path for call in here.sandbox.calls)

    await here.services.until(preparing, "the exporter gathers what the document needs")
    await first.kill()
    (entry,) = await here.entries()
    assert (entry.crashes, here.documents()) == (1, {})
    await made_once_after_a_restart(here)


async def made_once_after_a_restart(here: Installation) -> None:
    await here.services.start("exporter")
    await until_told(here, 1)
    (made,) = here.sandbox.memory()["sales_orders"]
    (entry,) = await here.entries()
    (outcome,) = await here.outcomes()
    assert (entry.state, entry.vendor_number) == ("confirmed", str(made["OrderNumber"]))
    assert (outcome.result, outcome.vendor_number) == ("exported", str(made["OrderNumber"]))


async def test_what_arrives_while_everything_is_down_is_done_after_the_start(here: Installation) -> None:
    connections = await here.connect(2)
    for round in (1, 2):
        numbers = [f"WO-{round}-{n}" for n in range(4)]
        orders = [order(connections[n % 2], number) for n, number in enumerate(numbers)]
        await here.hub.bus.publish([*orders, *(tick(connection, f"slot-{round}") for connection in connections)])
        service = await here.services.start("importer", "exporter")
        await until_told(here, 4 * round)
        await until_synced(here, connections, round)
        assert await service.stop() == 0
    assert sorted(here.documents().values()) == [1] * 8


@dataclass(frozen=True)
class Poison:
    """A message past our own envelope: `headers` go on top of good ones, None leaves none. `dead`: where it belongs."""

    key: str
    topic: str
    body: bytes | None
    dead: str
    reason: str
    headers: Mapping[str, bytes | None] | None = field(default_factory=dict)

    def over(self, good: Message) -> list[tuple[str, bytes | None]]:
        """The headers it is sent with."""
        if self.headers is None:
            return []
        return list(({name: value.encode() for name, value in good.headers.items()} | dict(self.headers)).items())


GARBAGE = bytes(range(256))
DOCUMENTS, TICKS = topics.WORKORDERS_COMPLETED, topics.ticks(CONNECTOR)
EXPORTS, IMPORTS, EVENTS = topics.exports_dead(CONNECTOR), topics.imports_dead(CONNECTOR), topics.EVENTS_DEAD
POISON = (
    Poison("not JSON", DOCUMENTS, b'{"id": "row-1", "revision": ', EXPORTS, "not a readable workorder: body"),
    Poison("other shape", DOCUMENTS, b'{"revision": "first"}', EXPORTS, "revision: Input should be a valid integer"),
    Poison("no body", DOCUMENTS, None, EXPORTS, "not a readable workorder"),
    Poison("garbage", DOCUMENTS, GARBAGE, EXPORTS, "not a readable workorder"),
    Poison("large", DOCUMENTS, b"[" * 1_000_000, EXPORTS, "only the first 500,000 of 1,000,000 bytes"),
    Poison("large header", DOCUMENTS, b"{}", EXPORTS, "not a readable workorder", {"ce_note": b"n" * 600_000}),
    Poison("no headers", DOCUMENTS, b"{}", EVENTS, "required CloudEvents headers are missing", None),
    Poison("binary header", DOCUMENTS, b"{}", EVENTS, "the headers are not text", {"ce_id": GARBAGE}),
    Poison("empty header", DOCUMENTS, b"{}", EVENTS, "the headers are not text", {"ce_type": None}),
    Poison("tick garbage", TICKS, GARBAGE, IMPORTS, "not a readable sync tick"),
    Poison("tick of other shape", TICKS, b'{"slot": []}', IMPORTS, "not a readable sync tick"),
)


async def test_poisoned_events_end_in_the_dead_letters_and_stop_nobody(here: Installation) -> None:
    (connection,) = await here.connect(1)
    good = {DOCUMENTS: order(connection, "WO-0"), TICKS: tick(connection, "slot")}
    async with AIOKafkaProducer(bootstrap_servers=here.hub.settings.kafka) as producer:
        for one in POISON:
            # All in one partition with a good one behind them, so that whatever stops there stops that one too.
            headers = one.over(good[one.topic])
            await producer.send_and_wait(one.topic, one.body, one.key.encode(), partition=0, headers=headers)
        for topic, message in good.items():
            headers = [(name, value.encode()) for name, value in message.headers.items()]
            await producer.send_and_wait(topic, message.body, message.key.encode(), partition=0, headers=headers)
    await here.services.start("importer", "exporter")
    await until_told(here, 1)
    await until_synced(here, [connection])

    assert here.documents() == {"WO-0": 1}
    for dead in (EXPORTS, IMPORTS, EVENTS):
        letters = {letter.key: letter.reason for letter in await here.letters(dead)}
        expected = {one.key: one.reason for one in POISON if one.dead == dead}
        assert letters.keys() == expected.keys()
        assert all(words in letters[key] for key, words in expected.items())


async def test_a_service_started_before_kafka_waits_for_it(own_kafka: RealKafka, tmp_path: Path) -> None:
    await ensure_topics(own_kafka.bootstrap, topics.all_topics([CONNECTOR]), 1)
    async with installation(own_kafka.bootstrap, tmp_path) as here:
        (connection,) = await here.connect(1)
        own_kafka.kill()
        early = await here.services.start("exporter")

        async def waiting() -> bool:
            return early.log.count("Kafka does not answer yet") >= 2

        await here.services.until(waiting, "the exporter tried twice")
        await asyncio.to_thread(own_kafka.restart)
        await here.services.until_running(early)
        await here.hub.bus.publish([order(connection, "WO-1")])
        await until_told(here, 1)


async def test_imports_go_on_while_no_exporter_takes_the_documents(here: Installation) -> None:
    (connection,) = await here.connect(1)
    here.sandbox.fail_next(kind="delay", seconds=1.0, match=ITEMS, method="GET")
    exporter = await here.services.running("exporter")
    await here.hub.bus.publish([order(connection, f"WO-{n}") for n in range(3)])

    async def working() -> bool:
        return bool(await holders(here)) and len(await here.entries()) == 3

    await here.services.until(working, "three documents wait and one is worked on")
    await exporter.kill()
    # As if they had waited for as long as imports give way.
    long_ago = clock.stamp(await here.hub.store.now() - PATIENCE - timedelta(seconds=1))
    await here.hub.store.update(LANES, connection.id, set={"export.due": long_ago})
    await here.hub.bus.publish([tick(connection, "slot")])
    await here.services.start("importer")
    await until_synced(here, [connection])
    assert not here.documents()
    assert await here.present("relation", connection) == here.books("relation", connection)

    await here.services.start("exporter")
    await until_told(here, 3)
    assert sorted(here.documents().values()) == [1] * 3


async def test_sixty_documents_of_six_tenants_meet_two_exporters_of_which_one_restarts(here: Installation) -> None:
    connections = await here.connect(6)
    here.sandbox.fail_next(kind="delay", seconds=0.05, match=ORDERS, method="POST", times=60)
    orders = [order(connections[n % 6], f"WO-{n}") for n in range(60)]
    first, second = [await here.services.start("exporter") for _ in range(2)]
    # Exports give way to imports for a while, so somebody has to take those.
    await here.services.until_running(first, second, await here.services.start("importer"))
    await here.hub.bus.publish([*orders, *orders])
    await until_made(here, 10)
    await first.kill()
    assert here.documents().total() < 60
    await here.services.start("exporter")
    await until_told(here, 60)

    assert here.documents() == {f"WO-{n}": 1 for n in range(60)}
    assert len(here.sandbox.memory()["accounts"]) == 6
    told = {outcome.number: outcome.vendor_number for outcome in await here.outcomes() if outcome.result == "exported"}
    made = {row["YourRef"]: str(row["OrderNumber"]) for row in here.sandbox.memory()["sales_orders"]}
    assert told == made


async def test_a_service_told_to_stop_ends_its_document_frees_its_lane_and_leaves_with_zero(here: Installation) -> None:
    (connection,) = await here.connect(1)
    here.sandbox.fail_next(kind="delay", when="after", seconds=0.7, match=ORDERS, method="POST")
    service = await here.services.running("all")
    await here.hub.bus.publish([order(connection, "WO-1")])
    await until_made(here, 1)
    assert await service.stop() == 0
    (lane,) = await here.hub.lanes.of_connector(CONNECTOR)
    (entry,) = await here.entries()
    assert (lane.owner, entry.state, entry.outcome_due) == (None, "confirmed", None)
    assert "Traceback" not in service.log
