"""From a final invoice to a sales entry: ledgers, numbers, VAT codes, and what is refused with a sentence."""

from dataclasses import replace
from decimal import Decimal

import pytest

from shared.connectors.exact_online.bookings import Bookings
from shared.connectors.exact_online.models import SalesItem, VATCode
from shared.connectors.exact_online.sales_entries import Books, invoice_number, sales_entry, vat_code
from shared.errors import Rejected, Uncertain, Unmappable, Unsupported
from shared.exporting import ToBeMade
from shared.mapping import Receipt
from shared.vat import VatCode
from tests.connectors.exact_online.office import HOW, Office, an_invoice
from tests.connectors.exact_online.test_client import Exact, _list

OFFICE = Office("NL")


def _vat(code, fraction, **more):
    base = {"Code": code, "Description": f"VAT {code}", "Percentage": fraction, "Type": "E", "VATTransactionType": "B"}
    return VATCode.model_validate(base | more)


BOOKS = Books(
    items={
        "A": SalesItem(ID="i-a", Code="A", Description="Pipe", SalesVatCode="4", GLRevenue="l-item"),
        "B": SalesItem(ID="i-b", Code="B", Description="Tap"),
        "HOUR": SalesItem(ID="i-h", Code="HOUR", GLRevenue="l-hours"),
    },
    vat_codes={"4": _vat("4", "0.21"), "2": _vat("2", "0.09"), "0": _vat("0", "0"), "7": _vat("7", "0")},
    ledgers={"8000": "l-8000", "8010": "l-8010"},
)


def _draft(*lines, books=BOOKS, made=None, invoice=None, **settings):
    return sales_entry(_job(*lines, made=made, invoice=invoice, **settings), books)


def _job(*lines, made=None, invoice=None, **settings):
    document = an_invoice(*(lines or [(1, 100, 21)]), **(invoice or {}))
    return replace(
        OFFICE.job(document, made, **settings), ensured={f"relation:{document.customer.debtor_number}": "c-1"}
    )


def _lines(*lines, **more):
    return _draft(*lines, **more).request.body["SalesEntryLines"]


def test_an_invoice_is_booked_under_its_own_number_and_dates():
    draft = _draft((1, 100, 21), invoice={"number": "20260042", "reference": "PO 7"})
    assert draft.request.path == "/api/v1/900001/salesentry/SalesEntries"
    assert {name: value for name, value in draft.request.body.items() if name != "SalesEntryLines"} == {
        "Customer": "c-1",
        "Journal": "70",
        "EntryDate": "2026-11-20",
        "DueDate": "2026-12-20",
        "YourRef": "20260042",
        "InvoiceNumber": 20260042,
        "Description": "20260042 / PO 7",
    }
    assert (draft.customer, draft.total_excl, draft.currency, str(draft.day)) == ("c-1", 100, "EUR", "2026-11-20")


def test_without_a_due_date_exact_decides():
    assert "DueDate" not in _draft(invoice={"due_date": None}).request.body


def test_only_another_currency_is_named():
    assert "Currency" not in _draft().request.body
    assert _draft((1, 100, 0), invoice={"currency": "USD"}).request.body["Currency"] == "USD"


def test_without_a_journal_the_invoice_waits():
    with pytest.raises(Unmappable) as error:
        _draft(journal=None)
    assert error.value.setting == "journal"


@pytest.mark.parametrize(("number", "own"), [("1", 1), ("2147483647", 2147483647), ("20260042", 20260042)])
def test_a_number_that_is_one_becomes_exacts_own(number, own):
    assert invoice_number(an_invoice((1, 1, 0), number=number)) == own


@pytest.mark.parametrize("number", ["2147483648", "0042", "0", "2026-12", "F1", "1.5", "-1", "٤٢", "12345678901"])
def test_any_other_number_stands_in_reference_and_description_only(number):
    body = _draft(invoice={"number": number}).request.body
    assert "InvoiceNumber" not in body
    assert (body["YourRef"], body["Description"]) == (number, number)


def test_a_line_says_what_is_booked_excluding_vat_and_which_vat():
    line = {"code": "A", "description": "Copper\npipe", "discount_percentage": "10"}
    assert _lines((2, "10.05", 21, line), cost_centre="SERV", cost_unit="CV") == [
        {
            "GLAccount": "l-item",
            "AmountFC": 18.09,
            "VATCode": "4  ",
            "VATAmountFC": 3.80,
            "Description": "Copper pipe",
            "Quantity": 2.0,
            "CostCenter": "SERV",
            "CostUnit": "CV",
        }
    ]


def test_a_line_without_words_has_those_of_its_item():
    assert _lines((1, 1, 21, {"code": "A", "description": ""}))[0]["Description"] == "Pipe"
    assert "Description" not in _lines((1, 1, 21, {"description": ""}))[0]


