"""A process whose own clock is wrong plans nothing by it: moments that work waits for are the store's."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from shared import asking, clock, topics
from shared.errors import Misconfigured, StoreUnavailable
from shared.reconcile.runs import Reconciliations
from shared.service import keep_checking_clock
from shared.store import Store
from tests.books import asked
from tests.factories import completed
from tests.services.test_exporter import VAT, an_order, entry_of
from tests.trial import Trial, trying
from tests.trial import an_order as a_trial_order
from tests.trial_connector import ORDERS
from tests.world import World, make_world

SOON = timedelta(minutes=1)


@pytest.fixture
async def ahead(store: Store) -> World:
    """A process that is ten minutes ahead; the package is down for its next call."""
    made = make_world(store)
    await made.connected(vat_codes=VAT)
    made.hub.now = lambda: clock.now() + timedelta(minutes=10)
    made.sandbox.fail_next(503, method="GET", times=3)
    return made


async def test_a_document_is_tried_again_when_the_store_says_so(ahead: World) -> None:
    await ahead.publish(completed(an_order()))
    await ahead.one_turn("export")
    entry = await entry_of(ahead)
    assert entry.attempts == 1
    assert entry.due is not None
    assert entry.due < await ahead.store.now() + SOON


async def test_a_page_is_read_again_when_the_store_says_so(ahead: World) -> None:
    (connection,) = await ahead.hub.connections.all()
    await ahead.tick(connection)
    await ahead.one_turn("import")
    lane = await ahead.hub.lanes.get(connection.id)
    assert lane is not None
    assert lane.import_.due is not None
    assert lane.import_.due < await ahead.store.now() + SOON


async def test_a_comparison_goes_on_when_the_store_says_so(ahead: World) -> None:
    (connection,) = await ahead.hub.connections.all()
    await ahead.publish(asked(connection, "r-1"))
    await ahead.one_turn("export")  # decides what to read
    await ahead.one_turn("export")
    run = await Reconciliations(ahead.store).get("r-1")
    assert run is not None
    assert run.attempts == 1
    assert run.due < await ahead.store.now() + SOON


async def test_a_service_whose_clock_is_moved_while_it_works_stops(store: Store) -> None:
    world = make_world(store, settings={"sweep": 0.01})
    moved = iter([timedelta(0), timedelta(0), timedelta(minutes=5)])
    world.hub.now = lambda: clock.now() + next(moved)
    with pytest.raises(Misconfigured, match="off the store's clock"):
        await keep_checking_clock(world.hub)


class AwayOnce:
    """A store that does not answer the first time it is asked what time it is."""

    def __init__(self) -> None:
        self.asked = 0

    async def now(self) -> datetime:
        self.asked += 1
        if self.asked == 1:
            raise StoreUnavailable("the store is away")
        return clock.now()


async def test_an_outage_of_the_store_says_nothing_about_the_clock(store: Store) -> None:
    world = make_world(store, settings={"sweep": 0.01})
    world.hub.now = lambda: clock.now() + timedelta(minutes=5)
    world.hub.store = AwayOnce()
    with pytest.raises(Misconfigured, match="off the store's clock"):
        await keep_checking_clock(world.hub)
    assert world.hub.store.asked == 2


async def word_arrives(trial: Trial) -> None:
    await trial.world.publish(trial.world.bus.of(topics.export_requests("exact_online"))[-1])


async def test_a_persons_word_is_heard_though_an_earlier_one_came_from_a_clock_that_is_ahead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with trying(tmp_path, monkeypatch) as trial:
        await trial.connected()
        trial.refuse(ORDERS)
        await trial.publish(a_trial_order())
        with monkeypatch.context() as elsewhere:
            elsewhere.setattr(clock, "now", lambda: trial.sandbox.clock.now() + timedelta(minutes=20))
            await asking.send_again(trial.hub, await trial.entry(), "laptop")
        trial.sandbox.fail_next(match=ORDERS, method="POST", kind="cut", when="before", times=3)
        await word_arrives(trial)
        await trial.world.quiet("export", patience=900.0)
        assert (await trial.entry()).state == "unsure"
        monkeypatch.setattr(clock, "now", trial.sandbox.clock.now)
        await asking.it_is_there(trial.hub, await trial.entry(), "office", vendor_id="guid-1", number="26000001")
        await word_arrives(trial)
        await trial.settled()
        assert (await trial.entry()).state == "confirmed"
