"""What is published is what was found: cells, numbers, and the exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from types import ModuleType

import pytest

from shared import connectors
from tests.faults import __main__ as frame
from tests.faults.matrix.markdown import cell, markdown
from tests.faults.matrix.oracle import Verdict
from tests.faults.matrix.plan import Point
from tests.faults.matrix.proof import outside_the_window, scripts_of, stories
from tests.faults.matrix.runs import Case, Result
from tests.faults.matrix.scripts import LOST, QUIET, SCRIPTS, TELLING
from tests.faults.matrix.stories import REFERENCE, export
from tests.faults.matrix.survey import Survey, places
from tests.faults.report import Part, text
from tests.faults.tally import Tally

ALL = {"Exact Online": stories(REFERENCE)}
SENT = Point(name="document step sending", side="after")


def a_result(*points: Point, verdict: Verdict | None = None, asked: bool = False) -> Result:
    return Result(Case(export(REFERENCE), LOST, points), verdict or Verdict(), asked=asked)


def test_a_cell_tells_the_worst_that_happened() -> None:
    assert cell(a_result()) == "ok"
    assert cell(a_result(asked=True)) == "asks"
    assert cell(a_result(verdict=Verdict(visible=frozenset({"refused"})))) == "refused"
    assert cell(a_result(verdict=Verdict(visible=frozenset({"refused", "unsure"})))) == "unsure"
    assert cell(a_result(verdict=Verdict(problems=("differs",)))) == "**violation**"
    assert cell(a_result(verdict=Verdict(lost=1, problems=("differs",)))) == "**lost**"
    assert cell(a_result(verdict=Verdict(duplicates=1, lost=1))) == "**duplicate**"


def test_one_bad_run_among_good_ones_is_what_its_row_shows() -> None:
    again = Point(name=SENT.name, side=SENT.side, nth=1)
    results = [a_result(SENT), a_result(again, verdict=Verdict(lost=1)), a_result(SENT)]
    assert "| after document step sending | **lost** |" in markdown(Survey(results), ALL)


def test_the_numbers_count_points_and_scripts_by_name_and_every_problem() -> None:
    bad = Verdict(duplicates=2, lost=1, problems=("one", "two"))
    tally = Survey([a_result(SENT), a_result(SENT, verdict=bad), a_result()]).tally
    assert tally == Tally(points=1, scripts=1, runs=3, duplicates=2, lost=1, violations=2)


def test_a_point_that_several_stories_pass_is_one() -> None:
    elsewhere = Result(Case(export("billit"), LOST, (SENT,)), Verdict())
    assert (Survey([a_result(SENT), elsewhere]).tally.points, Survey([elsewhere]).tally.points) == (1, 1)


def test_in_a_full_run_everybody_goes_through_every_script_of_renewals_and_reading() -> None:
    for connector in connectors.names():
        for story in stories(connector):
            if story.name in {"token", "first import", "second import", "callbacks"}:
                assert scripts_of(story, full=True) == story.scripts
            assert len(scripts_of(story, full=True)) >= min(len(TELLING), len(story.scripts))


def test_between_two_writes_there_is_one_place_to_die() -> None:
    life = [Point(name=name, side=side) for name in ("a", "b") for side in ("before", "after")]
    assert [str(point) for point in places(life)] == ["before a", "after a", "after b"]


def test_writes_side_by_side_keep_all_their_places() -> None:
    life = [Point(name="a", side="before"), Point(name="b", side="before"), Point(name="b", side="after")]
    assert list(places(life)) == life


@pytest.mark.parametrize(("kills", "unsure"), [(0, False), (1, True)])
def test_a_person_is_asked_only_after_three_tries_in_doubt(kills: int, unsure: bool) -> None:
    twice = next(script for script in SCRIPTS if script.wasted == 2)
    assert ("unsure" in Case(export(REFERENCE), twice, (SENT,) * kills).allowed) == unsure


def test_only_the_window_before_the_first_byte_is_left_out_of_suspensions() -> None:
    names = ("document step sending", "vendor POST salesorder/SalesOrders", "entry confirmed")
    life = [Point(name=name, side=side) for name in names for side in ("before", "after")]
    left_out = [str(point) for point in life if point not in list(outside_the_window(life))]
    assert left_out == ["after document step sending", "before vendor POST salesorder/SalesOrders"]


def test_the_page_shows_every_part_and_their_sum() -> None:
    page = text([Part("matrix", Tally(runs=3), 5, "its tables"), Part("real", Tally(runs=4), 6)], full=False)
    assert Tally(runs=7).line() in page
    assert "| matrix | 0 | 0 | 3 |" in page
    assert "## Matrix\n\nits tables" in page


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> Sequence[Tally]:
    """Parts that have run already; the page is not written."""
    found = [Tally(runs=2), Tally(runs=3, seeds=4)]
    for name, tally in zip(("simulation", "real"), found, strict=True):
        module = ModuleType(name)
        module.run = _ran(tally)  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, f"tests.faults.{name}", module)
    return found


def _ran(tally: Tally):  # type: ignore[no-untyped-def]
    async def run(full: bool, say: object) -> Tally:
        return tally

    return run


async def test_the_last_line_is_the_sum_as_one_json_object(
    parts: Sequence[Tally], capsys: pytest.CaptureFixture[str]
) -> None:
    code = await frame.main(full=False, only=["simulation", "real"])
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (code, last["runs"], last["seeds"], last["lost"]) == (0, 5, 4, 0)


@pytest.mark.parametrize("broken", [Tally(duplicates=1), Tally(lost=1), Tally(violations=1)], ids=str)
async def test_a_broken_promise_is_an_exit_code(
    parts: Sequence[Tally], monkeypatch: pytest.MonkeyPatch, broken: Tally
) -> None:
    monkeypatch.setattr(sys.modules["tests.faults.real"], "run", _ran(broken))
    assert await frame.main(full=False, only=["simulation", "real"]) == 1


def test_undisturbed_runs_have_a_row_of_their_own() -> None:
    undisturbed = Result(Case(export(REFERENCE), QUIET), Verdict())
    assert "| *undisturbed* | ok |" in markdown(Survey([undisturbed]), ALL)
