from datetime import timedelta
from typing import Any

import pytest

from shared.clock import EPOCH
from shared.errors import LostLease, StoreUnavailable
from shared.lanes import EXPORTS_IN_A_ROW, PATIENCE, Due, Lane, Lanes, Rest, may_claim
from shared.schemas.connections import Administration, Connection
from shared.store import Store

LEASE = timedelta(seconds=30)


def a_connection(id: str = "c1") -> Connection:
    return Connection(
        id=id,
        tenant="acme",
        connector="exact_online",
        site="nl",
        grant="g",
        administration=Administration(code="1", name="Acme"),
        created=EPOCH,
    )


@pytest.fixture
async def lanes(store: Store) -> Lanes:
    made = Lanes(store, LEASE)
    await made.create(a_connection())
    return made


async def test_a_lane_without_work_is_not_claimed(lanes: Lanes) -> None:
    assert await lanes.claim("exact_online", "export") is None


async def test_only_one_of_two_holders_gets_the_lane(lanes: Lanes, store: Store) -> None:
    await lanes.wake("c1", "export")
    assert await lanes.claim("exact_online", "export") is not None
    assert await Lanes(store, LEASE).claim("exact_online", "export") is None


async def test_a_wake_up_during_the_turn_is_not_cleared_by_its_end(lanes: Lanes) -> None:
    await lanes.wake("c1", "export")
    lane = await lanes.claim("exact_online", "export")
    assert lane is not None
    await lanes.wake("c1", "export")
    await lanes.release(lane, "export", None)
    assert await lanes.claim("exact_online", "export") is not None


async def test_a_turn_clears_the_wake_up_it_has_seen(lanes: Lanes) -> None:
    await lanes.wake("c1", "export")
    lane = await lanes.claim("exact_online", "export")
    assert lane is not None
    await lanes.release(lane, "export", None)
    assert await lanes.claim("exact_online", "export") is None


async def test_the_fence_rises_with_every_claim(lanes: Lanes) -> None:
    fences = []
    for _ in range(3):
        await lanes.wake("c1", "export")
        lane = await lanes.claim("exact_online", "export")
        assert lane is not None
        fences.append(lane.fence)
        await lanes.release(lane, "export", None)
    assert fences == [1, 2, 3]


async def test_a_lane_whose_holder_died_is_taken_over_after_the_lease_and_says_so(store: Store) -> None:
    dead = Lanes(store, timedelta(milliseconds=-1))  # a lease that is over at once
    await dead.create(a_connection())
    await dead.wake("c1", "export")
    abandoned = await dead.claim("exact_online", "export")
    assert abandoned is not None
    heir = Lanes(store, LEASE)
    taken = await heir.claim("exact_online", "export")
    assert taken is not None
    assert taken.taken_over
    assert taken.previous_lease == abandoned.lease_until
    with pytest.raises(LostLease):
        await dead.renew(abandoned)
    with pytest.raises(LostLease):
        await dead.release(abandoned, "export", None)


async def test_a_released_lane_is_not_called_taken_over(lanes: Lanes) -> None:
    await lanes.wake("c1", "import")
    lane = await lanes.claim("exact_online", "import")
    assert lane is not None
    await lanes.release(lane, "import", EPOCH)
    again = await lanes.claim("exact_online", "import")
    assert again is not None
    assert not again.taken_over


async def test_a_resting_lane_keeps_its_work_and_goes_on_when_resumed(lanes: Lanes) -> None:
    await lanes.wake("c1", "export")
    await lanes.rest("c1", Rest(kind="owner", reason="log in again"))
    assert await lanes.claim("exact_online", "export") is None
    await lanes.resume("c1")
    lane = await lanes.claim("exact_online", "export")
    assert lane is not None
    assert lane.rest is None


async def test_a_turn_that_began_before_the_owner_acted_does_not_rest_the_lane_again(lanes: Lanes) -> None:
    await lanes.wake("c1", "export")
    lane = await lanes.claim("exact_online", "export")
    assert lane is not None
    await lanes.resume("c1")
    assert not await lanes.rest("c1", Rest(kind="owner", reason="log in again"), unless_resumed=lane)
    await lanes.release(lane, "export", None)
    assert await lanes.claim("exact_online", "export") is not None


