"""Asking for a comparison: what is shown in each format, the exit codes, and what the platform's topics add."""

import asyncio
import csv
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from io import StringIO

import pytest

from services.cli.reconcile import finished
from shared.connector import Connector
from shared.envelope import Message
from shared.errors import NeedsOwner, TryLater
from shared.lanes import Rest
from shared.login import disconnect
from shared.reconcile.runs import Reconciliations
from shared.schemas.connections import Connection
from shared.store.collections import SHEETS
from tests.books import Hands, asked
from tests.factories import completed
from tests.services.cli.replays import REQUESTS, on, put
from tests.services.cli.support import Said, fieldledger
from tests.services.test_exporter import VAT, an_order, entry_of
from tests.world import World

NOVEMBER = ("--from", "2026-11-01", "--to", "2026-11-30")


@pytest.fixture
async def connection(world: World) -> Connection:
    return await connected(world)


async def connected(world: World) -> Connection:
    """With an item that this small administration has."""
    return await world.connected(vat_codes=VAT, vat_default="4", fallback_item=Hands(world).an_item)


@asynccontextmanager
async def an_exporter(world: World, bootstrap: str) -> AsyncIterator[None]:
    """At work beside the command."""

    async def work() -> None:
        while True:
            await world.exporting(await on(bootstrap, REQUESTS))
            await world.quiet("export", patience=0.05)

    working = asyncio.create_task(work())
    yield
    working.cancel()


async def reconcile(world: World, broker: str, connection: Connection, *more: str) -> Said:
    async with an_exporter(world, broker):
        return await fieldledger("reconcile", "--connection", connection.id, *NOVEMBER, *more)


async def in_books(world: World, *numbers: str) -> None:
    """Published, exported, and in the package."""
    events = [event(number) for number in numbers]
    await put(world, *events)
    await world.publish(*events)
    await world.quiet("export")


def event(number: str, day: date = date(2026, 11, 20)) -> Message:
    return completed(an_order(number, work_date=day))


async def test_when_all_agree_it_says_so_and_leaves_nothing_behind(
    world: World, connection: Connection, broker: str
) -> None:
    await in_books(world, "WO-1", "WO-2")
    said = await reconcile(world, broker, connection)
    assert said.code == 0, said.out
    assert "2026-11-01 to 2026-11-30: 2 documents are in Exact Online as sent; nothing differs." in said.err
    assert await world.store.find(SHEETS, {}) == []


async def test_the_table_shows_both_sides_and_what_to_do_and_the_exit_code_says_so(
    world: World, connection: Connection, broker: str
) -> None:
    await in_books(world, "WO-1", "WO-2")
    Hands(world).change("WO-1", AmountFCExclVat="99.00")
    said = await reconcile(world, broker, connection)
    assert said.code == 1
    (line,) = [line for line in said.out.splitlines() if "WO-1" in line]
    assert "different" in line
    assert "total excl. VAT 85.00" in line
    assert "total excl. VAT 99.00" in line
    assert "link" not in said.out, "Exact Online tells none"
    assert "1 document is in Exact Online as sent; not so: 1 different." in said.err


async def test_json_is_one_object_for_programs(world: World, connection: Connection, broker: str) -> None:
    await in_books(world, "WO-1", "WO-2")
    Hands(world).delete("WO-2")
    said = await reconcile(world, broker, connection, "--format", "json")
    assert said.code == 1
    (report,) = [json.loads(said.out)]
    assert (report["agreeing"], report["differing"]) == (1, 1)
    assert (report["first"], report["last"]) == ("2026-11-01", "2026-11-30")
    assert [(one["kind"], one["number"], one["theirs"]) for one in report["findings"]] == [("missing", "WO-2", None)]


async def test_csv_has_a_line_for_each_finding(world: World, connection: Connection, broker: str) -> None:
    await in_books(world, "WO-1")
    Hands(world).copy("WO-1", OrderNumber=4712, YourRef="of somebody else")
    Hands(world).copy("WO-1", OrderNumber=4711)
    said = await reconcile(world, broker, connection, "--format", "csv")
    assert said.code == 1
    lines = list(csv.DictReader(StringIO(said.out)))
    assert [(one["kind"], one["number"], one["vendor_number"]) for one in lines] == [("double", "WO-1", "4711")]


async def test_what_was_published_and_never_taken_in_is_named_with_the_command_that_sends_it(
    world: World, connection: Connection, broker: str
) -> None:
    await in_books(world, "WO-1")
    await put(world, event("WO-LOST"), event("WO-OCTOBER", date(2026, 10, 31)), completed(an_order("WO-X"), "other"))
    said = await reconcile(world, broker, connection, "--format", "json")
    (found,) = json.loads(said.out)["findings"]
    assert (said.code, found["kind"], found["number"]) == (1, "not_exported", "WO-LOST")
    command = found["to_do"].partition("fieldledger ")[2].replace("'", "").split()
    assert (await fieldledger(*command)).code == 0
    assert (await reconcile(world, broker, connection)).code == 0


