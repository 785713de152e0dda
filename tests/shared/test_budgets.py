from dataclasses import replace
from datetime import timedelta

import pytest

from shared.budgets import Budgets
from shared.connector import ErrorLimit, Limit, Window, WindowState
from shared.errors import RateLimited
from shared.store import Store
from tests.fakes import FakeClock

MINUTE = timedelta(minutes=1)
LIMIT = Limit(windows=(Window("minute", 10, MINUTE), Window("day", 100, timedelta(days=1))), reserve=0.2)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def budgets(store: Store, clock: FakeClock) -> Budgets:
    return Budgets(store, clock)


async def test_a_spent_window_names_the_moment_it_resets(budgets: Budgets, clock: FakeClock) -> None:
    budget = await budgets.load(LIMIT, "app|division", "export")
    for _ in range(10):
        budget.spend()
    with pytest.raises(RateLimited) as caught:
        budget.spend()
    assert caught.value.until == clock() + MINUTE


async def test_imports_leave_a_reserve_for_exports(budgets: Budgets) -> None:
    importing = await budgets.load(LIMIT, "app|division", "import")
    for _ in range(8):
        importing.spend()
    with pytest.raises(RateLimited):
        importing.spend()
    await budgets.save(importing)
    exporting = await budgets.load(LIMIT, "app|division", "export")
    exporting.spend()
    exporting.spend()
    with pytest.raises(RateLimited):
        exporting.spend()


async def test_what_one_turn_spent_the_next_one_knows_whoever_takes_it(budgets: Budgets, store: Store) -> None:
    first = await budgets.load(LIMIT, "app|division", "export")
    first.spend()
    await budgets.save(first)
    again = await Budgets(store, FakeClock()).load(LIMIT, "app|division", "export")
    assert again.states["minute"].remaining == 9


async def test_the_vendors_headers_win_over_our_count(budgets: Budgets, clock: FakeClock) -> None:
    budget = await budgets.load(LIMIT, "app|division", "export")
    budget.feed({"minute": WindowState(0, clock() + timedelta(seconds=20), 60)})
    with pytest.raises(RateLimited) as caught:
        budget.spend()
    assert caught.value.until == clock() + timedelta(seconds=20)


async def test_a_window_is_full_again_after_its_reset_with_the_limit_the_vendor_named(
    budgets: Budgets, clock: FakeClock
) -> None:
    budget = await budgets.load(LIMIT, "app|division", "export")
    budget.feed({"minute": WindowState(0, clock() + MINUTE, 60)})
    clock.advance(MINUTE)
    budget.spend()
    assert budget.states["minute"].remaining == 59


async def test_other_administrations_have_their_own_budget(budgets: Budgets) -> None:
    full = await budgets.load(LIMIT, "app|one", "export")
    for _ in range(10):
        full.spend()
    await budgets.save(full)
    other = await budgets.load(LIMIT, "app|two", "export")
    other.spend()


ERRORS = replace(
    LIMIT, errors=ErrorLimit(3, timedelta(hours=1), frozenset({400, 404}), lambda path: path.split("(")[0])
)


class TestErrors:
    async def failed(self, budgets: Budgets, times: int, path: str = "/orders(7)", status: int = 400) -> None:
        budget = await budgets.load(ERRORS, "app|division", "export")
        for _ in range(times):
            budget.answered(path, status)
        await budgets.save(budget)

    async def test_too_many_of_one_endpoint_pause_the_work_before_the_vendor_closes_it(
        self, budgets: Budgets, clock: FakeClock
    ) -> None:
        await self.failed(budgets, 3)
        budget = await budgets.load(ERRORS, "app|division", "export")
        with pytest.raises(RateLimited, match="refused a lot") as caught:
            budget.spend("/orders(8)")
        assert caught.value.until == clock() + timedelta(hours=1)
        assert "minute" not in budget.states, "no call was counted"
        budget.spend("/customers")

    async def test_fewer_and_other_answers_pause_nothing(self, budgets: Budgets) -> None:
        await self.failed(budgets, 2)
        await self.failed(budgets, 9, status=500)
        (await budgets.load(ERRORS, "app|division", "export")).spend("/orders")

    async def test_they_add_up_however_slowly_they_come_and_an_hour_without_one_forgives_them(
        self, budgets: Budgets, clock: FakeClock
    ) -> None:
        for _ in range(3):
            await self.failed(budgets, 1)
            clock.advance(timedelta(minutes=50))
        with pytest.raises(RateLimited):
            (await budgets.load(ERRORS, "app|division", "export")).spend("/orders")
        clock.advance(timedelta(minutes=10))
        (await budgets.load(ERRORS, "app|division", "export")).spend("/orders")

    async def test_a_pause_that_the_vendor_asked_for_is_known_to_the_next_turn(
        self, budgets: Budgets, clock: FakeClock
    ) -> None:
        budget = await budgets.load(LIMIT, "app|division", "export")
        budget.pause(clock() + MINUTE)
        await budgets.save(budget)
        later = await budgets.load(LIMIT, "app|division", "import")
        with pytest.raises(RateLimited, match="asked for a pause"):
            later.spend()
        clock.advance(MINUTE)
        later.spend()
