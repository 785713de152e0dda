"""A comparison is turns of the lane: documents first, within the limits, resumed wherever it was stopped."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.exporter.app import exporter
from shared import clock, topics
from shared.clock import EPOCH
from shared.connector import Period
from shared.lanes import Lanes
from shared.reconcile.runs import Reconciliation, Reconciliations, request
from shared.schemas.connections import Connection
from shared.schemas.messages import ReconciliationRequest
from shared.store import Store
from shared.store.collections import LANES, LOG, RECONCILIATIONS, SHEETS
from tests.books import FIRST, LAST, ORDERS, Hands, asked, findings, sheets, told
from tests.factories import completed
from tests.services.test_exporter import VAT, an_order, entry_of, orders
from tests.world import World, make_contract_world, make_world


@pytest.fixture
async def world(store: Store) -> World:
    return make_world(store)


async def in_books(world: World, *numbers: str) -> Connection:
    """A connection with these documents in the package."""
    connection = await world.connected(vat_codes=VAT)
    await world.publish(*(completed(an_order(number)) for number in numbers))
    await world.quiet()
    return connection


async def run_of(world: World, id: str = "r-1") -> Reconciliation:
    run = await Reconciliations(world.store).get(id)
    assert run is not None
    return run


def listings(world: World) -> int:
    """Calls that read orders."""
    return sum(call.method == "GET" and call.path.endswith(ORDERS) for call in world.sandbox.calls)


async def test_every_page_of_a_list_is_read_one_in_a_turn(world: World) -> None:
    connection = await in_books(world, "WO-1")
    Hands(world).copies("WO-1", 150)
    await world.publish(asked(connection, "r-1"))
    turns = [await _calls_of_a_turn(world) for _ in range(6)]
    assert turns == [0, 1, 1, 1, 0, 0], "what to read, three pages of sixty, comparing, and nothing more"
    assert (await run_of(world)).differing == 150


async def _calls_of_a_turn(world: World) -> int:
    before = listings(world)
    await world.one_turn("export")
    return listings(world) - before


async def test_an_app_that_may_not_list_without_a_filter_reads_orders_invoices_and_entries(store: Store) -> None:
    world = make_world(store, mandatory_filter=True)
    await world.connected(vat_codes=VAT, journal="70", ledger="8000")
    connection = await world.hub.connections.live("exact_online", ["acme"])
    async with world.hub.connect(connection["acme"], "import") as client:
        period = Period(FIRST, LAST)
        for read in (client.listed_orders, client.listed_invoices, client.listed_entries):
            assert (await read(period, None)).next is None


async def test_documents_go_first(world: World) -> None:
    connection = await in_books(world, "WO-1")
    await world.publish(asked(connection, "r-1"), completed(an_order("WO-2")))
    await world.one_turn("export")
    assert (await entry_of(world, "WO-2")).state == "confirmed"
    assert (await run_of(world)).lists is None
    await world.quiet("export")
    assert (await run_of(world)).agreeing == 2


async def test_a_request_met_again_starts_nothing_and_two_requests_follow_each_other(world: World) -> None:
    connection = await in_books(world, "WO-1")
    for _ in range(2):
        await world.publish(asked(connection, "r-1"), asked(connection, "r-2", last=date(2026, 11, 1)))
        await world.quiet("export")
    assert [one.agreeing for one in told(world)] == [1, 0]


async def test_a_request_that_makes_no_sense_is_a_dead_letter(world: World) -> None:
    connection = await in_books(world, "WO-1")
    readable = asked(connection, "r-1")
    other = ReconciliationRequest(connection="another", first=FIRST, last=LAST)
    await world.publish(
        type(readable)(readable.topic, readable.key, readable.headers, b"{}"),
        request(connection, "r-2", other, "test"),
    )
    letters = [one.body or b"" for one in world.bus.of(topics.exports_dead("exact_online"))]
    assert [b"not a readable request" in letters[0], b"no such connection" in letters[1]] == [True, True]
    assert await world.store.find(RECONCILIATIONS, {}) == []


class ProcessDied(BaseException):
    """Nobody handles it, as nobody handles a SIGKILL."""


class MortalStore:
    """A store whose process dies at its n-th write for a comparison: before it is done, or after."""

    def __init__(self, store: Store, moment: int, when: str) -> None:
        self._store = store
        self._left = moment
        self._when = when
        self.died = False

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        return self._mortal(found) if name in {"update", "insert", "put_many", "delete_many"} else found

    def _mortal(self, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def write(collection: str, *args: Any, **more: Any) -> Any:
            ours = collection in {RECONCILIATIONS, SHEETS, LOG}
            self._left -= ours
            fatal = ours and self._left == -1
            if fatal and self._when == "before":
                self._die()
            done = await call(collection, *args, **more)
            if fatal:
                self._die()
            return done

        return write

    def _die(self) -> None:
        self.died = True
        raise ProcessDied


WRITES = 11
"""Of a comparison of two pages with one document to look up: all its writes, its pages and its line in the log."""

ENDED = {"before": WRITES - 1, "after": WRITES - 2}
"""Between its last word and throwing its pages away."""


@pytest.mark.parametrize("when", ["before", "after"])
async def test_killed_at_any_write_it_goes_on_and_finds_the_same(world: World, when: str) -> None:
    connection = await in_books(world, "WO-1", "WO-2", "WO-3")
    Hands(world).delete("WO-3")
    Hands(world).copies("WO-1", 70, YourRef="of somebody else")
    left_over: dict[int, list[str]] = {}
    for moment in range(WRITES + 1):
        id = f"r-{moment}"
        died = await _killed(world, connection, id, moment, when)
        assert died == (moment < WRITES), moment
        run = await run_of(world, id)
        assert (run.state, run.agreeing, run.differing) == ("done", 2, 1), moment
        assert [one.kind for one in await findings(world, id)] == ["missing"]
        left_over[moment] = [sheet.list for sheet in await sheets(world, id) if sheet.list]
        assert len(await world.store.find(LOG, {"id": f"{id}|told"})) == 1
    assert [moment for moment, pages in left_over.items() if pages] == [ENDED[when]], "of that one they expire"
    ids = [message.headers["ce_id"] for message in world.bus.of(topics.RECONCILIATIONS)]
    assert set(ids) == {f"r-{moment}" for moment in range(WRITES + 1)}


async def _killed(world: World, connection: Connection, id: str, moment: int, when: str) -> bool:
    """One process dies; once its lease is over, another one goes on."""
    await world.publish(asked(connection, id))
    mortal = MortalStore(world.store, moment, when)
    first = World(mortal, world.sandbox, settings=world.settings, bus=world.bus)  # type: ignore[arg-type]
    try:
        await first.quiet("export")
    except ProcessDied:
        await world.store.update(LANES, connection.id, set={"lease_until": clock.stamp(EPOCH)})
        await world.quiet("export")
    return mortal.died


async def test_an_exporter_that_was_overtaken_writes_nothing_more(world: World) -> None:
    connection = await in_books(world, "WO-1")
    await world.publish(asked(connection, "r-1"))
    await world.one_turn("export")
    stale = await run_of(world)
    await world.one_turn("export")
    ahead = await run_of(world)
    with pytest.raises(Exception, match="changed by somebody else"):
        await Reconciliations(world.store).save(stale, stale.model_copy(update={"lists": ()}))
    assert await run_of(world) == ahead


async def test_a_wake_up_that_was_lost_is_found_by_the_sweep(world: World) -> None:
    connection = await in_books(world, "WO-1")
    body = ReconciliationRequest(connection=connection.id, first=FIRST, last=LAST)
    await Reconciliations(world.store).start(connection, "r-1", body)
    assert await world.quiet("export") == 0
    await exporter(world.hub, "exact_online")._sweep()
    await world.quiet("export")
    assert (await run_of(world)).state == "done"


async def test_it_leaves_the_reserve_of_the_limit_to_documents_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    world = make_contract_world("exact_online", tmp_path)
    await world.hub.open()
    connection = await world.connected(**world.scenario.settings)
    await world.publish(completed(an_order("WO-1")))
    await world.quiet(patience=24 * 3600)
    Hands(world).copies("WO-1", 60 * 60, YourRef="of somebody else")
    await world.wait(timedelta(minutes=1))
    await world.publish(asked(connection, "r-1"))
    while not (await run_of(world)).waits:
        await world.one_turn("export")
    before = len(orders(world))
    assert (await run_of(world)).page < 60, "an hour's worth of pages does not fit into one minute"
    await world.publish(completed(an_order("WO-2")))
    await world.one_turn("export")
    assert len(orders(world)) == before + 1, "the reserve was left to it"
    await world.quiet("export", patience=24 * 3600)
    assert ((await run_of(world)).state, (await run_of(world)).agreeing) == ("done", 2)
    assert all(call.status != 429 for call in world.sandbox.calls)
    await world.hub.close()


async def test_two_exporters_share_a_comparison(world: World) -> None:
    connection = await in_books(world, "WO-1")
    Hands(world).copies("WO-1", 200, YourRef="of somebody else")
    other = World(world.store, world.sandbox, settings=world.settings, bus=world.bus)
    other.hub.lanes = Lanes(world.store, world.settings.lease_time)
    await world.publish(asked(connection, "r-1"))
    turns = [await one.one_turn("export") for _ in range(4) for one in (world, other)]
    assert turns.count(True) == 6
    assert ((await run_of(world)).agreeing, len(told(world))) == (1, 1)
