"""Documents in the pretend Moloni Portugal: what is required and computed, drafts, closing, and how they are found."""

from decimal import Decimal

import pytest

from tests.sandbox.moloni_pt_company import COMPANY, TAX, Caller, sandbox_of

EVERY_CLASS = (
    "invoices", "purchaseOrder", "internalDocuments", "invoiceReceipts", "estimates", "deliveryNotes", "waybills",
    "billsOfLading",
)  # fmt: skip
MOVING = {
    "delivery_method_id": 91, "delivery_datetime": "2026-11-20 00:00:00", "delivery_departure_address": "Rua A",
    "delivery_departure_city": "Porto", "delivery_destination_address": "Rua B", "delivery_destination_city": "Braga",
}  # fmt: skip


@pytest.fixture
def caller():
    return Caller(sandbox_of())


def totals(row):
    return tuple(
        Decimal(str(row[name])) for name in ("gross_value", "comercial_discount_value", "taxes_value", "net_value")
    )


@pytest.mark.parametrize("cls", EVERY_CLASS)
async def test_a_new_document_is_a_draft_without_a_number(caller, cls):
    made = await caller.made(cls, **MOVING)
    assert (made["status"], made["number"], made["your_reference"]) == (0, -1, "WO-1")
    assert made["date"] == "2026-11-20T00:00:00+0000"


async def test_a_day_in_summer_has_the_offset_of_summer(caller):
    assert (await caller.made(date="2026-07-16"))["date"] == "2026-07-16T00:00:00+0100"


async def test_gross_less_discounts_and_with_taxes_is_net(caller):
    lines = [await caller.line(qty=3, price=Decimal("9.99"), discount=Decimal("12.5")), await caller.line(qty=-2)]
    made = await caller.made("invoices", *lines)
    gross, discount, taxes, net = totals(made)
    assert (gross, discount, taxes) == (Decimal("-46.03"), Decimal("3.75"), Decimal("-11.45"))
    assert gross - discount + taxes == net


async def test_where_only_the_sum_is_rounded_cents_differ():
    lines = [{"qty": 1, "price": Decimal("0.004")}] * 5
    for rounded, gross in (("line", Decimal(0)), ("sum", Decimal("0.02"))):
        caller = Caller(sandbox_of(rounded=rounded))
        made = await caller.made("invoices", *[await caller.line(**line) for line in lines])
        assert totals(made)[0] == gross


async def test_lists_show_no_lines_and_single_reads_do(caller):
    id = (await caller.made())["document_id"]
    (row,) = [row for row in await caller.ask("invoices/getAll") if row["document_id"] == id]
    assert "products" not in row
    (line,) = (await caller.ask("documents/getOne", document_id=id))["products"]
    assert (line["reference"], line["taxes"][0]["tax_id"]) == ("HORA-TEC", 41)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"date": ""}, "1 date"),
        ({"date": "20-11-26"}, "9 date"),
        ({"products": []}, "1 products"),
        ({"customer_id": 1}, "2 customer_id 1 0"),
        ({"document_set_id": 1}, "2 document_set_id 1 0"),
        ({"document_set_id": 302}, "5 document_set_wsat_id"),
    ],
)
async def test_a_document_is_refused_with_the_field_that_is_wrong(caller, changes, code):
    assert [one["code"] for one in await caller.document(**changes)] == [code]


async def test_a_transport_document_needs_where_from_and_where_to(caller):
    codes = [one["code"] for one in await caller.document("waybills")]
    assert codes == [f"1 {name}" for name in MOVING]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"product_id": 1}, "2 product_id 1 0"),
        ({"name": ""}, "1 name"),
        ({"qty": "two"}, "2 qty"),
        ({"taxes": []}, "1 exemption_reason"),
    ],
)
async def test_a_wrong_line_stands_in_a_list_of_its_own(caller, changes, code):
    (line,) = await caller.document("invoices", await caller.line(**changes))
    assert [one["code"] for one in line] == [code]


async def test_where_only_some_lines_are_wrong_their_places_are_names(caller):
    wrong = await caller.document("invoices", await caller.line(), await caller.line(name=""))
    assert {place: [one["code"] for one in found] for place, found in wrong.items()} == {"1": ["1 name"]}


@pytest.mark.parametrize(("tax", "code"), [({"value": 0}, "2 value 0 0"), ({"tax_id": 1}, "2 tax_id 1 0")])
async def test_a_wrong_tax_stands_one_list_deeper(caller, tax, code):
    answer = await caller.document("invoices", await caller.line(taxes=[TAX | tax]))
    assert answer[0][0][0]["code"] == code


