"""People on the payroll and a history of sales entries: paid, open and partly paid."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from . import amounts, catalogue, ledger, people, rules
from .columns import Row
from .countries import STANDARD_VAT
from .kinds import ACCOUNTS, EMPLOYEES, ENTRIES, ENTRY_LINES, GL_ACCOUNTS, TERMS
from .store import Division

JOURNAL = "70"
TO_PAY = 22
_BOOKKEEPER = {"Creator": "00000000-0000-4000-8000-000000000002", "CreatorFullName": "De boekhouding"}
_REVENUE = (4, 5)
_STARTED = datetime(2026, 1, 5)  # noqa: DTZ001  # Exact's dates are the server's local time, without a zone


def fill(books: Division, *, employees: int, entries: int, begin: datetime) -> None:
    """So many employees and sales entries, and for every tenth entry a purchase that we have yet to pay."""
    for place in range(employees):
        books.save(EMPLOYEES, _employee(books, place, begin))
    customers = [row for row in books.tables[ACCOUNTS].rows.values() if row["IsSales"]] if entries else []
    for place in range(entries if customers else 0):
        entry = _sell(books, books.random.choice(customers), place)
        _settle(books, entry, place)
        if place % 10 == 0:
            _purchase(books, entry)


def _employee(books: Division, place: int, begin: datetime) -> Row:
    country = books.info["Country"]
    first, last = people.full_name(books.random, country)
    ended = place % 6 == 5  # noqa: PLR2004  # one in six has left
    born = begin - timedelta(days=books.random.randint(20 * 365, 60 * 365))
    started = begin - timedelta(days=books.random.randint(0, 3000))
    return {
        "ID": books.new_id(), "HID": place + 1, "EmployeeHID": place + 1, "Code": str(1001 + place), "FirstName": first,
        "LastName": last, "FullName": f"{first} {last}", "Email": people.mail(f"{first} {last}", place),
        "BusinessEmail": f"monteur{place + 1}@example.com", "Phone": people.phone(books.random, country),
        "StartDate": started.replace(hour=0), "EndDate": _STARTED if ended else None, "IsActive": not ended,
        "Created": begin, "Division": books.code, "BirthDate": born.replace(hour=0),
        "Customer": books.info["Customer"], **people.address(books.random, country),
    }  # fmt: skip


def _sell(books: Division, customer: Row, place: int) -> Row:
    day = _STARTED + timedelta(days=place % 300)
    entry: Row = {
        "EntryID": books.new_id(), "Customer": customer["ID"], "Journal": JOURNAL, "EntryDate": day, "Currency": "EUR",
        "YourRef": f"F{place + 1:05}", "Created": day, "Division": books.code, "Status": ledger.OPEN, **_BOOKKEEPER,
        "PaymentCondition": "2T" if place % 20 == 7 else customer["PaymentConditionSales"],  # noqa: PLR2004  # a few
    }  # fmt: skip
    rules.entry(books, entry)
    lines = [_line(books, entry, number) for number in range(1, books.random.randint(2, 3))]
    rules.keep(books, ENTRIES, entry, lines)
    return entry


def _line(books: Division, entry: Row, number: int) -> Row:
    revenue = list(books.tables[GL_ACCOUNTS].rows.values())[books.random.choice(_REVENUE)]
    row: Row = {
        "ID": books.new_id(), "EntryID": entry["EntryID"], "LineNumber": number, "GLAccount": revenue["ID"],
        "VATCode": STANDARD_VAT, "AmountFC": catalogue.money(books.random.randint(2500, 480000)),
        "Description": revenue["Description"], "Created": entry["Created"], "Division": books.code,
        "VATAmountFC": None,
    }  # fmt: skip
    amounts.entry_line(books, row, entry)
    books.save(ENTRY_LINES, row)
    return row


def _settle(books: Division, entry: Row, place: int) -> None:
    """Of five entries three are paid, one in part, and one is open."""
    paid_on: date = (entry["EntryDate"] + timedelta(days=12)).date()
    share = (1, 1, Decimal("0.4"), 1, 0)[place % 5]
    if share:
        ledger.pay(books, entry["EntryID"], paid_on, None if share == 1 else amounts.cents(entry["AmountFC"] * share))


def _purchase(books: Division, entry: Row) -> None:
    """What we owe a supplier stands in the same stream of terms, with its own line type."""
    amount = -books.term_sign * catalogue.money(books.random.randint(5000, 90000))
    books.save(TERMS, {
        "ID": books.new_id(), "HID": books.next_number("terms"), "LineType": TO_PAY, "Status": ledger.OPEN,
        "TransactionEntryID": books.new_id(), "InvoiceNumber": None, "Journal": "60", "Currency": "EUR",
        "AmountDC": amount, "AmountFC": amount, "IsFullyPaid": False, "DueDate": entry["DueDate"],
        "Created": entry["Created"], "Division": books.code, "Account": entry["Customer"],
    })  # fmt: skip
