"""What every connector promises of documents: each one once, found again by our reference, and nothing by accident."""

import re
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.errors import RESTORED
from shared.exporting import gate_of
from shared.preview import preview_export
from shared.sandbox.payload import encode_exact
from shared.schemas.documents import Flow, InvoiceLine, MaterialLine
from shared.store.collections import CLAIMS, LEDGER, LINKS, STEPS
from tests.connectors.contract import (
    CHOICES,
    EXPORTS,
    FOLLOWING,
    NAMES,
    NUMBER,
    PRICED,
    Exporting,
    an_invoice,
    an_order,
    case_id,
    entry_of,
    event_of,
    in_books,
    joined,
    opened,
    outcomes,
    settled,
)
from tests.connectors.mortal import MortalStore, ProcessDied
from tests.factories import make_customer
from tests.world import World


@pytest.fixture(params=EXPORTS, ids=case_id)
async def exporting(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Exporting]:
    name, flow, export = request.param
    async with opened(name, tmp_path) as world:
        yield Exporting(world, flow, export)


async def test_it_becomes_one_document_with_our_total(exporting: Exporting) -> None:
    world = exporting.world
    await exporting.connected()
    await exporting.publish(exporting.document())
    assert in_books(world) == [NUMBER]
    (outcome,) = outcomes(world)
    assert (outcome.result, outcome.document_type) == ("exported", exporting.export)
    assert (outcome.total_excl, outcome.difference) == (exporting.total, None)
    assert outcome.vendor_id


async def test_exporting_twice_makes_one_document(exporting: Exporting) -> None:
    await exporting.connected()
    for _ in range(3):
        await exporting.publish(exporting.document(), exporting.document())
    assert in_books(exporting.world) == [NUMBER]


async def test_a_newer_revision_of_a_sent_one_makes_no_second_document(exporting: Exporting) -> None:
    await exporting.connected()
    await exporting.publish(exporting.document())
    await exporting.publish(exporting.document(revision=2))
    assert in_books(exporting.world) == [NUMBER]


@pytest.mark.parametrize("changed", ["who-and-when", "lines"])
async def test_a_newer_revision_of_one_in_doubt_makes_no_second_document(exporting: Exporting, changed: str) -> None:
    """Packages without a search by reference are searched by day, customer or first line: as they were sent."""
    world, calls = exporting.world, exporting.world.scenario.writes[exporting.export]
    await exporting.connected()
    world.sandbox.fail_next(match=calls.match, method=calls.method, kind="cut", when="after")
    await world.publish(event_of(exporting.document()))
    await world.quiet()
    assert (await entry_of(world)).state == "waiting"
    await exporting.publish(exporting.document(revision=2, **_CHANGES[exporting.flow][changed]))
    entry = await entry_of(world)
    assert (in_books(world), entry.state) == ([NUMBER], "refused")
    assert re.search(r"it was (completed again|changed \(revision 2\))", entry.reason or "")


_PAYER = make_customer(debtor_number="90017", name="Dakdekkers Noord", email="noord@example.com")
_CHANGES: dict[Flow, dict[str, dict[str, Any]]] = {
    "workorder": {
        "who-and-when": {"work_date": date(2026, 11, 10), "invoice_customer": _PAYER},
        "lines": {"materials": ()},
    },
    "invoice": {
        "who-and-when": {"invoice_date": date(2026, 11, 10), "customer": _PAYER},
        "lines": {"lines": (InvoiceLine(description="Less", quantity=1, unit_price="9.95", vat_percentage=21),)},
    },
}


@pytest.mark.parametrize("exporting", EXPORTS, ids=case_id, indirect=True)
async def test_after_a_restored_backup_one_completed_twice_is_made_once_or_asked_about(exporting: Exporting) -> None:
    world = exporting.world
    await exporting.connected()
    since = await world.store.now()
    await world.wait(timedelta(minutes=5))
    newer = exporting.document(revision=2, **_CHANGES[exporting.flow]["who-and-when"])
    await exporting.publish(exporting.document())
    await exporting.publish(newer)
    await forgotten(world)
    await world.hub.recoveries.begin(since)
    await exporting.publish(newer)
    await world.hub.recoveries.go_on()
    await world.hub.connections.wake_all_waiting(RESTORED)
    await settled(world)
    assert in_books(world) == [NUMBER]
    assert (await entry_of(world)).state in {"confirmed", "refused", "unsure"}


