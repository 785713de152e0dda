"""The oracle sees what it is there for: each promise, broken by hand, is named."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from shared import connectors
from shared.sandbox import create
from shared.sandbox.scenario import scenario
from shared.settings import Settings
from shared.store.sqlite import SqliteStore
from tests.faults.matrix import imports
from tests.faults.matrix.imports import first_import
from tests.faults.matrix.oracle import CALLS, ERRORS, MINUTE, Evidence, Verdict, judge_exports
from tests.faults.matrix.plan import Event
from tests.faults.matrix.stories import REFERENCE, Story, export
from tests.world import World, access_to

each = pytest.mark.parametrize("world", connectors.names(), indirect=True)
"""In every connector's package; the rest is seen in one of them."""


@pytest.fixture
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    connector = getattr(request, "param", REFERENCE)
    sandbox = create(connector, **scenario(connector).least)
    settings = Settings(_env_file=None, **access_to(connector, sandbox.base_url))
    made = World(SqliteStore(tmp_path / "store.db", clock=sandbox.clock), sandbox, connector, settings, own_time=True)
    await made.hub.open()
    yield made
    await made.hub.close()


async def quiet(world: World, story: Story) -> Evidence:
    """The story, undisturbed and in this process."""
    connection = await story.prepare(world)
    intake = world.exporting if story.kind == "export" else world.importing
    await intake([Event.of(message).record(0) for message in story.events(world, connection)])
    await world.quiet(story.kind, patience=86_400)
    return await Evidence.of(world, [Event.of(message) for message in world.bus.messages], committed=True)


@pytest.fixture
async def exported(world: World) -> Evidence:
    return await quiet(world, export(world.connector))


@pytest.fixture
async def imported(world: World) -> Evidence:
    return await quiet(world, first_import(world.connector))


def judged(evidence: Evidence, **expected: str) -> Verdict:
    return judge_exports(evidence, expected or evidence.books(), frozenset())


@each
async def test_an_undisturbed_story_breaks_no_promise(exported: Evidence) -> None:
    assert judged(exported) == Verdict()
    assert list(exported.books()) == ["WO-1"]


@each
async def test_a_document_twice_is_a_duplicate(exported: Evidence) -> None:
    exported.rows = [*exported.rows, *exported.rows]
    assert judged(exported).duplicates == 1


async def test_a_document_that_is_nowhere_is_lost(exported: Evidence) -> None:
    expected, exported.rows, exported.entries = exported.books(), [], []
    assert judged(exported, **expected).lost == 1


async def test_a_document_that_waits_where_it_need_not_is_lost(exported: Evidence) -> None:
    expected, exported.rows = exported.books(), []
    exported.entries = [entry.model_copy(update={"state": "refused", "reason": "no"}) for entry in exported.entries]
    assert judged(exported, **expected).lost == 1
    allowed = judge_exports(exported, expected, {"refused"})
    assert (allowed.lost, allowed.visible) == (0, {"refused"})


async def test_a_ledger_that_says_more_than_the_books_is_a_violation(exported: Evidence) -> None:
    expected, exported.rows = exported.books(), []
    assert "the ledger says confirmed" in judged(exported, **expected).problems[0]


@each
async def test_other_content_is_a_violation(exported: Evidence) -> None:
    assert judged(exported, **{"WO-1": "another customer"}).problems == ("WO-1 is in the books with other content",)


async def test_a_document_may_be_unfinished_only_where_the_package_may_refuse(exported: Evidence) -> None:
    gone = {"state": "refused", "in_package": True, "reason": "no"}
    exported.entries = [entry.model_copy(update=gone) for entry in exported.entries]
    other = "WO-1 is in the books with other content"
    assert other in judge_exports(exported, {"WO-1": "whole"}, frozenset()).problems
    assert other not in judge_exports(exported, {"WO-1": "whole"}, {"refused"}).problems


async def test_a_document_nobody_asked_for_is_a_violation(exported: Evidence) -> None:
    exported.rows = [*exported.rows, replace(exported.rows[0], reference="WO-9")]
    expected = {"WO-1": exported.books()["WO-1"]}
    assert "WO-9 is in the books, and nobody asked for it" in judged(exported, **expected).problems


