"""A connection that ends in the middle of a turn: nothing more is written down for it, and nothing is sent twice."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import pytest

from shared import moving
from shared.errors import LostLease, Misconfigured
from shared.login import connect, disconnect
from shared.mapping import Receipt
from shared.moving import Left, left_behind
from shared.schemas.connections import Connection
from shared.store.collections import FINGERPRINTS
from tests.syncs import removals
from tests.trial import Trial, an_invoice, an_order
from tests.trial_connector import ACCOUNTS, ORDERS


def meanwhile(trial: Trial, path: str, then: Callable[[], Awaitable[Any]], *, before: bool = False) -> None:
    """Once, around a POST to `path`: while the package works on it, the user does something."""
    transport = trial.sandbox.transport()
    handle, done = transport.handle_async_request, []

    async def and_then(request: Any) -> Any:
        mine = request.method == "POST" and request.url.path.endswith(path) and not done
        if mine:
            done.append(request)
        if mine and before:
            await then()
        answer = await handle(request)
        if mine and not before:
            await then()
        return answer

    transport.handle_async_request = and_then  # type: ignore[method-assign]
    trial.hub.transports = {**trial.hub.transports, "exact_online": transport}
    trial.hub._clients.clear()


async def ends_while_sending(trial: Trial) -> None:
    await trial.connected()
    meanwhile(trial, ORDERS, lambda: disconnect(trial.hub, trial.connection.id))
    await trial.take_in(an_order())
    await trial.settled()


async def other_books(trial: Trial) -> Connection:
    login = await trial.world.log_in()
    made = await connect(trial.hub, "acme", login, "900002", {"invoice_document": "sales_entry"})
    return await trial.hub.connections.start_exports(made.id, date(2026, 1, 1))


async def only_left(trial: Trial) -> Left:
    (left,) = await left_behind(trial.hub, await trial.hub.connections.get(trial.connection.id))
    return left


async def test_an_answer_that_comes_after_the_end_is_not_written_down(trial: Trial) -> None:
    await ends_while_sending(trial)
    step = await trial.hub.steps.get(f"{(await trial.entry()).id}|document")
    assert step is not None
    assert (step.state, (await trial.entry()).state, trial.orders) == ("uncertain", "ready", ["WO-1"])


async def test_the_lane_of_a_connection_that_ended_in_a_turn_is_given_back(trial: Trial) -> None:
    await ends_while_sending(trial)
    lane = await trial.hub.lanes.get(trial.connection.id)
    assert lane is not None
    assert lane.owner is None


async def test_reconnecting_to_the_same_administration_takes_over_what_was_sent(trial: Trial) -> None:
    await ends_while_sending(trial)
    old = trial.connection
    await trial.connected(exports_from=None)
    assert (trial.connection.id, trial.connection.generation) == (old.id, 2)
    await trial.settled()
    assert ((await trial.entry()).state, trial.orders, trial.results()) == ("confirmed", ["WO-1"], ["exported"])


async def test_an_entry_of_the_older_generation_cannot_be_confirmed(trial: Trial, monkeypatch: Any) -> None:
    """The document's own write was stored; the end comes before its entry is."""
    await trial.connected()
    give_back = trial.hub.entries.wake_waiting

    async def ended_now(*args: Any) -> int:
        await disconnect(trial.hub, trial.connection.id)
        return await give_back(*args)

    monkeypatch.setattr(trial.hub.entries, "wake_waiting", ended_now)
    await trial.take_in(an_invoice())
    await trial.settled()
    assert ((await trial.entry("I-1")).state, trial.results("I-1")) == ("ready", [])
    monkeypatch.undo()
    await trial.connected(exports_from=None)
    await trial.settled()
    assert ((await trial.entry("I-1")).state, trial.orders) == ("confirmed", ["I-1"])


async def test_what_is_prepared_when_the_connection_ends_is_not_sent(trial: Trial) -> None:
    await trial.connected()
    meanwhile(trial, ACCOUNTS, lambda: disconnect(trial.hub, trial.connection.id))
    await trial.take_in(an_order())
    await trial.settled()
    assert (trial.orders, trial.calls("POST", ORDERS)) == ([], 0)


