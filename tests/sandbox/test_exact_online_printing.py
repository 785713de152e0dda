"""Processing invoices, what leaves the house by it, and documents."""

from base64 import b64encode
from datetime import date
from decimal import Decimal

import pytest

from tests.sandbox.conftest import (
    booked,
    customer,
    invoice,
    line,
    made,
    message,
    order,
    post,
    print_invoice,
    rows,
    stored,
    terms,
)

DIVISION = 900001
INVOICES = "salesinvoice/SalesInvoices"
PDF = b64encode(b"%PDF-1.4 werkbon").decode()


async def draft(http, *lines: dict, **values) -> str:
    return (await invoice(http, *lines, **values)).json()["d"]["InvoiceID"]


async def test_printing_numbers_books_and_files_an_invoice(exact, http):
    id = await draft(http, await line(http, NetPrice=100), YourRef="W-1")
    answer = (await print_invoice(http, id)).json()["d"]
    kept = await stored(http, INVOICES, id)
    entries = await rows(http, "salesentry/SalesEntries", filter="YourRef eq 'W-1'")
    assert (kept["Status"], kept["Document"], answer["DocumentCreationSuccess"]) == (50, None, True)
    assert [(row["InvoiceNumber"], row["AmountFC"], row["Status"]) for row in entries] == [
        (kept["InvoiceNumber"], 121, 50)
    ]
    owed = await terms(http, entries[0]["EntryID"])
    assert [(row["InvoiceNumber"], row["YourRef"]) for row in owed] == [(kept["InvoiceNumber"], "W-1")]
    query = {"filter": f"EntryID eq guid'{entries[0]['EntryID']}'", "orderby": "LineNumber"}
    booked_lines = await rows(http, "financialtransaction/TransactionLines", **query)
    assert [(row["GLAccountCode"], row["AmountDC"]) for row in booked_lines] == [
        ("1300", 121), ("8010", -100), ("1500", -21)
    ]  # fmt: skip
    paper = await stored(http, "documents/Documents", answer["Document"])
    assert (paper["Type"], paper["FinancialTransactionEntryID"]) == (10, id)
    assert len(await rows(http, "documents/DocumentAttachments", filter=f"Document eq guid'{answer['Document']}'")) == 1


async def test_numbers_of_printed_invoices_follow_each_other(http):
    ids = [await draft(http), await draft(http)]
    for id in ids:
        await print_invoice(http, id)
    numbers = [(await stored(http, INVOICES, id))["InvoiceNumber"] for id in ids]
    assert numbers[1] == numbers[0] + 1


async def test_an_invoice_is_processed_once(http):
    id = await draft(http)
    await print_invoice(http, id)
    again = await print_invoice(http, id)
    url = f"{INVOICES}(guid'{id}')"
    answers = [again, await http.put(url, json={"Description": "x"}), await http.delete(url)]
    assert {(answer.status_code, message(answer)) for answer in answers} == {
        (500, "Kan niet wijzigen: Document is verwerkt")
    }
    lines = await rows(http, f"{url}/SalesInvoiceLines")
    assert (await http.delete(f"salesinvoice/SalesInvoiceLines(guid'{lines[0]['ID']}')")).status_code == 500


async def test_printing_is_only_written_and_names_an_invoice(http):
    assert (await http.get("salesinvoice/PrintedSalesInvoices")).status_code == 403
    assert (await http.put("salesinvoice/PrintedSalesInvoices", json={})).status_code == 405
    assert message(await http.post("salesinvoice/PrintedSalesInvoices", json={})) == "Verplicht: Verkoopfactuur"
    nobody = await print_invoice(http, "12345678-1234-4123-8123-123456789012")
    assert message(nobody) == "Ongeldige referentie: Verkoopfactuur"


async def test_printing_alone_sends_nothing(exact, http):
    await print_invoice(
        http, await draft(http, OrderedBy=await customer(http, Email="bos@example.com", InvoicingMethod=2))
    )
    memory = exact.memory()
    assert (len(memory["printed"]), memory["mailed"], memory["peppol"]) == (1, [], [])


async def test_drafts_and_orders_print_mail_and_send_nothing(exact, http):
    await draft(http)
    await order(http)
    assert [exact.memory()[name] for name in ("printed", "mailed", "peppol")] == [[], [], []]


