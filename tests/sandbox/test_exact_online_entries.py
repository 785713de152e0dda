"""Sales entries, the ledger and what is owed."""

from datetime import date
from decimal import Decimal

import pytest

from shared.connectors.exact_online.sandbox import create
from shared.sandbox import SandboxClock
from tests.sandbox.conftest import START, booked, client, customer, entry, ledger, message, rows, stored, terms

DIVISION = 900001
DAY = date(2026, 11, 25)
LEVER = "http://exact.sandbox/_sandbox/edit"


async def transactions(http, id: str) -> list[dict]:
    found = await rows(http, "financialtransaction/TransactionLines", filter=f"EntryID eq guid'{id}'")
    return sorted(found, key=lambda row: row["LineNumber"])


async def test_an_entry_keeps_its_own_invoice_number_and_gets_an_entry_number(http):
    first = await booked(http, InvoiceNumber=2026042, YourRef="INV-42")
    again = await booked(http, InvoiceNumber=2026042)
    assert (first["InvoiceNumber"], again["InvoiceNumber"], first["YourRef"]) == (2026042, 2026042, "INV-42")
    assert again["EntryNumber"] == first["EntryNumber"] + 1
    assert (first["Type"], first["Status"], first["AmountFC"], first["AmountDC"]) == (20, 20, 121, 121)


async def test_entries_without_a_number_get_the_next_of_the_journal(http):
    one, other = await booked(http), await booked(http)
    assert other["InvoiceNumber"] == one["InvoiceNumber"] + 1


async def test_entry_numbers_start_again_in_another_year(http):
    assert (await booked(http, EntryDate="2025-06-01"))["EntryNumber"] == 25700001


async def test_an_amount_in_the_wrong_field_books_zero(http):
    made = await booked(http, {"GLAccount": await ledger(http), "AmountDC": 100, "VATCode": "4"})
    assert (made["AmountFC"], [row["AmountDC"] for row in await transactions(http, made["EntryID"])]) == (0, [0, 0])


async def test_a_negative_entry_is_a_credit_note_that_owes_the_customer(http):
    made = await booked(http, {"GLAccount": await ledger(http), "AmountFC": -50, "VATCode": "4"})
    owed = await terms(http, made["EntryID"])
    assert (made["Type"], made["AmountFC"], owed[0]["AmountFC"]) == (21, Decimal("-60.5"), Decimal("60.5"))


async def test_the_vat_amount_of_a_line_can_be_given(http):
    account = await ledger(http)
    made = await booked(http, {"GLAccount": account, "AmountFC": 100, "VATCode": "4", "VATAmountFC": Decimal("20.99")})
    await http.put(f"salesentry/SalesEntries(guid'{made['EntryID']}')", json={"Rate": 2})
    kept = await stored(http, "salesentry/SalesEntries", made["EntryID"])
    assert (kept["VATAmountFC"], kept["AmountFC"], kept["AmountDC"]) == (
        Decimal("20.99"), Decimal("120.99"), Decimal("241.98")
    )  # fmt: skip


async def test_a_code_including_vat_is_split_once_however_often_the_line_is_saved(http):
    made = await booked(http, {"GLAccount": await ledger(http), "AmountFC": 121, "VATCode": "5"})
    lines = await rows(http, made["SalesEntryLines"]["__deferred"]["uri"])
    await http.put(f"salesentry/SalesEntryLines(guid'{lines[0]['ID']}')", json={"Description": "Nieuw"})
    kept = await stored(http, "salesentry/SalesEntries", made["EntryID"])
    assert (lines[0]["AmountFC"], lines[0]["VATAmountFC"], kept["AmountFC"]) == (100, 21, 121)