@pytest.mark.parametrize(
    ("line", "ledger"),
    [
        ({"code": "A", "ledger": "8010"}, "l-8010"),
        ({"code": "A"}, "l-item"),
        ({"code": "B"}, "l-8000"),
        ({"code": "?"}, "l-8000"),
        ({}, "l-8000"),
        ({"hour_type": "fitter"}, "l-hours"),
        ({"hour_type": "HOUR"}, "l-hours"),
    ],
)
def test_revenue_goes_to_the_lines_own_ledger_else_the_items_else_the_chosen_one(line, ledger):
    assert _lines((1, 10, 21, line), hour_types={"fitter": "HOUR"})[0]["GLAccount"] == ledger


@pytest.mark.parametrize(
    ("chosen", "words"), [(None, "has no revenue ledger"), ("9999", "9999, chosen for revenue, is not")]
)
def test_without_a_ledger_the_invoice_waits(chosen, words):
    with pytest.raises(Unmappable, match=words) as error:
        _draft((1, 10, 21), ledger=chosen)
    assert error.value.setting == "ledger"


def test_a_lines_ledger_that_is_not_there_is_not_replaced_by_another():
    with pytest.raises(Rejected, match="Ledger 1234 of Item A on invoice F-1 is not in Exact Online"):
        _draft((1, 10, 21, {"code": "A", "ledger": "1234"}), invoice={"number": "F-1"})


def test_items_that_are_not_there_are_told():
    assert _draft((1, 10, 21, {"code": "?"}), (1, 10, 21, {"code": "A"})).warnings == (
        "Item ? is not in Exact Online; it was booked without its item.",
    )


def test_lines_that_book_nothing_are_left_out():
    nothing, hidden = (0, 50, 21, {"ledger": "none"}), (1, 0, 21, {"hidden": True})
    assert len(_lines((1, 10, 21), nothing, hidden)) == 1


def test_hidden_lines_that_the_total_leaves_out_too_are_left_out():
    shown = an_invoice((1, 10, 21))
    totals = {name: getattr(shown, name) for name in ("total_excl", "total_vat", "total_incl")}
    assert len(_lines((1, 10, 21), (1, 5, 21, {"hidden": True}), invoice=totals)) == 1


def test_an_invoice_without_amounts_is_refused():
    with pytest.raises(Unsupported, match="has no amounts"):
        _draft((0, 50, 21), (1, 0, 21))


def test_hidden_lines_that_carry_money_are_refused_with_a_sentence():
    with pytest.raises(Rejected, match="Hidden lines are not sent"):
        _draft((1, 10, 21), (1, 5, 21, {"hidden": True}))


def test_lines_and_total_that_differ_are_refused():
    with pytest.raises(Rejected, match=r"make 100.00 excluding VAT, but its total is 90"):
        _draft(invoice={"total_excl": 90, "total_vat": 21, "total_incl": 111})


def test_vat_that_was_rounded_by_line_is_booked_as_it_is():
    lines = [(1, "0.50", 21)] * 3
    by_line, by_rate = {"total_vat": "0.33", "total_incl": "1.83"}, {"total_vat": "0.32", "total_incl": "1.82"}
    assert [line["VATAmountFC"] for line in _lines(*lines, invoice=by_line)] == [0.11, 0.11, 0.11]
    assert sorted(line["VATAmountFC"] for line in _lines(*lines, invoice=by_rate)) == [0.10, 0.11, 0.11]


@pytest.mark.parametrize("sign", [1, -1])
def test_a_credit_note_has_negative_amounts_and_names_its_invoice(sign):
    made = {"credited": Receipt("e-1", "26700007")}
    draft = _draft((sign * 2, "10.25", 21), made=made, invoice={"number": "C-1", "type": "credit", "credits": "inv-0"})
    (line,) = draft.request.body["SalesEntryLines"]
    assert (line["AmountFC"], line["VATAmountFC"], line["Quantity"]) == (-20.5, -4.31, -2.0)
    assert draft.total_excl == Decimal("-20.50")
    assert draft.request.body["Description"] == "C-1 / 26700007"


@pytest.mark.parametrize("line", [{"code": "A"}, {"vat_code": "4"}])
def test_a_code_of_another_percentage_is_refused_with_both(line):
    with pytest.raises(Rejected, match=r"on invoice .*: the line carries 9 % VAT, but VAT code 4 \(VAT 4\) is 21 %"):
        _draft((1, 10, 9, line))


def test_a_chosen_code_of_another_percentage_waits_for_another_choice():
    with pytest.raises(Unmappable, match="carries 9 % VAT, but VAT code 4") as error:
        _draft((1, 10, 9), vat_codes={"9": "4"})
    assert (error.value.setting, error.value.key) == ("vat_codes", "9")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ({"Type": "I"}, "is for amounts that include VAT"),
        ({"IsBlocked": True}, "is blocked"),
        ({"VATTransactionType": "P"}, "for purchases only"),
    ],
)
def test_a_code_that_is_not_for_these_amounts_waits_for_another(code, words):
    books = replace(BOOKS, vat_codes={"4": _vat("4", "0.21", **code)})
    with pytest.raises(Unmappable, match=words) as error:
        _draft((1, 10, 21), books=books)
    assert (error.value.setting, error.value.key) == ("vat_codes", "21")


