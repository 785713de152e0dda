"""A lane that rests for its owner: nothing lost, one line, and when it is mended the oldest go first, at its pace."""

from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest

from shared import catching_up, licences, topics
from shared.lanes import Kind
from shared.licences import must_be_licensed
from shared.resting import FIRST_LOOK
from shared.schemas.messages import LicenseChanged
from shared.store.collections import RUNS
from tests.trial import DAY, Trial, an_order, trying
from tests.trial_connector import ORDERS

MINUTE = timedelta(minutes=1)
KINDS: tuple[Kind, ...] = get_args(Kind)


def parked(count: int) -> list[Any]:
    return [an_order(f"WO-{n:05}") for n in range(count)]


async def lines(trial: Trial, event: str) -> list[str]:
    found = await trial.hub.journal.read(trial.connection.id, limit=10_000)
    return [line["text"] for line in reversed(found) if line["event"] == event]


async def lane(trial: Trial) -> Any:
    return await trial.hub.lanes.get(trial.connection.id)


async def rests(trial: Trial, *documents: Any) -> None:
    """Access was withdrawn in the package."""
    trial.world.scenario.revoke(trial.sandbox)
    trial.sandbox.clock.advance(timedelta(minutes=11))
    await trial.take_in(*documents)
    await trial.world.quiet("export", patience=30)
    assert (await lane(trial)).rest is not None


async def closed(trial: Trial, times: int = 1) -> None:
    """The package closes the administration, and says so to every call."""
    trial.sandbox.fail_next(403, headers={"Reason": "DivisionBlocked"}, match="/api/v1/", times=times)
    await trial.world.quiet("export", patience=30)
    assert (await lane(trial)).rest is not None


@pytest.mark.parametrize("count", [130])
async def test_parked_documents_go_on_after_the_repair_oldest_first_without_a_flood(trial: Trial, count: int) -> None:
    await trial.connected(import_kinds=["product_category"])
    await rests(trial, *parked(count))
    documents = await lines(trial, "document.waiting")
    assert len(documents) == 1, "not one line per document"
    assert len(await lines(trial, "connection.needs_owner")) == 1
    await trial.world.log_in()
    await trial.world.tick(trial.connection)
    calls = len(trial.sandbox.calls)
    assert await until_imported(trial) < count / 2, "imports keep their turns"
    await trial.world.quiet(patience=DAY)
    assert trial.orders == [f"WO-{n:05}" for n in range(count)], "oldest first, each once"
    statuses = [call.status for call in trial.sandbox.calls[calls:]]
    assert statuses.count(429) == 0
    told = await lines(trial, "documents.catching_up")
    assert told[-1].startswith("All ")
    assert len(told) <= catching_up.PARTS + 2


async def until_imported(trial: Trial) -> int:
    """Until the sync that waited too is over: how many documents were sent before it was."""
    for _ in range(2000):
        if not await trial.hub.store.count(RUNS, {"state": "active"}):
            return len(trial.orders)
        if not any([await trial.world.one_turn(kind) for kind in KINDS]):
            await trial.world.wait(timedelta(seconds=5))
    raise AssertionError("the import never had a turn")


async def test_progress_is_said_in_tenths(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catching_up, "MANY", 10)
    monkeypatch.setattr(catching_up, "EVERY", 5)
    monkeypatch.setattr(catching_up, "NOTICED", 5)
    await trial.connected()
    await trial.publish(*parked(20))
    told = await lines(trial, "documents.catching_up")
    assert "Sending what waited, oldest first: 5 of 15 done." in told
    assert told[-1] == "All 15 documents that waited are done."
    assert (await lane(trial)).catch_up is None


async def test_a_few_documents_are_no_backlog(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catching_up, "NOTICED", 1)
    await trial.connected()
    await trial.publish(*parked(5))
    assert await lines(trial, "documents.catching_up") == []


async def test_what_the_owner_mends_in_the_package_is_found_without_a_word(trial: Trial) -> None:
    await trial.connected()
    await trial.take_in(an_order())
    await closed(trial)
    assert trial.orders == []
    await trial.world.quiet("export", patience=FIRST_LOOK.total_seconds() + 1)
    assert (trial.orders, (await lane(trial)).rest) == (["WO-1"], None)
    assert await lines(trial, "connection.works_again") == ["It works again. What waited goes on, oldest first."]
    states = [b'"needs_owner"' in (one.body or b"") for one in trial.world.bus.of(topics.CONNECTIONS_CHANGED)]
    assert states[-2:] == [True, False]


