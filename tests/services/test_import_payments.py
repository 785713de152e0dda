"""Payments: the settlement state of an invoice goes forth and back, and names the platform's document."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.importer.documents import platform_documents
from shared.connectors.exact_online.sandbox import USERS, printing
from shared.connectors.exact_online.sandbox.resources import SERVED
from shared.envelope import Message
from shared.mapping import DocumentRef
from shared.store import Store
from shared.store.collections import LEDGER, STEPS
from tests.factories import completed, make_work_order
from tests.syncs import (
    DIVISION,
    again,
    bodies,
    change,
    of_kind,
    present,
    records,
    removals,
    remove,
    synced,
    table,
)
from tests.world import World, make_world

INVOICES, ENTRIES, TERMS = "salesinvoice/SalesInvoices", "salesentry/SalesEntries", "cashflow/PaymentTerms"
PAID_ON = date(2026, 11, 21)


@pytest.fixture
async def world(store: Store) -> World:
    return make_world(store)


def state(messages: list[Message]) -> list[tuple[Any, ...]]:
    return [
        (one["vendor_id"], one["paid"], Decimal(one["open_amount"])) for one in records(of_kind(messages, "payment"))
    ]


def an_open(world: World) -> tuple[str, Decimal]:
    """An open invoice of one term, and what it comes to."""
    event = next(
        one["record"]
        for one in present(world, "payment").values()
        if not one["record"]["paid"] and one["record"]["open_amount"] == one["record"]["total"]
    )
    return event["vendor_id"], Decimal(event["total"])


def print_by_hand(world: World, invoice: str) -> str:
    """Somebody processes an invoice in Exact; the id it is booked under."""
    books = world.sandbox.division(DIVISION)  # type: ignore[attr-defined]
    printing.print_invoice(books, SERVED["salesinvoice/PrintedSalesInvoices"], {"InvoiceID": invoice}, USERS[0])
    return str(table(world, INVOICES)[invoice]["Entry"])


async def exported_invoice(world: World, **order: Any) -> str:
    """A work order that was exported as sales invoice; Exact's id of it."""
    before = set(table(world, INVOICES))
    await world.publish(completed(make_work_order(hours=(), **order)))
    await world.quiet()
    (invoice,) = set(table(world, INVOICES)) - before
    return invoice


EXPORTS = {
    "work_order_document": "sales_invoice",
    "journal": "70",
    "vat_codes": {"21": "4"},
    "fallback_item": "ARB-VOORRIJ",
}