async def forgotten(world: World) -> None:
    """The ledger is as it was before anything was sent."""
    for collection in (LEDGER, STEPS, CLAIMS, LINKS):
        rows = await world.store.find(collection, {}, limit=1000)
        await world.store.delete_many(collection, [row["id"] for row in rows])


async def test_documents_of_one_new_customer_make_that_customer_once(exporting: Exporting) -> None:
    await exporting.connected()
    await exporting.publish(exporting.document())
    assert exporting.needed() == exporting.needs
    await exporting.publish(exporting.document("WO-2"))
    assert in_books(exporting.world) == ["WO-2", NUMBER]
    assert exporting.needed() == exporting.needs, "the second one needed only its document"


async def test_what_was_sent_is_found_by_its_reference_and_nothing_else_is(exporting: Exporting) -> None:
    connection = await exporting.connected()
    alike = ("WO-1", "WO-10", "XWO-1", "WO'1", 'W"O-1', "WO%1", "WO-1é")
    await exporting.publish(*(exporting.document(number) for number in (NUMBER, *alike)))
    for number in (NUMBER, *alike):
        entry = await entry_of(exporting.world, number)
        assert [hit.vendor_id for hit in await exporting.find(connection, number)] == [entry.vendor_id], number
    for number in ("WO", "WO-", "WO-100", "O-1", "W_-1", "*", "no-such-number"):
        assert await exporting.find(connection, number) == [], number


async def test_a_found_document_tells_what_a_look_up_compares(exporting: Exporting) -> None:
    connection = await exporting.connected()
    await exporting.publish(exporting.document())
    (hit,) = await exporting.find(connection, NUMBER)
    entry = await entry_of(exporting.world)
    assert (hit.vendor_id, hit.number, hit.total_excl) == (entry.vendor_id, entry.vendor_number, exporting.total)


@pytest.mark.parametrize("name", NAMES)
async def test_with_default_settings_nothing_is_printed_mailed_numbered_booked_or_closed(
    name: str, tmp_path: Path
) -> None:
    async with opened(name, tmp_path) as world:
        assert not set(CHOICES.values()) & world.scenario.settings.keys(), (
            "what documents become is the default's to say"
        )
        gate = gate_of(await joined(world))
        await world.publish(*map(event_of, (an_order(world), an_order(world, "WO-2"), an_invoice(world, "INV-1"))))
        await settled(world)
        assert sorted(world.scenario.unfinished(world.sandbox)) == in_books(world)
        becoming = {"workorder": [NUMBER, "WO-2"], "invoice": ["INV-1"]}
        assert in_books(world) == sorted(number for flow in becoming if flow in gate.flows for number in becoming[flow])
        assert world.scenario.sent_out(world.sandbox) == []


async def test_whatever_it_becomes_nothing_leaves_the_package_by_itself(exporting: Exporting) -> None:
    await exporting.connected()
    await exporting.publish(exporting.document())
    assert in_books(exporting.world) == [NUMBER]
    assert exporting.world.scenario.sent_out(exporting.world.sandbox) == []


async def test_a_preview_shows_what_would_be_sent_and_sends_nothing(exporting: Exporting) -> None:
    world = exporting.world
    connection = await exporting.connected()
    before, books = exporting.writes(), encode_exact(world.sandbox.memory())
    shown = [request async for request in preview_export(world.hub, connection, exporting.document())]
    assert (exporting.writes(), encode_exact(world.sandbox.memory())) == (before, books)
    assert [request.method for request in shown] != []
    await exporting.publish(exporting.document())
    assert exporting.writes() == before + len(shown), "one write for each request that was shown"


