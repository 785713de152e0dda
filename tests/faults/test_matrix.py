"""A part of the matrix that fits into every test run, chosen by enumeration: all points of a few scripts."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.faults.matrix.imports import SECOND_IMPORT
from tests.faults.matrix.proof import arrivals, suspensions
from tests.faults.matrix.scripts import LATE_COMMIT, LOST, QUIET, TOKEN_SCRIPTS, Script
from tests.faults.matrix.stage import Stage
from tests.faults.matrix.stories import EXPORT, RELATION, TOKEN
from tests.faults.matrix.survey import Survey, Surveyor

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
def surveyor(stages: Sequence[Stage]) -> Surveyor:
    return Surveyor(stages)


def broken(survey: Survey) -> list[str]:
    return [f"{result.case}: {result.verdict}" for result in survey.failures]


@pytest.mark.parametrize("script", [QUIET, LOST, LATE_COMMIT], ids=lambda script: script.name)
async def test_an_exporter_killed_at_any_point_makes_each_document_once(surveyor: Surveyor, script: Script) -> None:
    await surveyor.story(EXPORT, [script])
    assert broken(surveyor.survey) == []
    assert surveyor.survey.tally.points >= 20


async def test_two_flows_killed_at_any_point_make_their_common_customer_once(surveyor: Surveyor) -> None:
    await surveyor.story(RELATION, [QUIET])
    assert broken(surveyor.survey) == []
    assert surveyor.survey.tally.points >= 20


async def test_a_token_renewal_killed_at_any_point_costs_no_document(surveyor: Surveyor) -> None:
    await surveyor.story(TOKEN, TOKEN_SCRIPTS[:2])
    assert broken(surveyor.survey) == []
    assert any(result.asked for result in surveyor.survey.results), "a token lost on its way is asked for"


async def test_an_importer_killed_at_any_point_loses_no_change_and_no_deletion(surveyor: Surveyor) -> None:
    await surveyor.story(SECOND_IMPORT, [QUIET])
    assert broken(surveyor.survey) == []
    assert surveyor.survey.tally.points >= 10


async def test_a_document_that_arrives_at_any_point_of_a_turn_is_exported_without_a_sweep(surveyor: Surveyor) -> None:
    await arrivals(surveyor)
    assert broken(surveyor.survey) == []
    assert surveyor.survey.tally.points >= 20


async def test_an_exporter_suspended_at_any_point_sends_nothing_twice_when_it_wakes(surveyor: Surveyor) -> None:
    await suspensions(surveyor)
    assert broken(surveyor.survey) == []
    assert surveyor.survey.tally.points >= 20
