"""The promise with real processes on a real Kafka: killed, restarted, stopped and poisoned, still exactly one document."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import pytest
from aiokafka import AIOKafkaProducer

from shared import envelope, topics
from shared.clock import EPOCH
from shared.lanes import PATIENCE
from shared.store.collections import FINGERPRINTS, LANES, STEPS
from tests.kafka.installation import CONNECTOR, ORDERS, Installation, installation, order, tick

DIVISIONS = (900001, 900002)


@pytest.fixture
async def here(fresh_topics: str, tmp_path: Path) -> AsyncIterator[Installation]:
    """A small installation."""
    async with installation(fresh_topics, tmp_path) as made:
        yield made


async def holders(here: Installation) -> set[str]:
    """The processes that hold a lane now, by their owner ids."""
    now = await here.hub.store.now()
    return {lane.owner for lane in await here.hub.lanes.of_connector(CONNECTOR) if lane.owner and lane.lease_until > now}


async def test_an_exporter_killed_between_the_answer_and_its_note_makes_no_second_document(here: Installation) -> None:
    (connection,) = await here.connect(1)
    here.sandbox.fail_next(kind="delay", when="after", seconds=1.0, match=ORDERS, method="POST")
    first = await here.services.running("exporter")
    await here.hub.bus.publish([order(connection, "WO-1")])

    async def in_the_books() -> bool:
        return bool(here.documents())

    await here.services.until(in_the_books, "the package has made the document")
    await first.kill()
    (entry,) = await here.entries()
    step = await here.hub.steps.get(f"{entry.id}|document")
    assert step is not None
    assert (entry.state, step.state) == ("ready", "sending")

    await here.services.start("exporter")
    await here.services.until(lambda: here.finished(1), "the document is confirmed and told")
    (made,) = here.sandbox.memory()["sales_orders"]
    (entry,) = await here.entries()
    (outcome,) = await here.outcomes()
    assert entry.state == "confirmed"
    assert (outcome.result, outcome.vendor_number) == ("exported", str(made["OrderNumber"]))