@pytest.mark.parametrize(
    ("asked", "channel"),
    [
        ({"SendEmailToCustomer": True}, "e-mail"),
        ({"SendInvoiceToCustomerPostbox": True}, "mailbox"),
        ({"SendOutputBasedOnAccount": True}, "send and track"),
    ],
)
async def test_what_leaves_the_house_is_remembered(exact, http, asked, channel):
    bos = await customer(http, Email="bos@example.com", InvoicingMethod=8)
    answer = (await print_invoice(http, await draft(http, OrderedBy=bos), **asked)).json()["d"]
    assert (answer["EmailCreationSuccess"], answer["EmailCreationError"]) == (True, None)
    assert [(row["channel"], row["to"]) for row in exact.memory()["mailed"]] == [(channel, "bos@example.com")]


async def test_peppol_needs_an_identifier_and_is_remembered(exact, http):
    known = await customer(http, PeppolIdentifier="0208:0123456789")
    for party in (known, await customer(http)):
        answer = await print_invoice(http, await draft(http, OrderedBy=party), SendInvoiceViaPeppol=True)
    told = answer.json()["d"]
    assert [row["to"] for row in exact.memory()["peppol"]] == ["0208:0123456789"]
    assert (answer.status_code, told["PeppolCreationSuccess"]) == (201, False)
    assert told["PeppolCreationError"]


async def test_mail_without_an_address_fails_in_the_answer_and_the_invoice_stays_processed(exact, http):
    id = await draft(http)
    answer = (await print_invoice(http, id, SendEmailToCustomer=True)).json()["d"]
    assert (answer["EmailCreationSuccess"], bool(answer["EmailCreationError"])) == (False, True)
    assert ((await stored(http, INVOICES, id))["Status"], exact.memory()["mailed"]) == (50, [])


async def test_the_printed_invoice_takes_the_date_that_is_asked_for(http):
    id = await draft(http, PaymentCondition="14")
    await print_invoice(http, id, InvoiceDate="2026-12-01", ReportingPeriod=11, ReportingYear=2026)
    kept = await stored(http, INVOICES, id)
    entry = (await rows(http, "salesentry/SalesEntries", filter=f"InvoiceNumber eq {kept['InvoiceNumber']}"))[-1]
    assert (kept["InvoiceDate"], kept["DueDate"]) == ("/Date(1796083200000)/", "/Date(1797292800000)/")
    assert (entry["ReportingPeriod"], entry["ReportingYear"]) == (11, 2026)


async def test_a_printed_invoice_can_be_paid_by_its_own_id(exact, http):
    id = await draft(http, YourRef="PAID")
    await print_invoice(http, id)
    exact.pay(DIVISION, id, date(2026, 11, 25))
    found = await rows(http, "cashflow/Receivables", filter="YourRef eq 'PAID'", select="IsFullyPaid")
    assert [row["IsFullyPaid"] for row in found] == [True]


async def test_the_memory_keeps_entries_of_the_api_apart_from_those_of_printing(exact, http):
    await print_invoice(http, await draft(http))
    await booked(http, YourRef="OWN")
    memory = (await http.get("http://exact.sandbox/_sandbox/memory")).json()
    assert [row["YourRef"] for row in memory["sales_entries"]] == ["OWN"]
    assert [row["AmountFC"] for row in memory["sales_entries"][0]["SalesEntryLines"]] == ["100.00"]
    assert (len(memory["receivables"]), len(memory["printed"]), memory["documents"]) == (2, 1, [])


async def document(http, **values) -> dict:
    return await made(http, "documents/Documents", {"Subject": "Werkbon 1", "Type": 183, **values})


async def test_an_attachment_shows_its_size_but_never_its_contents(exact, http):
    paper = await document(http)
    file = {"Document": paper["ID"], "FileName": "werkbon.pdf", "Attachment": PDF}
    answer = await made(http, "documents/DocumentAttachments", file)
    kept = await stored(http, "documents/DocumentAttachments", answer["ID"])
    assert (answer["Attachment"], kept["Attachment"], kept["FileSize"]) == (None, None, 16)
    assert [row["Attachment"] for row in exact.memory()["document_attachments"]] == [PDF]
    assert (await http.put(f"documents/DocumentAttachments(guid'{answer['ID']}')", json={})).status_code == 405


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"Attachment": "no base64!"}, "for property 'Attachment' to type 'Byte[]'"),
        ({"Attachment": None}, "Verplicht: Bijlage"),
        ({"FileName": ""}, "Verplicht: Bestandsnaam"),
        ({"Document": "12345678-1234-4123-8123-123456789012"}, "Ongeldige referentie: Document"),
    ],
)
async def test_an_attachment_that_does_not_fit_is_refused(http, values, said):
    file = {"Document": (await document(http))["ID"], "FileName": "a.pdf", "Attachment": PDF, **values}
    assert said in message(await http.post("documents/DocumentAttachments", json=file))


