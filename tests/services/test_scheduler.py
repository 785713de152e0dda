"""The only clock: one tick per connection and slot, however many schedulers run, die or lose Kafka."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import pytest

from services.scheduler.app import CLAIM, Scheduler, scheduler
from shared import topics
from shared.envelope import Message
from shared.errors import Unavailable
from shared.hub import Hub
from shared.keys import KeyRing
from shared.runs import Run, Runs
from shared.schemas.connections import Administration, Connection
from shared.schemas.messages import SyncTick
from shared.store.sqlite import SqliteStore
from tests.fakes import FakeClock, RecordingBus
from tests.world import make_settings

CONNECTOR = "exact_online"
MINUTE = timedelta(minutes=1)
INTERVAL = 15 * MINUTE


class Died(BaseException):
    """The process is gone: nothing of it runs any more."""


class DeadlyBus(RecordingBus):
    """Ends the process that publishes, before anything is sent."""

    async def publish(self, messages: Sequence[Message]) -> None:
        raise Died


class Installation:
    """Schedulers over one store file; `ticks` are those all of them emitted."""

    def __init__(self, file: Path) -> None:
        self.clock = FakeClock()
        self.bus = RecordingBus()
        self._file = file
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self.hub = await self.new_hub()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    async def new_hub(self, bus: RecordingBus | None = None) -> Hub:
        """What one more process has: its own client of the store."""
        store = SqliteStore(self._file, self.clock)
        settings = make_settings(sync_interval=int(INTERVAL.total_seconds()))
        hub = Hub(settings, store, KeyRing.from_settings(settings), bus or self.bus, now=self.clock)
        await hub.open()
        self._open.push_async_callback(hub.close)
        return hub

    async def new_scheduler(self, bus: RecordingBus | None = None) -> Scheduler:
        """One more process."""
        return scheduler(await self.new_hub(bus))

    async def connect(self, *ids: str) -> list[Connection]:
        """Connections, each of its own tenant."""
        made = [a_connection(id, self.clock) for id in ids]
        for connection in made:
            await self.hub.connections.add(connection)
        return made

    @property
    def ticks(self) -> list[SyncTick]:
        return [SyncTick.model_validate_json(one.body or b"") for one in self.bus.of(topics.ticks(CONNECTOR))]


def a_connection(id: str, clock: FakeClock) -> Connection:
    return Connection(
        id=id,
        tenant=f"tenant of {id}",
        connector=CONNECTOR,
        grant="g",
        administration=Administration(code="1", name="A"),
        created=clock(),
    )


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Installation]:
    async with Installation(tmp_path / "store.db") as made:
        yield made


async def test_ten_schedulers_at_once_emit_one_tick_for_each_connection_and_slot(here: Installation) -> None:
    connections = await here.connect(*(f"c{n}" for n in range(12)))
    many = [await here.new_scheduler() for _ in range(10)]
    for emitted in (1, 2):
        await asyncio.gather(*(one.emit_due() for one in many))
        assert Counter(tick.connection for tick in here.ticks) == {one.id: emitted for one in connections}
        here.clock.advance(INTERVAL)
    assert len({(tick.connection, tick.slot) for tick in here.ticks}) == 24


async def test_a_tick_says_whose_it_is_and_keeps_its_id_when_it_is_repeated(here: Installation) -> None:
    await here.connect("c")
    await (await here.new_scheduler()).emit_due()
    (message,) = here.bus.messages
    (tick,) = here.ticks
    assert (message.key, message.headers["ce_tenant"]) == ("c", "tenant of c")
    assert message.headers["ce_id"] == f"c@{tick.slot}"
    assert (tick.reason, tick.kinds) == ("schedule", ())


async def test_a_scheduler_that_died_before_it_published_is_replaced_when_its_claim_ends(here: Installation) -> None:
    await here.connect("c")
    with pytest.raises(Died):
        await (await here.new_scheduler(DeadlyBus())).emit_due()
    heir = await here.new_scheduler()
    here.clock.advance(CLAIM - timedelta(seconds=1))
    await heir.emit_due()
    assert here.ticks == []
    here.clock.advance(timedelta(seconds=1))
    await heir.emit_due()
    await heir.emit_due()
    assert len(here.ticks) == 1


async def test_no_tick_comes_while_the_previous_run_is_going_and_one_when_it_is_over(here: Installation) -> None:
    (connection,) = await here.connect("c")
    one, runs = await here.new_scheduler(), Runs(here.hub.store)
    await runs.start(connection, SyncTick(connection="c", slot="earlier"), ("relation",))
    for _ in range(3):
        await one.emit_due()
        here.clock.advance(INTERVAL)
    assert here.ticks == []
    await finish(runs, await runs.active("c"))
    await one.emit_due()
    assert len(here.ticks) == 1


async def finish(runs: Runs, run: Run | None) -> None:
    assert run is not None
    await runs.save(run, run.model_copy(update={"state": "done", "active_key": None}))


async def test_days_of_downtime_end_in_one_tick(here: Installation) -> None:
    await here.connect("c")
    one = await here.new_scheduler()
    await one.emit_due()
    here.clock.advance(timedelta(days=3))
    await one.emit_due()
    await one.emit_due()
    first, second = here.ticks
    assert first.slot < second.slot


async def test_paused_and_ended_connections_get_none(here: Installation) -> None:
    await here.connect("live", "paused", "ended")
    await here.hub.store.update("connections", "paused", set={"state": "paused"})
    await here.hub.connections.disconnect("ended")
    await (await here.new_scheduler()).emit_due()
    assert [tick.connection for tick in here.ticks] == ["live"]


async def test_ticks_are_spread_over_the_interval(here: Installation) -> None:
    await here.connect(*(f"c{n}" for n in range(60)))
    one = await here.new_scheduler()
    await one.emit_due()  # a new connection does not wait for its first slot to come round
    per_minute = []
    for _ in range(30):
        here.clock.advance(MINUTE)
        before = len(here.ticks)
        await one.emit_due()
        per_minute.append(len(here.ticks) - before)
    assert sum(per_minute) == 2 * 60
    assert max(per_minute) <= 12  # four on average; all at once would be sixty


async def test_a_connection_is_read_as_seldom_as_its_settings_say_and_never_more_often(here: Installation) -> None:
    await here.connect("usual", "hourly")
    await here.hub.connections.change_settings("hourly", {"sync_minutes": 60})
    one = await here.new_scheduler()
    for _ in range(8 * 15):
        await one.emit_due()
        here.clock.advance(MINUTE)
    ticks = Counter(tick.connection for tick in here.ticks)
    assert ticks["usual"] in (8, 9)
    assert ticks["hourly"] in (2, 3)


async def test_more_connections_than_one_look_reads_all_get_their_tick(here: Installation) -> None:
    ids = [f"c{n:04}" for n in range(1001)]
    made = [a_connection(id, here.clock).model_dump(mode="json") | {"live_key": id} for id in ids]
    await here.hub.store.insert_many("connections", made)
    await here.hub.store.insert_many("slots", [old_slot(id) for id in ids[:-1]])
    await (await here.new_scheduler()).emit_due()
    assert [tick.connection for tick in here.ticks] == [ids[-1]]


def old_slot(id: str) -> dict[str, Any]:
    """A slot that was ticked in a far future: nothing to do for this one."""
    return {"id": id, "slot": "9999", "emitted": True, "claimed_until": ""}


@pytest.mark.parametrize("failures", [1, 3, 5])
async def test_a_kafka_outage_loses_no_tick_and_doubles_none(here: Installation, failures: int) -> None:
    connections = await here.connect(*(f"c{n}" for n in range(5)))
    one = await here.new_scheduler()
    here.bus.fail_next(failures)
    for _ in range(failures):
        with pytest.raises(Unavailable):
            await one.emit_due()
    await one.emit_due()
    here.clock.advance(CLAIM)
    await one.emit_due()
    assert {tick.connection for tick in here.ticks} == {connection.id for connection in connections}
    assert max(Counter((tick.connection, tick.slot) for tick in here.ticks).values()) == 1


async def test_an_outage_only_delays_the_service(here: Installation) -> None:
    await here.connect("c")
    hub = await here.new_hub()
    hub.settings = make_settings(poll=0.001)
    here.bus.fail_next()
    running = asyncio.create_task(scheduler(hub).run())
    async with asyncio.timeout(10):
        while not here.ticks:
            await asyncio.sleep(0.005)
            here.clock.advance(timedelta(seconds=1))
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert len(here.ticks) == 1
