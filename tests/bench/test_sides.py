from collections import Counter
from pathlib import Path

import pytest

from bench.__main__ import chosen, table
from bench.results import Row, Target
from bench.rows import GROUPS, Sizes
from bench.sampling import Sampler, report
from bench.sides import Side, SideFailed, order, peak_mb, run


def test_every_other_round_runs_backwards() -> None:
    assert [list(order(["bare", "ours"], turn)) for turn in range(3)] == [
        ["bare", "ours"],
        ["ours", "bare"],
        ["bare", "ours"],
    ]


def test_a_side_that_fails_says_why() -> None:
    with pytest.raises(SideFailed, match="no_such_module"):
        run(Side("bench.no_such_module:ours"))


def test_the_peak_of_memory_never_falls() -> None:
    before = peak_mb()
    held = b"x" * int(before * 2 * 1024 * 1024)
    with_it = peak_mb()
    del held
    assert with_it > before
    assert peak_mb() > with_it - 1  # the kernel counts in lots of a few pages


def test_rows_are_chosen_by_name() -> None:
    assert chosen(" import,intake,") == ["import", "intake"]
    assert chosen(",".join(GROUPS)) == list(GROUPS)


@pytest.mark.parametrize("names", ["imports", "", "import,nothing"])
def test_a_name_there_is_not_is_refused_with_those_there_are(names: str) -> None:
    with pytest.raises(ValueError, match="there are import, intake"):
        chosen(names)


def test_quick_is_a_tenth() -> None:
    quick, full = Sizes.quick(), Sizes()
    assert (full.relations, full.work_orders) == (10 * quick.relations, 10 * quick.work_orders)
    assert full.connections * full.documents_each == 10 * quick.connections * quick.documents_each


def test_the_table_has_a_line_for_each_row() -> None:
    rows = [Row("a", 1234.5, "/s", 10.0, Target(0.5), 90.0), Row("b", 1.0, "s")]
    assert table(rows).row_count == 2


def test_a_profile_names_what_the_time_went_to(tmp_path: Path) -> None:
    file = tmp_path / "profile.txt"
    with Sampler(str(file)):
        _busy()
    assert "_busy" in file.read_text()


def _busy() -> int:
    return sum(len(str(n)) for n in range(400_000))


def test_without_a_file_nothing_is_looked_at(tmp_path: Path) -> None:
    with Sampler(None) as sampler:
        _busy()
    assert not sampler._total


def test_shares_are_those_of_the_looks() -> None:
    here = (f"{Path(__file__).parent.parent.parent}/bench/rows.py", "imports")
    text = report(200, Counter({("x.py", "f"): 50}), Counter({here: 100}))
    assert " 25.0%  f" in text
    assert " 50.0%  imports  (bench/rows.py)" in text