def lane_with(*, export: float | None, import_: float | None, streak: int = 0) -> Lane:
    def due(seconds_ago: float | None) -> Due:
        return Due(due=None if seconds_ago is None else EPOCH - timedelta(seconds=seconds_ago))

    return Lane(id="c", tenant="t", connector="x", export=due(export), import_=due(import_), streak=streak)


def test_exports_go_first() -> None:
    lane = lane_with(export=1, import_=1)
    assert may_claim(lane, "export", EPOCH)
    assert not may_claim(lane, "import", EPOCH)


def test_after_five_exports_in_a_row_an_import_is_due() -> None:
    lane = lane_with(export=1, import_=1, streak=EXPORTS_IN_A_ROW)
    assert may_claim(lane, "import", EPOCH)
    assert not may_claim(lane, "export", EPOCH)


def test_imports_go_on_when_no_exporter_takes_the_documents_for_a_minute() -> None:
    waiting_long = PATIENCE.total_seconds()
    assert may_claim(lane_with(export=waiting_long, import_=0), "import", EPOCH)


def test_exports_go_on_when_no_importer_takes_its_turn_for_a_minute() -> None:
    waiting_long = PATIENCE.total_seconds()
    assert may_claim(lane_with(export=0, import_=waiting_long, streak=EXPORTS_IN_A_ROW), "export", EPOCH)


def test_work_that_is_due_later_holds_nobody_back() -> None:
    assert may_claim(lane_with(export=-60, import_=1), "import", EPOCH)


async def test_repeated_wake_ups_do_not_make_waiting_work_look_young(lanes: Lanes) -> None:
    await lanes.wake("c1", "export")
    first = await lanes.get("c1")
    await lanes.wake("c1", "export")
    second = await lanes.get("c1")
    assert first is not None
    assert second is not None
    assert second.export.due == first.export.due
    assert second.export.wanted == first.export.wanted + 1


async def test_a_lease_that_is_renewed_at_the_last_moment_is_not_stolen(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Lanes(store, timedelta(milliseconds=-1))
    await slow.create(a_connection())
    await slow.wake("c1", "export")
    lane = await slow.claim("exact_online", "export")
    assert lane is not None
    find = store.find

    async def find_then_renewed(*args: Any, **kwargs: Any) -> Any:
        found = await find(*args, **kwargs)
        slow.lease = LEASE
        await slow.renew(lane)
        return found

    monkeypatch.setattr(store, "find", find_then_renewed)
    assert await Lanes(store, LEASE).claim("exact_online", "export") is None


@pytest.fixture
async def many(store: Store) -> Lanes:
    """Five lanes, woken one after the other."""
    made = Lanes(store, LEASE)
    for n in range(5):
        await made.create(a_connection(f"c{n}"))
        await made.wake(f"c{n}", "export")
    return made


async def test_several_lanes_are_claimed_together_those_that_wait_longest(many: Lanes) -> None:
    assert sorted(lane.id for lane in await many.claim_several("exact_online", "export", 3)) == ["c0", "c1", "c2"]
    assert sorted(lane.id for lane in await many.claim_several("exact_online", "export", 9)) == ["c3", "c4"]


async def test_what_another_holder_takes_meanwhile_is_made_up_for_by_the_next_lanes(
    many: Lanes, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    find, rival = store.find, Lanes(store, LEASE)

    async def find_then_taken(*args: Any, **kwargs: Any) -> Any:
        found = await find(*args, **kwargs)
        monkeypatch.setattr(store, "find", find)
        assert len(await rival.claim_several("exact_online", "export", 2)) == 2
        return found

    monkeypatch.setattr(store, "find", find_then_taken)
    assert sorted(lane.id for lane in await many.claim_several("exact_online", "export", 2)) == ["c2", "c3"]


async def test_lanes_that_were_taken_are_kept_when_the_store_fails_for_others(
    many: Lanes, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    update = store.update

    async def failing(collection: str, id: str, **more: Any) -> Any:
        if id != "c1":
            raise StoreUnavailable("away")
        return await update(collection, id, **more)

    monkeypatch.setattr(store, "update", failing)
    assert [lane.id for lane in await many.claim_several("exact_online", "export", 3)] == ["c1"]
    with pytest.raises(StoreUnavailable):
        await many.claim_several("exact_online", "export", 3)