@pytest.mark.parametrize(
    ("line", "values", "status", "said"),
    [
        ({"GLAccount": "12345678-1234-4123-8123-123456789012"}, {}, 500, "Ongeldige referentie: Grootboekrekening"),
        ({"AmountFC": 1}, {}, 400, "Verplicht: Grootboekrekening"),
        ({"VATCode": "99"}, {}, 500, "Ongeldige referentie: Btw-code"),
        ({"CostCenter": "NIET"}, {}, 500, "Ongeldige referentie: Kostenplaats"),
        ({"CostUnit": "NIET"}, {}, 500, "Ongeldige referentie: Kostendrager"),
        ({}, {"Journal": "60"}, 500, "Ongeldige referentie: Dagboek"),
        ({}, {"Journal": None}, 400, "Verplicht: Dagboek"),
        ({}, {"Currency": "XXX"}, 500, "Ongeldige referentie: Valuta"),
    ],
)
async def test_an_entry_that_cannot_be_booked_leaves_nothing_behind(exact, http, line, values, status, said):
    known = {"GLAccount": await ledger(http), "AmountFC": 1} if "AmountFC" not in line else {}
    answer = await entry(http, {**known, **line}, **values)
    assert (answer.status_code, message(answer)) == (status, said)
    memory = exact.memory()
    assert (memory["sales_entries"], memory["transaction_lines"], memory["receivables"]) == ([], [], [])


async def test_only_customers_can_be_booked(http):
    answer = await entry(http, Customer=await customer(http, Status="P"))
    assert message(answer) == "Ongeldige referentie: Klant - relatie is geen klant"


async def test_the_ledger_balances_to_the_cent_in_a_foreign_currency(http):
    account = await ledger(http)
    odd = {"GLAccount": account, "AmountFC": Decimal("33.33"), "VATCode": "4", "CostCenter": "SERV", "CostUnit": "CV"}
    made = await booked(http, odd, odd, {**odd, "VATCode": "2"}, Currency="USD", Rate=Decimal("0.9137"))
    lines = await transactions(http, made["EntryID"])
    assert sum(row["AmountDC"] for row in lines) == sum(row["AmountFC"] for row in lines) == 0
    assert (lines[0]["AmountFC"], lines[0]["AmountDC"]) == (made["AmountFC"], made["AmountDC"])
    assert (made["AmountFC"], made["AmountDC"], made["Rate"]) == (
        Decimal("116.99"), Decimal("106.89"), Decimal("0.9137")
    )  # fmt: skip
    assert {row["CostCenter"] for row in lines[1:4]} == {"SERV"}


async def test_without_a_rate_the_administrations_own_is_taken(http):
    dollars = await booked(http, Currency="USD")
    assert (dollars["Rate"], dollars["AmountDC"]) == (Decimal("0.8637"), Decimal("104.51"))


async def test_a_changed_entry_replaces_what_was_booked(http):
    made = await booked(http)
    line = (await rows(http, made["SalesEntryLines"]["__deferred"]["uri"]))[0]
    before = await terms(http, made["EntryID"])
    await http.put(f"salesentry/SalesEntryLines(guid'{line['ID']}')", json={"AmountFC": 200})
    after = await terms(http, made["EntryID"])
    assert [row["AmountFC"] for row in await transactions(http, made["EntryID"])] == [242, -200, -42]
    assert (after[0]["ID"], after[0]["AmountFC"]) == (before[0]["ID"], -242)


async def test_a_deleted_entry_leaves_the_ledger_and_is_told(http):
    made = await booked(http)
    owed = await terms(http, made["EntryID"])
    assert (await http.delete(f"salesentry/SalesEntries(guid'{made['EntryID']}')")).status_code == 204
    told = await rows(http, "sync/Deleted", select="EntityKey,EntityType", filter="Timestamp gt 1")
    assert (await transactions(http, made["EntryID"]), await terms(http, made["EntryID"])) == ([], [])
    assert [row["EntityType"] for row in told] == [1, 1, 1, 10]
    assert told[-1]["EntityKey"] == owed[0]["ID"]