async def test_what_waited_goes_on_after_reconnecting_and_nothing_has_to_be_replayed(trial: Trial) -> None:
    await trial.connected()
    await trial.take_in(an_order("WO-1"), an_order("WO-2"))
    await disconnect(trial.hub, trial.connection.id)
    assert await trial.settled() < 3
    assert trial.orders == []
    await trial.connected(exports_from=None)
    await trial.settled()
    assert trial.orders == ["WO-1", "WO-2"]


async def test_of_two_that_reconnect_at_once_one_is_told(trial: Trial) -> None:
    await trial.connected()
    ended = await disconnect(trial.hub, trial.connection.id)
    await trial.hub.connections.revive(ended, ended.grant, {})
    with pytest.raises(Misconfigured, match="Somebody else connected"):
        await trial.hub.connections.revive(ended, ended.grant, {})


async def test_records_of_a_connection_that_is_live_again_are_taken_back_first_and_then_read_anew(trial: Trial) -> None:
    await trial.connected(import_kinds=["product_category"])
    await trial.world.tick(trial.connection)
    await trial.world.quiet(patience=60)
    count, before = await trial.hub.store.count(FINGERPRINTS, {}), len(trial.world.bus.messages)
    await disconnect(trial.hub, trial.connection.id)
    await trial.connected(import_kinds=["product_category"])
    await trial.world.quiet(patience=60)
    taken_back = [reason for _, _, reason in removals(trial.world.bus.messages[before:])]
    assert taken_back == ["unlinked"] * count
    assert await trial.hub.store.count(FINGERPRINTS, {}) == count > 0


async def test_a_turn_that_lost_its_lane_to_another_worker_still_says_so(trial: Trial, monkeypatch: Any) -> None:
    await trial.connected()
    await trial.take_in(an_order())

    async def lost(*_: Any, **__: Any) -> None:
        raise LostLease("taken over")

    monkeypatch.setattr(trial.hub.steps, "once", lost)
    with pytest.raises(LostLease):
        await trial.one_turn()


class TestOtherBooks:
    async def test_nothing_goes_there_by_itself(self, trial: Trial) -> None:
        await trial.connected()
        await trial.take_in(an_order())
        await disconnect(trial.hub, trial.connection.id)
        await other_books(trial)
        await trial.settled()
        assert trial.orders == []

    async def test_what_the_user_chose_goes_there_and_is_left_out_here(self, trial: Trial) -> None:
        await trial.connected()
        await trial.take_in(an_order())
        await disconnect(trial.hub, trial.connection.id)
        there = await other_books(trial)
        moved = await moving.move(trial.hub, await only_left(trial), there)
        await trial.settled()
        await trial.sweep()
        states = {one.connection: (one.state, one.reason) for one in await trial.hub.entries.list({})}
        assert states[there.id] == ("confirmed", None)
        assert states[trial.connection.id][0] == "skipped"
        assert "it went to Exact Online (" in (states[trial.connection.id][1] or "")
        assert (moved.administration, trial.orders) == ("900002", ["WO-1"])
        assert sorted(trial.results()) == ["exported", "skipped"]

    async def test_what_may_be_in_the_old_books_does_not_go_before_the_user_looked(self, trial: Trial) -> None:
        await ends_while_sending(trial)
        there, left = await other_books(trial), await only_left(trial)
        assert left.doubtful
        with pytest.raises(Misconfigured, match=r"may be in Exact Online \(.*Look there first"):
            await moving.move(trial.hub, left, there)

    async def test_the_user_says_that_it_is_not_there_and_it_goes(self, trial: Trial) -> None:
        await trial.connected()
        meanwhile(trial, ORDERS, lambda: disconnect(trial.hub, trial.connection.id))
        trial.sandbox.fail_next(match=ORDERS, method="POST", kind="cut", when="before")
        meanwhile(trial, ORDERS, lambda: disconnect(trial.hub, trial.connection.id), before=True)
        await trial.take_in(an_order())
        await trial.settled()
        there = await other_books(trial)
        with pytest.raises(Misconfigured, match="may still arrive"):
            await moving.settle(trial.hub, (await only_left(trial)).entry, None)
        trial.sandbox.clock.advance(trial.hub.settle_after(_connector()) * 3)
        await moving.settle(trial.hub, (await only_left(trial)).entry, None)
        await moving.move(trial.hub, await only_left(trial), there)
        await trial.settled()
        assert trial.orders == ["WO-1"]

    async def test_the_user_leaves_it_out(self, trial: Trial) -> None:
        await trial.connected()
        await trial.take_in(an_order())
        await disconnect(trial.hub, trial.connection.id)
        await moving.leave(trial.hub, await only_left(trial))
        entry = await trial.entry()
        assert (entry.state, "left behind" in (entry.reason or "")) == ("skipped", True)

    async def test_what_the_user_left_out_stays_out_when_the_connection_is_live_again(self, trial: Trial) -> None:
        await trial.connected()
        await trial.take_in(an_order())
        await disconnect(trial.hub, trial.connection.id)
        await moving.leave(trial.hub, await only_left(trial))
        await trial.connected(exports_from=None)
        await trial.say(await trial.entry(), reason="replay")
        await trial.publish(an_order(revision=2))
        assert ((await trial.entry()).state, trial.orders) == ("skipped", [])

    async def test_what_went_to_others_does_not_go_to_these_too_when_their_connection_is_live_again(
        self, trial: Trial
    ) -> None:
        await trial.connected()
        await trial.take_in(an_order())
        await disconnect(trial.hub, trial.connection.id)
        there = await other_books(trial)
        await moving.move(trial.hub, await only_left(trial), there)
        await disconnect(trial.hub, there.id)
        await trial.connected(exports_from=None)
        await trial.publish(an_order(revision=2))
        assert trial.orders == []

    async def test_what_waits_of_a_live_connection_is_no_question(self, trial: Trial) -> None:
        await trial.connected()
        with pytest.raises(Misconfigured, match="goes on by itself"):
            await left_behind(trial.hub, trial.connection)


