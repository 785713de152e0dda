"""Invoices of the pretend Moloni Spain: required fields, totals with VAT, drafts, closing for good (fact sheet, 4)."""

from decimal import Decimal

import pytest

from tests.sandbox.moloni_es_company import COMPANY, Caller, sandbox_of

TAX = {"ordering": 1, "cumulative": False}


@pytest.fixture
def caller() -> Caller:
    return Caller(sandbox_of())


async def test_a_new_invoice_is_a_draft_without_a_number_and_its_total_includes_vat(caller):
    made = await caller.invoice()
    assert (made["errors"], made["data"]["number"], made["data"]["totalValue"]) == ([], 0, 96.8)
    (row,) = caller.sandbox.memory()["invoices"]
    assert (row["status"], row["ourReference"], row["documentSetName"]) == (0, "WO-1", "Serie A")


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"customerId": 1}, "customerId"),
        ({"documentSetId": 99}, "documentSetId"),
        ({"products": []}, "products"),
    ],
)
async def test_a_document_is_refused_by_field(caller, data, field):
    made = await caller.invoice(**data)
    assert (made["data"], made["errors"][0]["field"]) == (None, field)
    assert caller.sandbox.memory()["invoices"] == []


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ({"productId": 1}, "products[1].productId"),
        ({"taxes": [{"taxId": 99, "value": 21, **TAX}]}, "products[1].taxes"),
        ({"taxes": []}, "products[1].exemptionReason"),
        ({"taxes": [{"taxId": 4, "value": 0, **TAX}]}, "products[1].exemptionReason"),
    ],
)
async def test_a_line_is_refused_by_its_place(caller, line, field):
    made = await caller.invoice({}, line)
    assert (made["data"], made["errors"][0]["field"]) == (None, field)


async def test_a_line_without_vat_is_taken_with_a_reason(caller):
    made = await caller.invoice({"taxes": [], "exemptionReason": "Art. 20"})
    assert made["data"]["totalValue"] == 80.0


@pytest.mark.parametrize(("rounding", "total"), [("rate", "0.12"), ("line", "0.10")])
async def test_how_vat_is_rounded_can_be_chosen(rounding, total):
    caller = Caller(sandbox_of(rounding=rounding))
    await caller.invoice(*[{"qty": 1, "price": 0.02}] * 5)
    assert caller.sandbox.memory()["invoices"][0]["totalValue"] == Decimal(total)


async def test_a_discount_a_return_and_a_global_discount_are_taken_off(caller):
    made = await caller.invoice({"discount": 50}, {"qty": -1, "price": 10})
    assert made["data"]["totalValue"] == 36.3
    made = await caller.invoice(globalDiscount=10)
    assert made["data"]["totalValue"] == 87.12


async def test_a_surcharge_that_moloni_adds_by_itself_can_be_chosen():
    made = await Caller(sandbox_of(surcharge=Decimal("5.2"))).invoice()
    assert made["data"]["totalValue"] == 100.96


async def test_closing_gives_the_next_number_of_the_set_and_is_final(caller):
    first, second = [(await caller.invoice())["data"]["documentId"] for _ in range(2)]
    assert (await caller.update(documentId=second, status=1))["data"] == {"documentId": second, "status": 1}
    assert (await caller.update(documentId=first, status=1))["data"]["status"] == 1
    numbers = {row["documentId"]: row["number"] for row in caller.sandbox.memory()["invoices"]}
    assert numbers == {second: 1, first: 2}
    for change in ({"status": 1}, {"ourReference": "WO-2"}):
        assert (await caller.update(documentId=first, **change))["errors"][0]["field"] == "documentId"


async def test_only_drafts_can_be_deleted(caller):
    draft, closed = [(await caller.invoice())["data"]["documentId"] for _ in range(2)]
    await caller.update(documentId=closed, status=1)
    query = (
        "mutation invoiceDelete($companyId: Int!, $documentId: [Int]!) { invoiceDelete(companyId: $companyId, "
        "documentId: $documentId) { status deletedCount } }"
    )
    assert await caller.ask(query, documentId=[draft, closed]) == [{"status": 0, "deletedCount": 1}]
    assert [row["documentId"] for row in caller.sandbox.memory()["invoices"]] == [closed]


async def test_a_document_of_any_type_tells_its_type_and_company(caller):
    id = (await caller.invoice())["data"]["documentId"]
    query = (
        "query document($companyId: Int!, $documentId: Int!) { document(companyId: $companyId, documentId: "
        "$documentId) { data { status documentType { apiCodePlural } company { slug } } errors { field } } }"
    )
    told = {"status": 0, "documentType": {"apiCodePlural": "invoices"}, "company": {"slug": "instalaciones-sierra"}}
    assert (await caller.ask(query, documentId=id))["data"] == told
    assert (await caller.ask(query, documentId=1))["errors"] == [{"field": "documentId"}]


async def test_a_new_document_may_stay_out_of_searches_for_a_while(caller):
    caller.sandbox.lag(queries=1)
    await caller.invoice()
    query = (
        "query invoices($companyId: Int!, $options: InvoiceOptions) { invoices(companyId: $companyId, options: "
        "$options) { data { documentId } } }"
    )
    counts = [len((await caller.ask(query, options={"pagination": {"page": 1}}))["data"]) for _ in range(2)]
    assert counts == [0, 1]


async def test_somebody_changes_and_deletes_records_by_hand(caller):
    id = next(iter(caller.sandbox.books(COMPANY).tables["customers"]))
    caller.sandbox.edit({"company": COMPANY, "table": "customers", "id": id, "values": {"name": "Bar Luna"}})
    assert caller.sandbox.books(COMPANY).tables["customers"][id]["name"] == "Bar Luna"
    caller.sandbox.edit({"company": COMPANY, "table": "customers", "id": id, "delete": True})
    assert id not in caller.sandbox.books(COMPANY).tables["customers"]
