"""A ledger restored from a backup has forgotten what was sent since. Nothing of that is ever sent a second time."""

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from shared import connectors
from shared.errors import RESTORED, Misconfigured
from shared.store.sqlite import SqliteStore
from tests.trial import PDF_URL, Files, Trial, an_invoice, an_order, trying
from tests.trial_connector import ATTACHING, CLOSING, ORDERS, trial
from tests.world import World

Documents = tuple[Any, ...]


@pytest.fixture
async def before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Trial]:
    async with trying(tmp_path, monkeypatch, CLOSING, ATTACHING, pdf_hosts=("https://files.example.com",)) as made:
        made.files = Files()
        await made.connected()
        yield made


@pytest.fixture
async def restore(before: Trial, tmp_path: Path) -> AsyncIterator[Callable[[], Any]]:
    """Backs the store up now; what it gives opens the copy as an installation of its own on the same package."""
    made: list[World] = []

    def back_up() -> Callable[[], Any]:
        copy = tmp_path / "copy.db"
        with closing(sqlite3.connect(tmp_path / "store.db")) as live, closing(sqlite3.connect(copy)) as backup:
            live.backup(backup)
        since = before.hub.now()

        async def restored() -> Trial:
            world = World(
                SqliteStore(copy, clock=before.sandbox.clock),
                before.sandbox,
                settings=before.world.settings,
                own_time=True,
            )
            world.hub.settings = before.hub.settings
            await world.hub.open()
            made.append(world)
            again = Trial(world)
            again.connection, again.files = before.connection, before.files
            await world.hub.recoveries.begin(since)
            return again

        return restored

    yield back_up
    for world in made:
        await world.hub.close()


async def go_on(trial: Trial) -> None:
    await trial.hub.recoveries.go_on()
    await trial.hub.connections.wake_all_waiting(RESTORED)
    await trial.settled()


async def test_a_backup_of_the_middle_is_restored_and_replayed_without_a_second_document(
    before: Trial, restore: Any
) -> None:
    documents = [an_order(f"WO-{n}", pdf_url=PDF_URL) for n in range(6)]
    await before.publish(*documents[:2])
    await before.take_in(documents[2])
    restored = restore()
    await before.publish(*documents[2:5])
    again = await restored()
    await again.publish(*documents)
    assert again.orders == [f"WO-{n}" for n in range(5)], "nothing is made while the ledger is checked"
    assert [(one.number, one.waits_for) for one in await again.hub.entries.list({"state": "waiting"})] == [
        ("WO-5", RESTORED)
    ]
    await go_on(again)
    assert again.orders == [f"WO-{n}" for n in range(6)]
    assert again.notes.count("closed WO-3") == again.notes.count("pdf WO-3") == 1
    assert again.notes.count("closed WO-5") == again.notes.count("pdf WO-5") == 1
    assert {one.state for one in await again.hub.entries.list({})} == {"confirmed"}
    assert (await again.entry("WO-3")).vendor_id == (await before.entry("WO-3")).vendor_id


async def test_what_follows_a_document_waits_for_the_check_and_is_done_then(before: Trial, restore: Any) -> None:
    restored = restore()
    await before.take_in(an_order(pdf_url=PDF_URL))
    await before.one_turn()
    again = await restored()
    await again.publish(an_order(pdf_url=PDF_URL))
    assert ((await again.entry()).state, again.notes) == ("confirmed", ["closed WO-1"])
    await go_on(again)
    assert again.notes == ["closed WO-1", "pdf WO-1"]


async def test_of_two_documents_that_bill_one_work_the_one_in_the_books_is_found_before_the_other_is_made(
    before: Trial, restore: Any
) -> None:
    order, invoice = an_order(), an_invoice(work_order="row-WO-1")
    restored = restore()
    await before.publish(order)
    await before.publish(invoice)
    assert (before.orders, before.results("I-1")) == (["WO-1"], ["skipped"])
    again = await restored()
    await again.publish(invoice)
    await again.publish(order)
    await go_on(again)
    assert again.orders == ["WO-1"]
    assert ((await again.entry()).state, (await again.entry("I-1")).state) == ("confirmed", "skipped")


async def test_a_claim_in_the_backup_does_not_beat_the_document_that_is_in_the_books(
    before: Trial, restore: Any
) -> None:
    """The invoice had claimed the work and was refused; then the work order was sent, which the backup forgot."""
    order, invoice = an_order(), an_invoice(work_order="row-WO-1")
    before.refuse(ORDERS)
    await before.publish(invoice)
    restored = restore()
    await before.publish(order)
    again = await restored()
    await again.publish(order)
    await again.say(await again.entry("I-1"))
    await go_on(again)
    assert again.orders == ["WO-1"]
    assert (await again.entry("I-1")).state == "skipped"


async def test_what_is_found_with_another_total_is_left_to_a_person(before: Trial, restore: Any) -> None:
    order = an_order()
    restored = restore()
    await before.publish(order)
    again = await restored()
    more = tuple(line.model_copy(update={"quantity": Decimal(9)}) for line in order.materials)
    await again.publish(order.model_copy(update={"materials": more}))
    assert (await again.entry()).state == "unsure"
    await again.say(await again.entry(), reason="it_is_there", vendor_id=(await before.entry()).vendor_id)
    await go_on(again)
    assert ((await again.entry()).state, again.orders) == ("confirmed", ["WO-1"])


async def test_until_it_is_trusted_each_document_is_looked_for_also_after_going_on(before: Trial, restore: Any) -> None:
    restored = restore()
    await before.publish(an_order("WO-LATE"))
    again = await restored()
    await go_on(again)
    await again.publish(an_order("WO-LATE"))
    assert again.orders == ["WO-LATE"]


async def test_when_it_is_trusted_again_nothing_is_looked_for(before: Trial, restore: Any) -> None:
    again = await restore()()
    await again.hub.recoveries.trust()
    looks = again.calls("GET", ORDERS)
    await again.publish(an_order())
    assert (again.orders, again.calls("GET", ORDERS)) == (["WO-1"], looks)


async def test_the_last_careful_day_ends_the_looks_but_never_the_check(before: Trial) -> None:
    now, recoveries = before.hub.now(), before.hub.recoveries
    await recoveries.begin(now, until=now.date())
    before.sandbox.clock.advance(timedelta(days=2))
    assert await recoveries.current() is not None
    with pytest.raises(Misconfigured):
        await recoveries.begin(now + timedelta(days=9), until=date(2030, 1, 1))
    await recoveries.go_on()
    assert await recoveries.current() is None


async def test_fences_jump_so_that_what_is_published_next_is_newer_than_what_the_backup_forgot(
    before: Trial, restore: Any
) -> None:
    restored = restore()
    await before.publish(an_order())
    again = await restored()
    mine, theirs = [await one.hub.lanes.get(before.connection.id) for one in (again, before)]
    assert mine.fence > theirs.fence


async def test_where_a_search_proves_nothing_the_owner_is_asked_about_each(
    before: Trial, restore: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = trial()
    blind = {key: replace(how, find_proves_absence=False) for key, how in made.exports.items()}
    monkeypatch.setattr(connectors, "get", lambda _name: replace(made, exports=blind))
    again = await restore()()
    await again.publish(an_order())
    assert ((await again.entry()).state, again.orders) == ("unsure", [])
