import json

import pytest

from bench.results import Row, Target, as_json, noise, percentile, rate
from bench.sides import Measured


@pytest.mark.parametrize(
    ("target", "value", "reached"),
    [(Target(0.5), 5.0, True), (Target(0.5), 4.9, False), (Target(0.5, at_most=True), 5.1, False)],
)
def test_a_target_is_compared_with_the_ratio_to_the_baseline(target: Target, value: float, reached: bool) -> None:
    assert Row("import", value, "/s", baseline=10.0, target=target).reached is reached


def test_without_a_target_there_is_nothing_to_reach() -> None:
    assert Row("import", 1.0, "/s", baseline=2.0).reached is None


def test_without_a_baseline_there_is_no_ratio() -> None:
    row = Row("load", 1.0, "waiting", target=Target(1))
    assert (row.ratio, row.reached) == (None, None)


def test_a_rate_is_the_median_of_the_rounds() -> None:
    assert rate([Measured(10, 1.0), Measured(10, 2.0), Measured(10, 0.1)]) == 10.0


def test_the_noise_is_one_side_against_itself() -> None:
    assert noise("import", [Measured(10, 1.0)], [Measured(10, 2.0)]).ratio == 0.5


@pytest.mark.parametrize(("percent", "value"), [(95, 19), (50, 10), (100, 20), (1, 1)])
def test_a_percentile_is_a_value_that_so_many_do_not_exceed(percent: int, value: int) -> None:
    assert percentile([*range(20, 0, -1)], percent) == value


def test_machines_get_every_field_of_every_row() -> None:
    (row,) = json.loads(as_json([Row("import", 1 / 3, "/s", 1.0, Target(0.5), 90.0)]))
    assert row == {
        "name": "import",
        "value": 0.3333,
        "unit": "/s",
        "baseline": 1.0,
        "ratio": 0.3333,
        "target": ">= 0.5",
        "reached": False,
        "peak_mb": 90.0,
    }
