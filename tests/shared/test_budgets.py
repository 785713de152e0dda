from datetime import timedelta

import pytest

from shared.budgets import Budgets
from shared.connector import Limit, Window, WindowState
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