async def test_what_is_not_mended_is_looked_at_more_and_more_rarely_and_said_once(trial: Trial) -> None:
    await trial.connected()
    await trial.take_in(an_order())
    await closed(trial, times=1000)
    calls = len(trial.sandbox.calls)
    await trial.settled()
    assert len(trial.sandbox.calls) - calls <= 12
    assert len(await lines(trial, "connection.needs_owner")) == 1
    assert (await lane(trial)).rest.tries > 3


async def test_a_resumed_lane_goes_on_at_once(trial: Trial) -> None:
    await trial.connected()
    await trial.take_in(an_order())
    await closed(trial)
    await trial.hub.lanes.resume(trial.connection.id)
    await trial.world.quiet("export", patience=5)
    assert trial.orders == ["WO-1"]


class TestLicence:
    async def say(self, trial: Trial, active: bool, after: timedelta = MINUTE) -> Any:
        told = LicenseChanged(connector="exact_online", active=active, changed_at=trial.hub.now() + after)
        return await licences.change(trial.hub, "acme", told)

    async def test_while_it_has_ended_nothing_is_sent_or_read_and_the_owner_is_told_once(self, trial: Trial) -> None:
        await trial.connected()
        await self.say(trial, active=False)
        await trial.take_in(an_order())
        await trial.world.tick(trial.connection)
        calls = len(trial.sandbox.calls)
        await trial.world.quiet(patience=24 * 3600)
        assert (trial.orders, len(trial.sandbox.calls) - calls) == ([], 0)
        (line,) = await lines(trial, "connection.needs_owner")
        assert line == "The licence for Exact Online has ended. Renew it, and everything that waits goes on by itself."

    async def test_nothing_is_read_either_when_no_document_came_before(self, trial: Trial) -> None:
        await trial.connected()
        await self.say(trial, active=False)
        await trial.world.tick(trial.connection)
        await trial.hub.store.update("lanes", trial.connection.id, set={"export.due": None})
        calls = len(trial.sandbox.calls)
        await trial.world.quiet("import", patience=60)
        assert len(trial.sandbox.calls) == calls
        assert len(await lines(trial, "connection.needs_owner")) == 1

    async def test_renewed_it_goes_on_by_itself_with_nothing_lost_or_doubled(self, trial: Trial) -> None:
        await trial.connected()
        await self.say(trial, active=False)
        await trial.publish(an_order("WO-1"), an_order("WO-2"))
        await self.say(trial, active=True, after=2 * MINUTE)
        await trial.settled()
        assert trial.orders == ["WO-1", "WO-2"]
        assert len(await lines(trial, "connection.licensed")) == 1

    async def test_logging_in_again_does_not_renew_it(self, trial: Trial) -> None:
        await trial.connected()
        await self.say(trial, active=False)
        await trial.publish(an_order())
        await trial.world.log_in()
        await trial.settled()
        assert trial.orders == []

    async def test_older_news_is_no_news(self, trial: Trial) -> None:
        await trial.connected()
        await self.say(trial, active=False, after=2 * MINUTE)
        assert await self.say(trial, active=True, after=MINUTE) is None
        assert not (await trial.hub.connections.get(trial.connection.id)).licensed

    async def test_a_tenant_without_a_connection_is_not_concerned(self, trial: Trial) -> None:
        await trial.connected()
        told = LicenseChanged(connector="exact_online", active=False, changed_at=trial.hub.now())
        assert await licences.change(trial.hub, "globex", told) is None
        must_be_licensed(await trial.hub.connections.get(trial.connection.id))


async def test_a_row_of_refusals_never_makes_the_package_close_the_place_they_came_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exact closes an endpoint for an hour after ten errors; thirty documents that it refuses are just as many."""
    async with trying(tmp_path, monkeypatch) as trial:
        await trial.connected()
        trial.refuse(ORDERS, times=30)
        await trial.take_in(*parked(31))
        begun, refused = trial.hub.now(), 0
        for _ in range(10):
            await trial.world.quiet("export", patience=300)
            in_an_hour = trial.calls("POST", ORDERS) - refused
            assert in_an_hour < 10
            refused += in_an_hour
            trial.sandbox.clock.advance(timedelta(hours=1))
        assert trial.hub.now() - begun > timedelta(hours=3)
        assert trial.orders == ["WO-00030"]
