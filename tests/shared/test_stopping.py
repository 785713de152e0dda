"""A service that is told to stop: turns under way end, or are cut off, and no lane stays leased."""

import asyncio
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from shared import turns
from shared.lanes import Lane, Lanes
from shared.schemas.documents import MaterialLine
from shared.store import Store
from shared.turns import Fuse, Held, Worker
from tests.factories import completed, make_work_order
from tests.shared.test_lanes import a_connection
from tests.world import make_world

CONNECTOR = "exact_online"
ONE_LINE = MaterialLine(code="ARB-VOORRIJ", description="Call-out", quantity=Decimal(1), unit_price=Decimal("42.50"))


class Stage:
    """A worker whose turn waits until the test lets it end."""

    def __init__(self, store: Store, size: int) -> None:
        self.lanes = Lanes(store, timedelta(seconds=30))
        self.begun = asyncio.Event()
        self.may_end = asyncio.Event()
        self.ended = 0
        self.worker = Worker(
            self.lanes, CONNECTOR, "export", self._turn, rest=self._rest, size=size, poll=0.01, fuse=Fuse(3)
        )

    async def _turn(self, held: Held) -> datetime | None:
        self.begun.set()
        await self.may_end.wait()
        self.ended += 1
        return None

    async def _rest(self, *_: object) -> None:
        raise AssertionError("nobody needs the owner here")

    async def running(self) -> "asyncio.Task[None]":
        """The worker in the middle of a turn."""
        await self.lanes.create(a_connection())
        await self.lanes.wake("c1", "export")
        task = asyncio.create_task(self.worker.run())
        await self.begun.wait()
        return task


@pytest.mark.parametrize("size", [1, 4])
async def test_a_turn_under_way_ends_and_no_other_begins(store: Store, size: int) -> None:
    stage = Stage(store, size)
    running = await stage.running()
    stage.worker.stop()
    await stage.lanes.wake("c1", "export")
    stage.may_end.set()
    await running
    lane = await stage.lanes.get("c1")
    assert lane is not None
    assert (stage.ended, lane.owner) == (1, None)
    assert lane.export.due is not None


@pytest.mark.parametrize("size", [1, 4])
async def test_a_turn_that_does_not_end_is_cut_off_and_its_lane_is_free_and_due(
    store: Store, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "DRAIN", timedelta(milliseconds=50))
    stage = Stage(store, size)
    running = await stage.running()
    stage.worker.stop()
    async with asyncio.timeout(10):
        await running
    assert stage.ended == 0
    again = await Lanes(store, timedelta(seconds=30)).claim(CONNECTOR, "export")
    assert again is not None
    assert not again.taken_over


async def test_lanes_that_were_being_claimed_when_it_was_told_to_stop_are_free_at_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(store, 3)
    claim = stage.lanes.claim_several

    async def claim_then_stopped(*args: Any) -> list[Lane]:
        lanes = await claim(*args)
        stage.worker.stop()
        return lanes

    monkeypatch.setattr(stage.lanes, "claim_several", claim_then_stopped)
    for id in ("c1", "c2"):
        await stage.lanes.create(a_connection(id))
        await stage.lanes.wake(id, "export")
    await stage.worker.run()
    assert not stage.begun.is_set()
    again = await Lanes(store, timedelta(seconds=30)).claim_several(CONNECTOR, "export", 3)
    assert [lane.taken_over for lane in again] == [False, False]


async def test_all_slots_that_are_free_get_a_lane_and_no_lane_more(store: Store) -> None:
    stage = Stage(store, 3)
    for n in range(5):
        await stage.lanes.create(a_connection(f"c{n}"))
        await stage.lanes.wake(f"c{n}", "export")
    running = asyncio.create_task(stage.worker.run())
    await stage.begun.wait()
    held = [lane for lane in await stage.lanes.of_connector(CONNECTOR) if lane.owner]
    stage.worker.stop()
    stage.may_end.set()
    await running
    assert (len(held), stage.ended) == (3, 3)


async def test_a_document_cut_off_while_it_is_sent_is_not_blamed_and_made_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "DRAIN", timedelta(milliseconds=20))
    world = make_world(store, settings={"request_timeout": 0.5})
    await world.connected(vat_codes={"21": "4"})
    world.sandbox.fail_next(kind="delay", when="after", seconds=0.4, match="salesorder/SalesOrders", method="POST")
    await world.publish(completed(make_work_order(materials=(ONE_LINE,), hours=())))
    worker = world.worker("export")
    running = asyncio.create_task(worker.run())
    async with asyncio.timeout(10):
        while not world.sandbox.memory()["sales_orders"]:  # noqa: ASYNC110  # the sandbox announces nothing
            await asyncio.sleep(0.005)
        worker.stop()
        await running
    (entry,) = await world.hub.entries.list({})
    assert (entry.state, entry.crashes) == ("ready", 0)
    await world.quiet(patience=1.0)
    (entry,) = await world.hub.entries.list({})
    assert (entry.state, len(world.sandbox.memory()["sales_orders"])) == ("confirmed", 1)