async def test_an_outcome_that_was_never_told_is_a_violation(exported: Evidence) -> None:
    exported.published = ()
    assert judged(exported).problems == ("the platform was told None of WO-1, which is confirmed",)


async def test_what_follows_and_is_not_done_is_a_violation(exported: Evidence) -> None:
    exported.entries = [entry.model_copy(update={"follow_ups_due": True}) for entry in exported.entries]
    assert judged(exported).problems == ("what follows WO-1 is not done",)


async def test_offsets_that_are_not_committed_are_a_violation(exported: Evidence) -> None:
    exported.committed = False
    assert judged(exported).problems == ("the offsets were never committed",)


async def test_a_lane_that_stays_claimed_is_a_violation(exported: Evidence) -> None:
    exported.lanes = [lane.model_copy(update={"owner": "somebody"}) for lane in exported.lanes]
    assert judged(exported).problems == ("a lane is still claimed",)


async def test_one_id_for_two_contents_is_a_violation(exported: Evidence) -> None:
    (outcome,) = [event for event in exported.published if event.topic == "exports.outcomes"]
    other = base64.b64encode(b'{"result": "exported"}').decode()
    exported.published = [*exported.published, outcome.model_copy(update={"value": other}), outcome]
    assert any(problem.startswith("one id, two contents") for problem in judged(exported).problems)


async def test_more_calls_than_the_package_allows_are_a_violation(exported: Evidence) -> None:
    calls = exported.sandbox.calls
    calls += [calls[-1]._replace(status=200)] * CALLS
    assert judged(exported).problems == ("more than 60 vendor calls within a minute",)


async def test_many_calls_one_a_minute_are_none(exported: Evidence) -> None:
    calls = exported.sandbox.calls
    calls += [calls[-1]._replace(status=200, at=calls[-1].at + n * MINUTE) for n in range(1, CALLS + 1)]
    assert judged(exported).ok


async def test_more_errors_than_the_package_bears_are_a_violation(exported: Evidence) -> None:
    calls = exported.sandbox.calls
    calls += [calls[-1]._replace(status=500)] * ERRORS
    assert any("errors of" in problem for problem in judged(exported).problems)


@each
async def test_that_something_looked_up_is_not_there_is_an_error_only_where_the_package_counts_it(
    exported: Evidence,
) -> None:
    calls = exported.sandbox.calls
    calls += [calls[-1]._replace(method="GET", path="/one", status=404)] * ERRORS
    counted = connectors.get(exported.connector).limit.errors is not None
    assert any("errors of" in problem for problem in judged(exported).problems) == counted


@each
async def test_an_undisturbed_import_breaks_no_promise(imported: Evidence) -> None:
    assert imports.judge(imported, {}, ()) == Verdict()


@each
async def test_a_record_that_was_not_published_is_lost(imported: Evidence) -> None:
    relations = [event for event in imported.published if event.topic == "entities.relation"]
    imported.published = [event for event in imported.published if event != relations[0]]
    verdict = imports.judge(imported, {}, ())
    assert verdict.lost == 1
    assert any("fingerprints are not those" in problem for problem in verdict.problems)


async def test_a_record_that_is_not_in_the_package_is_a_violation(imported: Evidence) -> None:
    relation = next(event for event in imported.published if event.topic == "entities.relation")
    ghost = relation.model_copy(update={"key": "scope|ghost", "headers": (("ce_id", "g"), ("ce_sequence", "9"))})
    imported.published = [*imported.published, ghost]
    assert "relation|ghost is downstream, and not in the package" in imports.judge(imported, {}, ()).problems


async def test_a_later_message_with_an_older_sequence_is_a_violation(imported: Evidence) -> None:
    relation = next(event for event in imported.published if event.topic == "entities.relation")
    late = relation.model_copy(update={"headers": (("ce_id", "late"), ("ce_sequence", "000"))})
    imported.published = [*imported.published, late]
    assert any("ignores what came last" in problem for problem in imports.judge(imported, {}, ()).problems)


async def test_a_run_that_never_ended_is_a_violation(imported: Evidence) -> None:
    imported.runs = [{**run, "state": "active"} for run in imported.runs]
    assert any("is active" in problem for problem in imports.judge(imported, {}, ()).problems)