async def test_a_document_is_tied_to_an_entry_or_an_invoice(http):
    entry, id = await booked(http), await draft(http)
    linked = [await document(http, FinancialTransactionEntryID=key) for key in (entry["EntryID"], id)]
    assert [row["FinancialTransactionEntryID"] for row in linked] == [entry["EntryID"], id]
    stray = {"Subject": "x", "Type": 183, "FinancialTransactionEntryID": entry["Customer"]}
    assert message(await post(http, "documents/Documents", stray)) == "Ongeldige referentie: Boeking"
    assert message(await post(http, "documents/Documents", {"Subject": "x", "Type": 1})) == "Ongeldige referentie: Type"


async def test_the_document_of_an_order_invoice_or_entry_can_be_put(http):
    paper = await document(http)
    targets = (
        f"salesorder/SalesOrders(guid'{(await order(http))['OrderID']}')",
        f"{INVOICES}(guid'{await draft(http)}')",
        f"salesentry/SalesEntries(guid'{(await booked(http))['EntryID']}')",
    )
    for target in targets:
        assert (await http.put(target, json={"Document": paper["ID"]})).status_code == 204
        assert (await http.get(target)).json()["d"]["Document"] == paper["ID"]
        stray = await http.put(target, json={"Document": "12345678-1234-4123-8123-123456789012"})
        assert (stray.status_code, message(stray)) == (500, "Ongeldige referentie: Document")


async def test_a_deleted_document_takes_its_attachments_with_it(http):
    paper = await document(http)
    file = await made(
        http, "documents/DocumentAttachments", {"Document": paper["ID"], "FileName": "a.pdf", "Attachment": PDF}
    )
    await http.delete(f"documents/Documents(guid'{paper['ID']}')")
    told = await rows(http, "sync/Deleted", select="EntityKey,EntityType", filter="Timestamp gt 1")
    assert [(row["EntityKey"], row["EntityType"]) for row in told] == [(file["ID"], 4), (paper["ID"], 6)]


async def test_document_types_are_few_and_numbered(http):
    found = await rows(http, "documents/DocumentTypes", select="ID,Description")
    assert {row["ID"]: row["Description"] for row in found}[10] == "Verkoopfactuur"
    assert (await http.get("documents/DocumentTypes(10)")).json()["d"]["Description"] == "Verkoopfactuur"


async def test_a_discount_on_the_header_takes_a_percentage_off_every_line(http):
    lines = [await line(http, NetPrice=Decimal("10.05")), await line(http, NetPrice=100, VATCode="2")]
    made_order = await order(http, *lines, Discount=10)
    assert (made_order["AmountFCExclVat"], made_order["AmountDiscount"], made_order["AmountFC"]) == (
        Decimal("99.05"), Decimal(11), Decimal("109.05")
    )  # fmt: skip
    url = f"salesorder/SalesOrders(guid'{made_order['OrderID']}')"
    await http.put(url, json={"Discount": 0})
    assert (await stored(http, "salesorder/SalesOrders", made_order["OrderID"]))["AmountFC"] == Decimal("121.16")


async def test_orders_in_another_currency_are_worth_their_rate(http):
    dollars = await order(http, await line(http, NetPrice=100, VATCode="7"), Currency="USD")
    assert (dollars["AmountFC"], dollars["AmountDC"]) == (100, Decimal("86.37"))
    url = f"salesorder/SalesOrders(guid'{dollars['OrderID']}')"
    await http.put(url, json={"Currency": "EUR"})
    kept = (await rows(http, f"{url}/SalesOrderLines"))[0]
    assert ((await stored(http, "salesorder/SalesOrders", dollars["OrderID"]))["AmountDC"], kept["AmountDC"]) == (
        100,
        100,
    )
    assert message(await http.put(url, json={"Currency": "XXX"})) == "Ongeldige referentie: Valuta"


async def test_a_partly_delivered_order_can_be_changed_a_cancelled_one_cannot(exact, http):
    id = (await order(http))["OrderID"]
    url = f"salesorder/SalesOrders(guid'{id}')"
    answers = []
    for status in (20, 21, 45):
        exact.change(DIVISION, "salesorder/SalesOrders", id, Status=status)
        answers.append((await http.put(url, json={"Description": "x"})).status_code)
    assert answers == [204, 500, 500]


async def test_the_entry_of_a_printed_invoice_stays_as_it_is(http):
    await print_invoice(http, await draft(http, YourRef="W-9"))
    entry = (await rows(http, "salesentry/SalesEntries", filter="YourRef eq 'W-9'"))[0]
    answer = await http.delete(f"salesentry/SalesEntries(guid'{entry['EntryID']}')")
    assert (answer.status_code, message(answer)) == (500, "Kan niet wijzigen: Boeking is verwerkt of afgeletterd")