@pytest.mark.parametrize("exporting", PRICED, ids=case_id, indirect=True)
async def test_vat_that_nobody_can_decide_waits_for_its_setting_and_the_next_document_goes(
    exporting: Exporting,
) -> None:
    world, known = exporting.world, exporting.world.scenario.no_vat
    connection = await exporting.connected(**known.settings)
    line = {"code": known.material, "quantity": 1, "unit_price": "9.95", "vat_percentage": 21}
    strange = (
        an_order(world, "WO-STRANGE", materials=(MaterialLine(**line),), hours=())
        if exporting.flow == "workorder"
        else an_invoice(world, "WO-STRANGE", lines=(InvoiceLine(**line),))
    )
    await exporting.publish(strange, exporting.document(**_of_known_vat(exporting)))
    waiting = await entry_of(world, "WO-STRANGE")
    assert (waiting.state, waiting.waits_for) == ("waiting", known.waits_for)
    assert in_books(world) == [NUMBER]
    await world.hub.connections.change_settings(connection.id, dict(known.heals))
    await settled(world)
    assert in_books(world) == ["WO-2026-0001", "WO-STRANGE"]


def _of_known_vat(exporting: Exporting) -> dict[str, Any]:
    """Invoice lines carry no article here, so only their own code tells the VAT while nothing is mapped."""
    if exporting.flow == "workorder":
        return {}
    code = next(iter(exporting.world.scenario.no_vat.heals["vat_codes"].values()))
    lines = an_invoice(exporting.world).lines
    return {"lines": tuple(line.model_copy(update={"vat_code": code}) for line in lines)}


async def test_a_document_without_lines_to_bill_is_refused_with_a_sentence(exporting: Exporting) -> None:
    await exporting.connected()
    empty = {"materials": (), "hours": ()} if exporting.flow == "workorder" else {"lines": (_HIDDEN,)}
    await exporting.publish(exporting.document(**empty))
    entry = await entry_of(exporting.world)
    assert (entry.state, in_books(exporting.world)) == ("refused", [])
    assert entry.reason


_HIDDEN = InvoiceLine(description="Not shown", quantity=1, unit_price=0, vat_percentage=21, hidden=True)


POINTS = {
    "sending-stored-nothing-sent": ("after", STEPS, "sending", ""),
    "document-sending-stored-nothing-sent": ("after", STEPS, "sending", "|document"),
    "answered-not-remembered": ("before", STEPS, "confirmed", ""),
    "document-answered-not-remembered": ("before", STEPS, "confirmed", "|document"),
    "step-remembered-entry-not": ("before", LEDGER, "confirmed", ""),
    "entry-remembered-outcome-not": ("after", LEDGER, "confirmed", ""),
}


@pytest.mark.parametrize("point", POINTS.values(), ids=POINTS)
async def test_a_worker_that_dies_leaves_one_document_to_the_next(
    exporting: Exporting, point: tuple[str, str, str, str]
) -> None:
    await _dies_at(exporting, point)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("state", ["sending", "confirmed"])
@pytest.mark.parametrize("following", FOLLOWING, ids=case_id)
async def test_a_worker_that_dies_behind_the_document_leaves_what_follows_to_the_next(
    following: tuple[str, Flow, str, str], when: str, state: str, tmp_path: Path
) -> None:
    name, flow, export, follow_up = following
    async with opened(name, tmp_path) as world:
        await _dies_at(Exporting(world, flow, export), (when, STEPS, state, f"|{follow_up}"))
        assert world.scenario.unfinished(world.sandbox) == []


async def _dies_at(exporting: Exporting, point: tuple[str, str, str, str]) -> None:
    world = exporting.world
    await exporting.connected()
    mortal = MortalStore(world.store, *point)
    first = World(mortal, world.sandbox, world.connector, world.settings, world.bus, own_time=True)  # type: ignore[arg-type]
    await first.publish(event_of(exporting.document()))
    with pytest.raises(ProcessDied):
        await settled(first)
    await world.wait(timedelta(seconds=world.settings.lease))
    await settled(world)
    assert mortal.died
    assert in_books(world) == [NUMBER]
    assert (await entry_of(world)).state == "confirmed"
    assert (await entry_of(world)).vendor_id
