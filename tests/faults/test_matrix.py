"""A part of the matrix that fits into every test run, chosen by enumeration: all points of a few scripts."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.faults.matrix.imports import SECOND_IMPORT
from tests.faults.matrix.proof import arrivals, suspensions
from tests.faults.matrix.scripts import LATE_COMMIT, LOST, QUIET, TOKEN_SCRIPTS, Script
from tests.faults.matrix.stories import EXPORT, RELATION, TOKEN, Story
from tests.faults.matrix.survey import Survey, Surveyor, surveyed


async def killed_everywhere(story: Story, scripts: Sequence[Script]) -> Survey:
    async def work(surveyor: Surveyor) -> None:
        await surveyor.story(story, scripts)

    return await surveyed(work)


def broken(survey: Survey) -> list[str]:
    return [f"{result.case}: {result.verdict}" for result in survey.failures]


@pytest.mark.parametrize("script", [QUIET, LOST, LATE_COMMIT], ids=lambda script: script.name)
async def test_an_exporter_killed_at_any_point_makes_each_document_once(script: Script) -> None:
    survey = await killed_everywhere(EXPORT, [script])
    assert broken(survey) == []
    assert survey.tally.points >= 20


async def test_two_flows_killed_at_any_point_make_their_common_customer_once() -> None:
    survey = await killed_everywhere(RELATION, [QUIET])
    assert broken(survey) == []
    assert survey.tally.points >= 20


async def test_a_token_renewal_killed_at_any_point_costs_no_document() -> None:
    survey = await killed_everywhere(TOKEN, TOKEN_SCRIPTS[:2])
    assert broken(survey) == []
    assert any(result.asked for result in survey.results), "a token lost on its way is asked for"


async def test_an_importer_killed_at_any_point_loses_no_change_and_no_deletion() -> None:
    survey = await killed_everywhere(SECOND_IMPORT, [QUIET])
    assert broken(survey) == []
    assert survey.tally.points >= 10


async def test_a_document_that_arrives_at_any_point_of_a_turn_is_exported_without_a_sweep() -> None:
    survey = await surveyed(arrivals)
    assert broken(survey) == []
    assert survey.tally.points >= 20


async def test_an_exporter_suspended_at_any_point_sends_nothing_twice_when_it_wakes() -> None:
    survey = await surveyed(suspensions)
    assert broken(survey) == []
    assert survey.tally.points >= 20
