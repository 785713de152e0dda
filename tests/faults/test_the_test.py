"""The test is tested: with one guard taken out of the code, the matrix must see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from shared.sandbox.scenario import Calls
from tests.faults.matrix import mutations
from tests.faults.matrix.proof import arrivals, suspensions
from tests.faults.matrix.runs import Case, run
from tests.faults.matrix.scripts import LOST, QUIET, Script
from tests.faults.matrix.stage import Stage
from tests.faults.matrix.stories import REFERENCE, Story, export, token
from tests.faults.matrix.survey import Surveyor, Work

pytestmark = pytest.mark.asyncio(loop_scope="session")


def killed_everywhere(story: Story, script: Script) -> Work:
    async def work(surveyor: Surveyor) -> None:
        await surveyor.story(story, [script])

    return work


SEEN_BY: Mapping[str, Work] = {
    "no sending": killed_everywhere(export(REFERENCE), QUIET),
    "no find": killed_everywhere(export(REFERENCE), LOST),
    "no fence": suspensions,
    "no wake-up counter": arrivals,
    "token used before it is stored": killed_everywhere(token(REFERENCE), QUIET),
}
"""Which part of the matrix sees that the guard is missing. `test_matrix.py` shows that it is clean with all guards."""

WHAT: Mapping[str, str] = {
    "no sending": "duplicates",
    "no find": "duplicates",
    "no fence": "duplicates",
    "no wake-up counter": "lost",
    "token used before it is stored": "violations",
}


async def test_every_guard_that_can_be_taken_out_is_looked_for() -> None:
    assert set(mutations.NAMES) == set(SEEN_BY) == set(WHAT)


async def test_a_script_that_no_call_meets_is_a_violation(stages: Sequence[Stage]) -> None:
    story = replace(export(REFERENCE), calls=Calls("/nowhere"))
    result = await run(stages[0], Case(story, LOST))
    assert result.verdict.problems == ("the script was never played",)


@pytest.mark.parametrize("mutation", mutations.NAMES)
async def test_the_matrix_turns_red_without(stages: Sequence[Stage], mutation: str) -> None:
    surveyor = Surveyor(stages, mutation=mutation)
    await SEEN_BY[mutation](surveyor)
    tally = surveyor.survey.tally
    assert not tally.clean
    assert getattr(tally, WHAT[mutation]) > 0