async def test_a_line_without_vat_has_a_reason(caller):
    made = await caller.made("invoices", await caller.line(taxes=[], exemption_reason="M07"))
    assert (made["products"][0]["exemption_reason"], totals(made)[2]) == ("M07", 0)


async def test_an_invisible_product_cannot_be_invoiced():
    moloni = sandbox_of()
    caller = Caller(moloni)
    line = await caller.line()
    moloni.change(COMPANY, "products", line["product_id"], visibility_id=0)
    assert (await caller.document("invoices", line))[0][0]["code"] == "2 product_id 1 0"


async def test_lines_that_take_back_may_be_refused():
    caller = Caller(sandbox_of(negative_quantities=False))
    assert (await caller.document("invoices", await caller.line(qty=-1)))[0][0]["code"] == "2 qty 0 0"


async def test_closing_gives_the_next_number_of_its_series_and_type(caller):
    ids = [(await caller.made())["document_id"] for _ in range(2)]
    other = (await caller.made("purchaseOrder"))["document_id"]
    for cls, id in (("invoices", ids[0]), ("invoices", ids[1]), ("purchaseOrder", other)):
        assert (await caller.ask(f"{cls}/update", document_id=id, status=1))["valid"] == 1
    numbers = [(await caller.ask("documents/getOne", document_id=id))["number"] for id in (*ids, other)]
    assert numbers == [1, 2, 1]


async def test_what_is_closed_stays_as_it_is(caller):
    made = await caller.made(status=1)
    assert (made["status"], made["number"]) == (1, 1)
    assert await caller.ask("invoices/update", document_id=made["document_id"], notes="Other") == {"valid": 0}
    assert (await caller.ask("documents/getOne", document_id=made["document_id"]))["notes"] == ""


async def test_a_draft_can_be_changed_by_its_own_class_only(caller):
    id = (await caller.made())["document_id"]
    await caller.ask("invoices/update", document_id=id, notes="Other")
    assert (await caller.ask("documents/getOne", document_id=id))["notes"] == "Other"
    assert (await caller.ask("estimates/update", document_id=id))[0]["code"] == "2 document_id 1 0"


async def test_days_of_a_series_may_have_to_rise():
    caller = Caller(sandbox_of(chronological=True))
    await caller.made(status=1, date="2026-11-20")
    refused = await caller.document(status=1, date="2026-11-19")
    assert refused[0]["code"] == "12 date >= 2026-11-20"


@pytest.mark.parametrize(("matching", "found"), [("exact", 1), ("substring", 2)])
async def test_how_references_are_matched_is_a_switch(matching, found):
    caller = Caller(sandbox_of(matching=matching))
    for reference in ("WO-1", "WO-10", "XY"):
        await caller.made(your_reference=reference)
    assert len(await caller.ask("invoices/getAll", your_reference="WO-1")) == found


async def test_documents_are_filtered_by_day_and_year_and_status(caller):
    await caller.made(date="2026-11-20")
    await caller.made(date="2025-01-31", status=1)
    for asked, found in (({"date": "2026-11-20"}, 1), ({"year": 2025}, 1), ({"year": ""}, 2), ({"status": 1}, 2)):
        assert len(await caller.ask("invoices/getAll", **asked)) == found, asked
    assert len(await caller.ask("documents/getAll", status=1, year=2025)) == 1


async def test_estimates_and_transport_documents_take_one_reference_only(caller):
    assert (await caller.made("estimates", our_reference="PO-1"))["our_reference"] == ""
    assert (await caller.made("invoices", our_reference="PO-1"))["our_reference"] == "PO-1"


async def test_an_invoice_receipt_keeps_its_payments_and_is_due_at_no_day(caller):
    payment = {"payment_method_id": 61, "date": "2026-11-20 00:00:00", "value": Decimal("93.48")}
    made = await caller.made("invoiceReceipts", payments=[payment])
    assert (made["payments"][0]["payment_method_id"], made["expiration_date"]) == (61, None)
    wrong = await caller.document("invoiceReceipts", payments=[payment | {"payment_method_id": 1}])
    assert [one["code"] for one in wrong] == ["2 payment_method_id 1 0"]


async def test_a_new_document_may_be_hidden_from_searches_but_not_from_its_id():
    moloni = sandbox_of()
    caller = Caller(moloni)
    moloni.lag(queries=1)
    made = await caller.made()
    assert await caller.ask("invoices/getAll", your_reference="WO-1") == []
    assert [row["document_id"] for row in await caller.ask("invoices/getAll")] == [made["document_id"]]
