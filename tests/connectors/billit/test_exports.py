"""From documents to Billit's requests: what stands where, and what is refused with a sentence."""

from dataclasses import replace
from decimal import Decimal

import pytest

from shared.connectors.billit.marks import idempotency, payment_reference
from shared.connectors.billit.models import Order
from shared.connectors.billit.settings import Settings
from shared.errors import Rejected, Unsupported
from shared.mapping import Receipt
from shared.schemas.connections import Administration
from tests.connectors.billit.office import an_invoice
from tests.connectors.billit.paperwork import CUSTOMER, MATERIAL, OFFICE, PRODUCTS, final, work


def test_an_invoice_keeps_its_number_dates_and_reference_and_is_not_sent():
    draft = final((1, 100, 21), invoice={"number": "2026-12", "reference": "PO 7"})
    assert {name: value for name, value in draft.request.body.items() if name != "OrderLines"} == {
        "OrderType": "Invoice",
        "OrderDirection": "Income",
        "CustomerID": 700,
        "ExternalProviderID": "2026-12",
        "OrderNumber": "2026-12",
        "OrderDate": "2026-11-20",
        "ExpiryDate": "2026-12-20",
        "Reference": "PO 7",
        "Currency": "EUR",
    }
    assert (draft.customer, draft.total_excl, draft.currency, str(draft.day)) == ("700", 100, "EUR", "2026-11-20")


def test_a_work_order_leaves_the_number_to_billit():
    body = work({"materials": [MATERIAL], "short_description": "Boiler"}).request.body
    assert "OrderNumber" not in body
    assert (body["ExternalProviderID"], body["OrderTitle"], body["Comments"]) == ("W-1", "W-1", "Boiler")
    assert (body["OrderDate"], body["ExpiryDate"]) == ("2026-11-20", "2026-12-20")


def test_a_due_date_follows_from_the_days_to_pay_where_there_is_none():
    assert final(invoice={"due_date": None}, payment_days=14).request.body["ExpiryDate"] == "2026-12-04"
    assert work(payment_days=0).request.body["ExpiryDate"] == "2026-11-20"


def test_where_the_work_was_done_is_told_if_it_is_elsewhere():
    site = CUSTOMER | {"debtor_number": "20", "name": "Shop", "address": {"street": "Quay", "house_number": "3"}}
    assert work({"materials": [MATERIAL], "site_customer": site}).request.body["Comments"] == "Shop, Quay 3"
    assert "Comments" not in work().request.body


def test_both_spellings_carry_one_key_of_letters_and_digits():
    key, other = final().request.headers.values()
    assert list(final().request.headers) == ["Idempotency-Key", "Idempotent-Key"]
    assert key == other
    assert key.isalnum()


@pytest.mark.parametrize(
    "change",
    [{"id": "other"}, {"revision": 2}, {"number": "other"}],
)
def test_the_key_is_that_of_one_revision_of_one_document(change):
    def key(**fields):
        return idempotency(OFFICE.job(an_invoice((1, 100, 21), **fields)), "Invoice")

    assert key() == key()
    assert key(**change) != key()


def test_the_key_tells_companies_and_kinds_of_writes_apart():
    job = OFFICE.job(an_invoice((1, 100, 21)))
    elsewhere = replace(job, administration=Administration(code="610002", name="Other"))
    assert len({tuple(idempotency(one, what).values()) for one in (job, elsewhere) for what in ("a", "b")}) == 4


@pytest.mark.parametrize(
    ("number", "reference"),
    [
        ("9093-37554", "+++090/9337/55493+++"),
        ("97", "+++000/0000/09797+++"),
        ("2026-0042", "+++002/0260/04240+++"),
        ("F", None),
        ("12345678901", None),
        ("٤٢", None),
    ],
)
def test_a_structured_reference_is_made_of_the_digits_of_a_number(number, reference):
    assert payment_reference(number) == reference
    body = final(invoice={"number": number}, payment_reference="number").request.body
    assert body.get("PaymentReference") == reference
    assert "PaymentReference" not in final(invoice={"number": number}).request.body


@pytest.mark.parametrize("sign", [1, -1])
def test_a_credit_note_has_positive_amounts_and_names_its_invoice(sign):
    made = {"credited": Receipt("1", "2026-0041")}
    draft = final((sign * 2, "10.25", 21), made=made, invoice={"type": "credit", "credits": "inv-0"})
    assert draft.request.body["OrderType"] == "CreditNote"
    assert draft.request.body["AboutInvoiceNumber"] == "2026-0041"
    assert draft.request.body["OrderLines"][0]["Quantity"] == 2
    assert draft.total_excl == Decimal("-20.50")


def test_a_credit_note_whose_invoice_is_not_there_names_none():
    assert "AboutInvoiceNumber" not in final(invoice={"type": "credit", "credits": "inv-0"}).request.body


def test_lines_and_total_that_differ_are_refused():
    with pytest.raises(Rejected, match=r"make 100.00 excluding VAT, but its total is 90"):
        final(invoice={"total_excl": 90, "total_vat": 21, "total_incl": 111})


def test_an_invoice_that_shows_nothing_is_refused():
    with pytest.raises(Unsupported, match="has no lines to show"):
        final((1, 0, 21, {"hidden": True}))


def test_vat_that_billit_rounds_otherwise_is_told():
    by_line = {"total_vat": "0.33", "total_incl": "1.83"}
    (warning,) = final(*[(1, "0.50", 21)] * 3, invoice=by_line).warnings
    assert "has 0.33 VAT, and Billit computes 0.32" in warning
    assert final(*[(1, "0.50", 21)] * 3).warnings == ()


def test_a_number_that_is_taken_is_refused_before_billit_decides_what_that_means():
    gathered = replace(PRODUCTS, taken=[Order(OrderID=5)])
    with pytest.raises(Rejected, match=r"Billit has Invoice F-1 already \(id 5\)"):
        final(gathered=gathered, invoice={"number": "F-1"})


def test_an_empty_choice_is_none_and_an_empty_unit_is_refused():
    assert Settings(default_hour_type="", sent_by="").sent_by is None
    with pytest.raises(ValueError, match="a unit is empty"):
        Settings(hour_units=("uur", ""))