class TestPayments:
    async def test_an_invoice_is_open_then_partly_paid_then_paid_then_open_again(self, world: World) -> None:
        connection = await synced(world)
        invoice, total = an_open(world)
        sandbox: Any = world.sandbox
        sandbox.pay(DIVISION, invoice, PAID_ON, Decimal(10))
        assert state(await again(world, connection)) == [(invoice, False, total - 10)]
        sandbox.pay(DIVISION, invoice, PAID_ON)
        paid = await again(world, connection, "slot-3")
        assert state(paid) == [(invoice, True, 0)]
        assert records(paid)[0]["last_payment_date"] == PAID_ON.isoformat()
        sandbox.unpay(DIVISION, invoice)
        opened = await again(world, connection, "slot-4")
        assert state(opened) == [(invoice, False, total)]
        assert records(opened)[0]["last_payment_date"] is None

    async def test_the_sign_of_the_amounts_does_not_matter(self, store: Store) -> None:
        world = make_world(store)
        world.sandbox.division(DIVISION).term_sign = 1  # type: ignore[attr-defined]
        connection = await synced(world)
        invoice, total = an_open(world)
        world.sandbox.pay(DIVISION, invoice, PAID_ON, Decimal(1))  # type: ignore[attr-defined]
        assert state(await again(world, connection)) == [(invoice, False, total - 1)]

    async def test_an_invoice_in_two_terms_is_one_payment_that_is_paid_with_the_last_term(self, world: World) -> None:
        connection = await synced(world, **EXPORTS)
        draft = await exported_invoice(world)
        change(world, INVOICES, draft, PaymentCondition="2T")
        booked = print_by_hand(world, draft)
        assert sum(row["TransactionEntryID"] == booked for row in table(world, TERMS).values()) == 2
        (new,) = records(of_kind(await again(world, connection), "payment"))
        half = (Decimal(new["total"]) / 2).quantize(Decimal("0.01"))
        assert new["open_amount"] == new["total"]
        world.sandbox.pay(DIVISION, booked, PAID_ON, half)  # type: ignore[attr-defined]
        ((_, paid, still_open),) = state(await again(world, connection, "slot-3"))
        assert (paid, abs(still_open - half) <= Decimal("0.01")) == (False, True)
        world.sandbox.pay(DIVISION, booked, PAID_ON)  # type: ignore[attr-defined]
        assert state(await again(world, connection, "slot-4")) == [(booked, True, 0)]

    async def test_a_deleted_booking_removes_its_payment_though_only_its_terms_are_told(self, world: World) -> None:
        connection = await synced(world)
        invoice, _ = an_open(world)
        remove(world, ENTRIES, invoice)
        assert removals(await again(world, connection)) == [("payment", invoice, "deleted")]

    async def test_a_term_that_goes_while_another_stays_is_a_change(self, world: World) -> None:
        connection = await synced(world, **EXPORTS)
        draft = await exported_invoice(world)
        change(world, INVOICES, draft, PaymentCondition="2T")
        booked = print_by_hand(world, draft)
        await again(world, connection)
        one = next(id for id, row in table(world, TERMS).items() if row["TransactionEntryID"] == booked)
        remove(world, TERMS, one)
        published = await again(world, connection, "slot-3")
        assert removals(published) == []
        (kept,) = records(of_kind(published, "payment"))
        assert Decimal(kept["open_amount"]) < Decimal(kept["total"])

    async def test_what_the_company_itself_owes_is_no_payment(self, world: World) -> None:
        connection = await synced(world)
        some = next(iter(table(world, TERMS).values()))
        books = world.sandbox.division(DIVISION)  # type: ignore[attr-defined]
        id = books.new_id()
        books.save(TERMS, {**some, "ID": id, "TransactionEntryID": books.new_id(), "LineType": 22})
        assert await again(world, connection) == []

    async def test_a_payment_of_our_invoice_carries_the_platforms_document(self, world: World) -> None:
        connection = await synced(world, **EXPORTS)
        booked = print_by_hand(world, await exported_invoice(world))
        (event,) = bodies(of_kind(await again(world, connection), "payment"))
        assert (event["vendor_id"], event["platform_id"]) == (booked, "row-WO-2026-0001")
        assert event["record"]["reference"] == "WO-2026-0001"

    async def test_a_booking_we_made_is_known_by_its_id_whatever_its_reference(self, world: World) -> None:
        connection = await synced(world, **EXPORTS)
        draft = await exported_invoice(world)
        invoice, _ = an_open(world)
        # As if it had been exported as a booking: the ledger has the booking's own id.
        step = await world.store.find("steps", {"vendor_id": draft})
        await world.store.update(
            "steps", step[0]["id"], set={"vendor_id": invoice, "remote_key": f"{connection.scope}|{invoice}"}
        )
        await world.store.update(LEDGER, step[0]["entry"], set={"vendor_id": invoice})
        world.sandbox.pay(DIVISION, invoice, PAID_ON)  # type: ignore[attr-defined]
        (event,) = bodies(of_kind(await again(world, connection), "payment"))
        assert event["platform_id"] == "row-WO-2026-0001"

    async def test_of_two_documents_under_one_reference_none_is_guessed(self, world: World) -> None:
        connection = await synced(world, **EXPORTS)
        booked = print_by_hand(world, await exported_invoice(world))
        await exported_invoice(world, id="another")
        (event,) = bodies(of_kind(await again(world, connection), "payment"))
        assert (event["vendor_id"], event["platform_id"]) == (booked, None)

    async def test_what_a_document_needed_is_not_taken_for_it_though_their_ids_are_equal(self, world: World) -> None:
        connection = await synced(world, **EXPORTS)
        await exported_invoice(world)
        (entry,) = await world.store.find(LEDGER, {"connection": connection.id})
        needed = {"id": "relation-7", "entry": entry["id"], "remote_key": f"{connection.scope}|7"}
        relation = {**entry, "id": "r", "flow": "relation"}
        created = {"id": "r|document", "entry": "r", "remote_key": f"{connection.scope}|8"}
        await world.store.put_many(STEPS, [needed, created])
        await world.store.put_many(LEDGER, [relation])
        about = {id: DocumentRef(id) for id in ("7", "8", entry["vendor_id"])}
        assert await platform_documents(world.hub, connection, about) == {entry["vendor_id"]: "row-WO-2026-0001"}

    async def test_a_document_of_another_administration_is_not_ours_here(self, world: World) -> None:
        connection = await synced(world, **EXPORTS)
        print_by_hand(world, await exported_invoice(world))
        (entry,) = await world.store.find(LEDGER, {"connection": connection.id})
        await world.store.update(LEDGER, entry["id"], set={"scope": f"{connection.id}|900002"})
        await world.store.update("steps", f"{entry['id']}|document", set={"remote_key": "elsewhere"})
        (event,) = bodies(of_kind(await again(world, connection), "payment"))
        assert event["platform_id"] is None