async def test_who_removes_an_entry_by_hand_removes_its_terms(exact, http):
    made = await booked(http)
    exact.remove(DIVISION, "salesentry/SalesEntries", made["EntryID"])
    assert await terms(http, made["EntryID"]) == []


async def test_matched_entries_keep_their_amounts_but_take_a_document(exact, http):
    made = await booked(http)
    exact.pay(DIVISION, made["EntryID"], DAY, Decimal(1))
    url = f"salesentry/SalesEntries(guid'{made['EntryID']}')"
    line = (await rows(http, made["SalesEntryLines"]["__deferred"]["uri"]))[0]
    refused = [
        await http.put(f"salesentry/SalesEntryLines(guid'{line['ID']}')", json={"AmountFC": 5}),
        await http.delete(f"salesentry/SalesEntryLines(guid'{line['ID']}')"),
        await http.post(
            "salesentry/SalesEntryLines", json={"EntryID": made["EntryID"], "GLAccount": line["GLAccount"]}
        ),
        await http.put(url, json={"Rate": 2}),
        await http.delete(url),
    ]
    assert {(answer.status_code, message(answer)) for answer in refused} == {
        (500, "Kan niet wijzigen: Boeking is verwerkt of afgeletterd")
    }
    assert (await http.put(url, json={"Description": "Nieuw"})).status_code == 204
    assert (await terms(http, made["EntryID"]))[0]["AmountFC"] == -120


async def test_an_account_with_entries_cannot_be_deleted(http):
    made = await booked(http)
    answer = await http.delete(f"crm/Accounts(guid'{made['Customer']}')")
    assert message(answer) == "Kan niet verwijderen: In gebruik: SalesEntries"


async def test_a_payment_closes_the_term_and_moves_its_version(exact, http):
    made = await booked(http, YourRef="INV-1", PaymentCondition="30")
    before = await changed_terms(http)
    exact.pay(DIVISION, made["EntryID"], DAY)
    paid = (await terms(http, made["EntryID"]))[0]
    assert (paid["IsFullyPaid"], paid["Status"], paid["AmountFC"], paid["YourRef"]) == (True, 50, -121, "INV-1")
    assert paid["LastPaymentDate"] == paid["EndDate"] == "/Date(1795564800000)/"
    news = await changed_terms(http, max(int(row["Timestamp"]) for row in before))
    assert [(row["ID"], row["LineType"]) for row in news] == [(paid["ID"], 20)]


async def changed_terms(http, since: int = 1) -> list[dict]:
    path = "sync/Cashflow/PaymentTerms"
    return await rows(http, path, select="ID,Timestamp,LineType", filter=f"Timestamp gt {since}L")


async def test_a_part_payment_leaves_the_rest_open_and_a_match_can_be_undone(exact, http):
    made = await booked(http)
    exact.pay(DIVISION, made["EntryID"], DAY, Decimal("21.50"))
    part = (await terms(http, made["EntryID"]))[0]
    assert (part["IsFullyPaid"], part["Status"], part["AmountFC"], part["TransactionAmountFC"]) == (
        False, 20, Decimal("-99.5"), -121
    )  # fmt: skip
    exact.pay(DIVISION, made["EntryID"], DAY)
    assert (await terms(http, made["EntryID"]))[0]["IsFullyPaid"] is True
    exact.unpay(DIVISION, made["EntryID"])
    back = (await terms(http, made["EntryID"]))[0]
    assert (back["IsFullyPaid"], back["LastPaymentDate"], back["EndDate"], back["AmountFC"]) == (
        False, None, None, -121
    )  # fmt: skip


async def test_open_terms_are_listed_and_paid_ones_are_not(exact, http):
    made = await booked(http, PaymentCondition="2T")
    number = made["InvoiceNumber"]
    exact.pay(DIVISION, made["EntryID"], DAY, Decimal("80.50"))
    query = {"filter": f"InvoiceNumber eq {number}", "select": "HID,Amount,CurrencyCode,AccountId"}
    still = await rows(http, "read/financial/ReceivablesList", **query)
    assert [(row["Amount"], row["CurrencyCode"], row["AccountId"]) for row in still] == [
        (Decimal("40.5"), "EUR", made["Customer"])
    ]
    assert [row["IsFullyPaid"] for row in await terms(http, made["EntryID"])] == [True, False]


