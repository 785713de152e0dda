"""A part of the matrix that fits into every test run, chosen by enumeration: all points of a few scripts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from shared import connectors
from tests.faults.flows import login_may_be_lost
from tests.faults.matrix.callbacks import callbacks, ending, registration
from tests.faults.matrix.imports import second_import
from tests.faults.matrix.oracle import Verdict
from tests.faults.matrix.plan import Point
from tests.faults.matrix.proof import arrivals, suspensions
from tests.faults.matrix.runs import Case, Result
from tests.faults.matrix.scripts import LATE_COMMIT, LOST, QUIET, TOKEN_SCRIPTS, Script
from tests.faults.matrix.stage import Stage
from tests.faults.matrix.stories import REFERENCE, export, relation, token
from tests.faults.matrix.survey import Survey, Surveyor

pytestmark = pytest.mark.asyncio(loop_scope="session")
NAMES = connectors.names()
CALLED_BACK = [name for name in NAMES if connectors.get(name).webhooks]
ROTATED = TOKEN_SCRIPTS[1]
# What the core does for all of them is tried with one at every point, and with each where its own code takes part.
EXPORTS = [(REFERENCE, QUIET), (REFERENCE, LATE_COMMIT), *((name, LOST) for name in NAMES)]


@pytest.fixture
def surveyor(stages: Sequence[Stage]) -> Surveyor:
    return Surveyor(stages)


def broken(survey: Survey) -> list[str]:
    return [f"{result.case}: {result.verdict}" for result in survey.failures]


@pytest.mark.parametrize(("connector", "script"), EXPORTS, ids=lambda case: getattr(case, "name", case))
async def test_an_exporter_killed_at_any_point_makes_each_document_once(
    surveyor: Surveyor, connector: str, script: Script
) -> None:
    await surveyor.story(export(connector), [script])
    assert broken(surveyor.survey) == []
    assert surveyor.survey.tally.points >= 20


async def test_a_run_begins_with_a_full_minute_so_that_what_names_minutes_is_said_as_often(
    stages: Sequence[Stage],
) -> None:
    async with stages[0].world(REFERENCE) as (world, _):
        assert world.sandbox.clock.now().second <= 5, "but for the time that this test takes"


async def test_a_run_that_never_comes_to_its_point_is_said(surveyor: Surveyor) -> None:
    nowhere = Point(name="log line written", side="after", nth=99)
    (measure,) = await surveyor.make([Case(export(REFERENCE), QUIET)])
    (made,) = await surveyor.make([Case(export(REFERENCE), QUIET, (nowhere,))], measure)
    assert made.verdict.problems == (f"it never came to {nowhere}",)


async def test_a_place_that_the_same_run_made_again_does_not_pass_either_is_none(surveyor: Surveyor) -> None:
    by_chance = Point(name="log line written", side="after", nth=99)
    (measure,) = await surveyor.make([Case(export(REFERENCE), QUIET)])
    made = await surveyor.killed([replace(measure, lives=[(by_chance,)])], measure)
    assert (made, broken(surveyor.survey)) == ([], [])


async def test_a_place_that_is_there_and_was_not_died_at_is_said(
    surveyor: Surveyor, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Point(name="log line written", side="after")

    async def immortal(_stage: Stage, case: Case, _expected: object = None) -> Result:
        said = Verdict(problems=("it never came to it",)) if case.points else Verdict()
        return Result(case, said, [(place,)], missed=case.points)

    monkeypatch.setattr("tests.faults.matrix.survey.run", immortal)
    (measure,) = await surveyor.make([Case(export(REFERENCE), QUIET)])
    await surveyor.killed([measure], measure)
    assert len(broken(surveyor.survey)) == 1


async def test_two_flows_killed_at_any_point_make_their_common_customer_once(surveyor: Surveyor) -> None:
    story = relation(REFERENCE)
    assert story is not None
    await surveyor.story(story, [QUIET])
    assert broken(surveyor.survey) == []
    assert surveyor.survey.tally.points >= 20


@pytest.mark.parametrize("connector", NAMES)
async def test_a_login_renewed_and_killed_at_any_point_costs_no_document(surveyor: Surveyor, connector: str) -> None:
    await surveyor.story(token(connector), [ROTATED])
    assert broken(surveyor.survey) == []
    asked = {result.asked for result in surveyor.survey.results if result.case.script == ROTATED}
    assert asked == {login_may_be_lost(connector)}, "asked where a token is lost on its way, and only there"


@pytest.mark.parametrize("connector", NAMES)
async def test_an_importer_killed_at_any_point_loses_no_change_and_no_deletion(
    surveyor: Surveyor, connector: str
) -> None:
    await surveyor.story(second_import(connector), [QUIET])
    assert broken(surveyor.survey) == []
    assert surveyor.survey.tally.points >= 10


@pytest.mark.parametrize("connector", CALLED_BACK)
async def test_no_callback_is_lost_wherever_its_fetch_is_killed(surveyor: Surveyor, connector: str) -> None:
    await surveyor.story(callbacks(connector), [QUIET])
    assert broken(surveyor.survey) == []
    assert surveyor.survey.tally.points >= 10


@pytest.mark.parametrize("connector", CALLED_BACK)
async def test_each_hook_is_asked_for_once_wherever_that_is_killed(surveyor: Surveyor, connector: str) -> None:
    await surveyor.story(registration(connector), [LOST])
    assert broken(surveyor.survey) == []
    assert surveyor.survey.tally.points >= 10


@pytest.mark.parametrize("connector", CALLED_BACK[:1])
async def test_every_hook_is_taken_back_wherever_that_is_killed(surveyor: Surveyor, connector: str) -> None:
    await surveyor.story(ending(connector), [QUIET])
    assert broken(surveyor.survey) == []
    assert surveyor.survey.tally.points >= 5


async def test_a_document_that_arrives_at_any_point_of_a_turn_is_exported_without_a_sweep(surveyor: Surveyor) -> None:
    await arrivals(surveyor)
    assert broken(surveyor.survey) == []
    assert surveyor.survey.tally.points >= 20


async def test_an_exporter_suspended_at_any_point_sends_nothing_twice_when_it_wakes(surveyor: Surveyor) -> None:
    await suspensions(surveyor)
    assert broken(surveyor.survey) == []
    assert surveyor.survey.tally.points >= 20