def test_a_regimes_code_that_charges_vat_waits_for_another():
    with pytest.raises(Unmappable, match="carries 0 % VAT, but VAT code 4") as error:
        _draft((1, 10, 0), invoice={"customer": {"vat_regime": "exempt"}}, vat_regimes={"exempt": "4"})
    assert (error.value.setting, error.value.key) == ("vat_regimes", "exempt")


def test_a_regime_decides_before_the_items_code():
    assert _lines((1, 10, 0, {"code": "A"}), invoice={"customer": {"vat_regime": "eu"}})[0]["VATCode"] == "7  "


def test_a_customer_without_vat_and_a_charged_line_contradict_each_other():
    with pytest.raises(Rejected, match="is charged no VAT"):
        _draft((1, 10, 21), invoice={"customer": {"vat_regime": "reverse_charge"}})


@pytest.mark.parametrize(
    ("more", "charged"), [({}, 21), ({"Charged": True}, 0), ({"Type": "N"}, 0), ({"Percentage": None}, None)]
)
def test_nothing_is_charged_with_a_code_of_none_or_where_the_customer_accounts_for_it(more, charged):
    assert vat_code(_vat("4", "0.21", **more)) == VatCode("4", "VAT 4", charged)


async def test_what_no_line_needs_is_not_asked_for():
    exact = Exact(_list({"Code": "4  ", "Percentage": 0.21}))
    await HOW.gather(exact.client(), _job((1, 10, 21), (0, 1, 21, {"code": "A", "ledger": "8010"}), ledger=None))
    assert exact.paths == ["/api/v1/900001/vat/VATCodes"]


async def test_a_group_gives_its_ledger_to_items_without_one():
    items = [
        {"ID": "i-1", "Code": "A", "GLRevenue": "l-1", "ItemGroup": "g-1"},
        {"ID": "i-2", "Code": "B", "ItemGroup": "g-2"},
    ]
    exact = Exact(_list(*items), _list({"ID": "g-2", "GLRevenue": "l-2"}), _list())
    books = await HOW.gather(exact.client(), _job((1, 10, 21, {"code": "A"}), (1, 10, 21, {"code": "B"})))
    assert {code: item.GLRevenue for code, item in books.items.items()} == {"A": "l-1", "B": "l-2"}
    assert exact.paths == [
        f"/api/v1/900001/{path}" for path in ("logistics/Items", "logistics/ItemGroups", "vat/VATCodes")
    ]
    assert exact.queries[1]["$filter"] == "ID eq guid'g-2'"


async def test_ledgers_are_looked_up_by_the_codes_that_lines_or_settings_name():
    exact = Exact(_list({"ID": "l-1", "Code": "8010"}, {"ID": "l-2", "Code": "8000"}), _list())
    books = await HOW.gather(exact.client(), _job((1, 10, 21, {"ledger": "8010"}), (1, 10, 21)))
    assert books.ledgers == {"8010": "l-1", "8000": "l-2"}
    assert exact.queries[0]["$filter"] == "Code eq '8000' or Code eq '8010'"


async def test_a_lost_answer_is_uncertain_and_the_entry_is_found_with_what_tells_it_apart():
    office = Office("NL")
    office.sandbox.fail_next(kind="cut", when="after", method="POST", match="/salesentry/")
    job = office.job(an_invoice((2, "10.05", 21), number="F'7"))
    with pytest.raises(Uncertain):
        await office.book(job)
    (hit,) = await HOW.find(office.client(), job)
    (entry,) = office.entries()
    assert (hit.vendor_id, hit.customer, hit.total_excl, str(hit.day)) == (
        entry["EntryID"],
        entry["Customer"],
        Decimal("20.10"),
        "2026-11-20",
    )


async def test_the_customer_of_an_invoice_is_made_once():
    office = Office("NL")
    for number in ("F-1", "F-2"):
        await office.book(office.job(an_invoice((1, 10, 21), number=number)))
    assert [row["Code"].strip() for row in office.sandbox.memory()["accounts"]] == ["4711"]


def test_the_mapping_can_be_tried_before_the_customer_is_made():
    draft = sales_entry(replace(_job(), ensured=ToBeMade()), BOOKS)
    assert draft.customer == "<id of the new relation:4711>"


@pytest.mark.parametrize(
    ("row", "number"),
    [({"InvoiceNumber": 7, "EntryNumber": 9}, "7"), ({"InvoiceNumber": None, "EntryNumber": 9}, "9"), ({}, None)],
)
async def test_an_entry_is_known_by_its_invoice_number_else_by_its_own(row, number):
    exact = Exact(_list({"EntryID": "e-1", "AmountFC": 12.1} | row))
    (hit,) = await Bookings.sales_entries_by_reference(exact.client(), "F-1")
    assert (hit.number, hit.total_excl) == (number, None)