async def test_what_the_gates_leave_out_is_not_missed(world: World, connection: Connection, broker: str) -> None:
    await world.hub.connections.start_exports(connection.id, date(2026, 11, 19))
    await put(world, event("WO-OLD", date(2026, 11, 18)))
    assert (await reconcile(world, broker, connection)).code == 0


async def test_what_an_earlier_connection_to_the_same_books_sent_is_not_missed(
    world: World, connection: Connection, broker: str
) -> None:
    await in_books(world, "WO-1")
    await disconnect(world.hub, connection.id)
    again = await connected(world)
    await world.quiet()  # what the other connection imported is taken back, and no importer is at work below
    said = await reconcile(world, broker, again, "--format", "json")
    assert (said.code, json.loads(said.out)["agreeing"]) == (0, 1)
    Hands(world).delete("WO-1")
    assert (await reconcile(world, broker, again)).code == 1


async def test_a_document_the_package_has_and_the_ledger_never_heard_of_is_not_to_be_sent_blindly(
    world: World, connection: Connection, broker: str
) -> None:
    await in_books(world, "WO-1")
    await put(world, event("WO-LOST"))
    copy = Hands(world).copy("WO-1", YourRef="WO-LOST", OrderNumber=4711)
    said = await reconcile(world, broker, connection, "--format", "json")
    (found,) = json.loads(said.out)["findings"]
    assert (found["kind"], found["number"], found["vendor_id"]) == ("unknown", "WO-LOST", copy)
    assert "replay" not in found["to_do"]


async def test_what_could_not_be_compared_ends_with_two_and_the_packages_words(
    world: World, connection: Connection, broker: str
) -> None:
    await in_books(world, "WO-1")
    refusal = world.scenario.refusal("Not supported")
    world.sandbox.script(refusal.model_copy(update={"match": "SalesOrders", "method": "GET"}))
    said = await reconcile(world, broker, connection)
    assert said.code == 2
    assert "could not be compared" in said.err
    assert "The package says: Not supported" in said.err


async def test_when_nobody_takes_it_up_it_says_how_to_start_an_exporter(world: World, connection: Connection) -> None:
    with pytest.raises(TryLater, match="fieldledger run exporter --connector exact_online"):
        await finished(world.hub, connection, "r-1", nobody=0.01)


async def test_waiting_does_not_last_for_ever(world: World, connection: Connection) -> None:
    await world.publish(asked(connection, "r-1"))
    with pytest.raises(TryLater, match="not done"):
        await finished(world.hub, connection, "r-1", seconds=0.01)


@pytest.mark.parametrize("taken_up", [False, True])
async def test_waiting_ends_when_only_the_owner_can_go_on(world: World, connection: Connection, taken_up: bool) -> None:
    if taken_up:
        await world.publish(asked(connection, "r-1"))
    await world.hub.lanes.rest(connection.id, Rest(kind="owner", reason="Access expired."))
    with pytest.raises(NeedsOwner, match="Access expired"):
        await finished(world.hub, connection, "r-1")


async def test_what_it_is_doing_is_said(
    world: World, connection: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    await world.publish(asked(connection, "r-1"))
    runs = Reconciliations(world.store)
    run = await runs.get("r-1")
    assert run is not None
    limited = run.model_copy(update={"lists": ("sales orders",), "waits": "the limit per minute is used up"})
    await runs.save(run, limited)
    with pytest.raises(TryLater):
        await finished(world.hub, connection, "r-1", seconds=0.01)
    assert "Waiting until" in (said := capsys.readouterr().err)
    assert "the limit per minute is used up" in said


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (
            ("--from", "2026-12-01", "--to", "2026-11-30"),
            "The first day, 2026-12-01, lies behind the last, 2026-11-30.",
        ),
        (("--connection", "nobody"), "There is no connection 'nobody'."),
    ],
)
async def test_a_question_without_an_answer_is_refused(
    connection: Connection, more: tuple[str, ...], words: str
) -> None:
    said = await fieldledger("reconcile", "--connection", connection.id, *more)
    assert said.code == 2
    assert words in said.err


async def test_an_ended_connection_cannot_be_compared(world: World, connection: Connection) -> None:
    await disconnect(world.hub, connection.id)
    said = await fieldledger("reconcile", "--connection", connection.id)
    assert (said.code, said.err) == (2, f"Connection {connection.id} is disconnected, so nothing can be compared.")


async def test_a_package_that_cannot_list_its_documents_cannot_be_compared(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Connector, "reconciles", False)
    said = await fieldledger("reconcile", "--connection", connection.id)
    assert (said.code, said.err) == (2, "Exact Online cannot list its documents, so nothing can be compared.")


async def test_the_entry_is_untouched_by_all_of_it(world: World, connection: Connection, broker: str) -> None:
    await in_books(world, "WO-1")
    before = await entry_of(world, "WO-1")
    Hands(world).delete("WO-1")
    assert (await reconcile(world, broker, connection)).code == 1
    assert await entry_of(world, "WO-1") == before