class TestTheOtherDocumentOfThatWork:
    """An ended connection may have billed a work order; its invoice waits for the new books."""

    async def blocked(self, trial: Trial) -> None:
        await ends_while_sending(trial)
        self.old = (await trial.entry()).id
        there = await other_books(trial)
        await trial.take_in(an_invoice(work_order="row-WO-1"))
        await trial.one_turn()
        invoice = await trial.entry("I-1")
        assert (invoice.state, invoice.connection) == ("waiting", there.id)
        assert "look in Exact Online (" in (invoice.reason or "")

    async def test_is_left_out_once_the_owner_says_that_the_first_is_there(self, trial: Trial) -> None:
        await self.blocked(trial)
        entry = await trial.hub.entries.get(self.old)
        assert entry is not None
        await moving.settle(trial.hub, entry, Receipt("guid-1", "26000001"))
        await trial.settled()
        assert ((await trial.entry()).state, (await trial.entry("I-1")).state) == ("confirmed", "skipped")
        with pytest.raises(Misconfigured, match="no doubt"):
            await moving.settle(trial.hub, entry, None)

    async def test_is_sent_once_the_owner_says_that_the_first_is_not_there(self, trial: Trial) -> None:
        await self.blocked(trial)
        trial.sandbox.clock.advance(trial.hub.settle_after(_connector()) * 3)
        entry = await trial.hub.entries.get(self.old)
        assert entry is not None
        await moving.settle(trial.hub, entry, None)
        await trial.settled()
        assert (await trial.entry("I-1")).state == "confirmed"


def _connector() -> Any:
    from shared import connectors  # replaced by the trial

    return connectors.get("exact_online")


async def test_what_was_ready_before_the_end_waits_while_exports_are_on_hold(trial: Trial) -> None:
    """Another package bills the same by now, say: then a connection that is live again has to be started."""
    await trial.connected()
    await trial.take_in(an_order())
    await trial.hub.store.update("connections", trial.connection.id, set={"exports_from": None})
    assert await trial.settled() < 3
    assert trial.orders == []
    await trial.hub.connections.start_exports(trial.connection.id, date(2026, 1, 1))
    await trial.settled()
    assert trial.orders == ["WO-1"]
