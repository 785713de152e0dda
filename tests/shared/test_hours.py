from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from shared.hours import billable_hours


def _bill(*minutes, minimum="0", rounding=0):
    return billable_hours(minutes, minimum_hours=Decimal(minimum), rounding_minutes=rounding)


def test_worked_minutes_become_hours():
    assert _bill(90, 60) == (Decimal("1.5"), Decimal(1))


def test_the_minimum_is_reached_by_the_last_period():
    assert _bill(30, 15, minimum="2") == (Decimal("0.5"), Decimal("1.5"))


def test_a_reached_minimum_changes_nothing():
    assert _bill(130, minimum="2") == (Decimal("2.1667"),)


def test_the_total_is_rounded_up_and_the_difference_goes_to_the_last_period():
    assert _bill(50, 11, rounding=15) == (Decimal("0.8333"), Decimal("0.4167"))


def test_a_total_on_the_step_stays():
    assert _bill(45, 15, rounding=30) == (Decimal("0.75"), Decimal("0.25"))


def test_the_minimum_itself_is_rounded_up():
    assert _bill(5, minimum="1.1", rounding=30) == (Decimal("1.5"),)


def test_the_minimum_is_billed_for_a_visit_without_minutes():
    assert _bill(0, minimum="1") == (Decimal(1),)


def test_an_empty_last_period_gains_nothing_and_is_never_billed_less_than_nothing():
    assert _bill(1, 1, 0) == (Decimal("0.0167"), Decimal("0.0166"), Decimal(0))
    assert _bill(50, 0, rounding=15) == (Decimal(1), Decimal(0))


def test_without_periods_nothing_is_billed():
    assert _bill(minimum="1", rounding=15) == ()


@given(
    st.lists(st.integers(0, 600), min_size=1, max_size=8),
    st.decimals("0", "8", places=2),
    st.sampled_from([0, 5, 15, 30]),
)
def test_the_sum_is_the_rounded_total_and_never_less_than_worked_or_the_minimum(minutes, minimum, step):
    hours = billable_hours(minutes, minimum_hours=minimum, rounding_minutes=step)
    total = sum(hours)
    assert len(hours) == len(minutes)
    assert all(billed >= 0 for billed in hours)
    assert total >= minimum
    assert total >= Decimal(sum(minutes)) / 60 - Decimal("0.00005")
    if step:
        assert round(total * 60, 2) % step < Decimal("0.01") or step - round(total * 60, 2) % step < Decimal("0.01")
