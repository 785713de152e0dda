"""Rewinding a group and replaying topics on a real Kafka: what is in the books stays there once."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer

from shared import envelope, topics
from shared.envelope import Message
from shared.ledger.entry import Entry
from shared.replay import Replay, prepare, replay_period
from shared.schemas.messages import ExportRequest
from tests.factories import completed, make_customer, make_work_order
from tests.kafka.groups import GROUP, committed, extents
from tests.kafka.installation import CONNECTOR, ONE_LINE, Installation, installation, order

TENANT = "tenant-0"


@pytest.fixture
async def here(fresh_topics: str, tmp_path: Path) -> AsyncIterator[Installation]:
    async with installation(fresh_topics, tmp_path) as made:
        yield made


def of_tenant(number: str, **changes: object) -> Message:
    customer = make_customer(debtor_number="90000")
    given = {"customer": customer, "materials": (ONE_LINE,), "hours": (), **changes}
    return completed(make_work_order(number, **given), TENANT)


def again(entry: Entry) -> Message:
    """A person asks for it once more."""
    return envelope.message(
        topics.export_requests(CONNECTOR),
        entry.document,
        ExportRequest(connection=entry.connection, entry=entry.id),
        type=envelope.EXPORT_REQUESTED,
        source="test",
        tenant=TENANT,
    )


async def until_taken_in(here: Installation) -> None:
    """The exporter took in all that was published."""
    bootstrap = here.hub.settings.kafka

    async def all_of_it() -> bool:
        ends = await extents(bootstrap)
        return bool(ends) and await committed(bootstrap) == ends

    await here.services.until(all_of_it, "the exporter took everything in")


async def rewind(bootstrap: str) -> None:
    """As `kafka-consumer-groups --reset-offsets --to-earliest` does it: the group, without members, is moved."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=GROUP, enable_auto_commit=False)
    await consumer.start()
    try:
        places = await committed(bootstrap)
        consumer.assign(list(places))
        await consumer.commit(dict.fromkeys(places, 0))
    finally:
        await consumer.stop()
    assert await committed(bootstrap) == {}


async def until_told(here: Installation, count: int) -> None:
    await here.services.until(lambda: here.finished(count), f"{count} documents are final and told")


async def test_a_group_rewound_to_the_beginning_changes_no_document_and_asks_the_package_nothing(
    here: Installation,
) -> None:
    await here.connect(1)
    exporter = await here.services.running("exporter")
    await here.hub.bus.publish([of_tenant("WO-1"), of_tenant("WO-REFUSED", materials=())])
    await until_told(here, 2)
    refused = next(entry for entry in await here.entries() if entry.state == "refused")
    await here.hub.bus.publish([again(refused)])
    await here.services.until(lambda: _tried_again(here, refused), "the refused one was tried once more")
    await until_taken_in(here)
    assert await exporter.stop() == 0
    before, calls = {entry.id: entry for entry in await here.entries()}, len(here.sandbox.calls)
    assert sorted(entry.state for entry in before.values()) == ["confirmed", "refused"]

    await rewind(here.hub.settings.kafka)
    await here.services.running("exporter")
    await until_taken_in(here)
    assert len(here.sandbox.calls) == calls
    # One more behind them all: what the rewinding had woken would have had its turn before it.
    await here.hub.bus.publish([of_tenant("WO-2")])
    await until_told(here, 3)
    after = {entry.id: entry for entry in await here.entries()}
    assert {id: after[id] for id in before} == before
    assert here.documents() == {"WO-1": 1, "WO-2": 1}
    posts = [call for call in here.sandbox.calls[calls:] if call.method == "POST" and "/api/v1/" in call.path]
    assert len(posts) == 1


async def _tried_again(here: Installation, refused: Entry) -> bool:
    now = await here.hub.entries.get(refused.id)
    return now is not None and now.final and now.outcome_due is None and now.version > refused.version + 2


async def replayed(here: Installation) -> Replay:
    run = await prepare(here.hub, CONNECTOR, TENANT)
    await replay_period(run, date(2026, 11, 1), date(2026, 11, 30))
    return run


async def test_what_was_published_before_the_connection_existed_is_exported_by_a_replay_and_once(
    here: Installation,
) -> None:
    await here.services.running("exporter")
    await here.hub.bus.publish([of_tenant("WO-1"), of_tenant("WO-2"), of_tenant("WO-3", work_date=date(2026, 12, 1))])
    await until_taken_in(here)
    (connection,) = await here.connect(1)
    assert await here.entries() == []

    for _ in range(2):
        run = await replayed(here)
        assert (run.published, run.read) == (2, 6)
        await until_taken_in(here)
        await until_told(here, 2)
    assert run.counts == {"confirmed": 2}
    await here.hub.bus.publish([order(connection, "WO-4")])
    await until_told(here, 3)
    assert here.documents() == {"WO-1": 1, "WO-2": 1, "WO-4": 1}