async def test_more_terms_than_the_condition_has_are_dropped(http):
    made = await booked(http, PaymentCondition="2T")
    await http.put(f"salesentry/SalesEntries(guid'{made['EntryID']}')", json={"PaymentCondition": "30"})
    assert [row["AmountFC"] for row in await terms(http, made["EntryID"])] == [-121]


async def test_nobody_pays_too_much_or_what_is_not_booked(exact, http):
    made = await booked(http)
    with pytest.raises(ValueError, match="more than is open"):
        exact.pay(DIVISION, made["EntryID"], DAY, Decimal(122))
    assert (await terms(http, made["EntryID"]))[0]["AmountFC"] == -121
    with pytest.raises(LookupError):
        exact.pay(DIVISION, made["Customer"], DAY)
    with pytest.raises(LookupError):
        exact.unpay(DIVISION, made["Customer"])


async def test_payments_can_be_made_over_http(http):
    made = await booked(http)
    pay = {"division": DIVISION, "pay": made["EntryID"], "day": "2026-11-25", "amount": "121.00"}
    await http.post(LEVER, json=pay)
    assert (await terms(http, made["EntryID"]))[0]["IsFullyPaid"] is True
    await http.post(LEVER, json={"division": DIVISION, "unpay": made["EntryID"]})
    assert (await terms(http, made["EntryID"]))[0]["IsFullyPaid"] is False
    assert (await http.post(LEVER, json={**pay, "amount": "122"})).status_code == 422


async def test_receivables_want_a_select(http):
    assert message(await http.get("cashflow/Receivables")).startswith("Please add a $select")
    assert (await http.get("cashflow/PaymentTerms", params={"$select": "ID"})).status_code == 404


async def test_receivables_come_in_pages_by_id(http):
    found = await rows(http, "cashflow/Receivables", select="ID")
    assert len({row["ID"] for row in found}) == len(found) > 60


async def test_both_sides_share_the_stream_of_terms_but_not_the_list(http):
    both = await changed_terms(http)
    received = await rows(http, "cashflow/Receivables", select="ID")
    assert {row["LineType"] for row in both} == {20, 22}
    assert {row["ID"] for row in received} == {row["ID"] for row in both if row["LineType"] == 20}


async def test_the_sign_of_receivables_can_be_switched():
    exact = create(accounts=20, items=20, clock=SandboxClock(lambda: START), receivable_sign=1)
    async with client(exact) as http:
        made = await booked(http)
        assert [row["AmountDC"] for row in await terms(http, made["EntryID"])] == [121]


async def test_transaction_lines_can_want_a_filter():
    exact = create(accounts=20, items=20, mandatory_filter=True)
    async with client(exact) as http:
        answer = await http.get("financialtransaction/TransactionLines")
        assert "mandatory filtering" in message(answer)
        assert await rows(http, "financialtransaction/TransactionLines", filter="InvoiceNumber eq 26700001")


async def test_search_lag_hides_what_a_new_entry_owes(exact, http):
    exact.lag(queries=1)
    made = await booked(http)
    assert [len(await terms(http, made["EntryID"])) for _ in range(2)] == [0, 1]


async def test_another_currency_brings_its_own_rate(http):
    made = await booked(http, Currency="USD", Rate=2)
    await http.put(f"salesentry/SalesEntries(guid'{made['EntryID']}')", json={"Currency": "GBP"})
    kept = await stored(http, "salesentry/SalesEntries", made["EntryID"])
    assert (kept["Rate"], kept["AmountDC"]) == (Decimal("1.1418"), Decimal("138.16"))
