"""The books: entries become transaction lines and payment terms, terms get paid (Exact fact sheet, section 8).

Open points of the sheet, decided: `AmountDC` and `AmountFC` of a term are what is open while it is open, and the whole
term again once it is paid; their sign is the administration's `term_sign` (section 14).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from .amounts import NOTHING, cents
from .columns import Row
from .kinds import ACCOUNTS, ENTRIES, GL_ACCOUNTS, INVOICES, PAYMENT_CONDITIONS, TERMS, TRANSACTION_LINES
from .store import Division

OPEN, MATCHED = 20, 50
ENTRY, CREDIT_NOTE = 20, 21
_DEBTORS, _VAT = 20, 24
_WHOLE = ((100, 0),)
_KINDS = {TRANSACTION_LINES: 1, TERMS: 10}
"""Entity types in sync/Deleted."""


def number(division: Division, row: Row) -> None:
    """Entry and invoice number of the journal's ranges, reporting period and due date, where they are not given."""
    day, journal = row["EntryDate"], row["Journal"]
    if "EntryNumber" not in row:
        row["EntryNumber"] = division.next_number(f"entries {journal} {day.year}", _first(day, journal))
    if row.get("InvoiceNumber") is None:
        row["InvoiceNumber"] = next_invoice_number(division, journal, day)
    row["ReportingYear"] = row.get("ReportingYear") or day.year
    row["ReportingPeriod"] = row.get("ReportingPeriod") or day.month
    condition = division.by_code(PAYMENT_CONDITIONS, row.get("PaymentCondition")) or {}
    row["DueDate"] = row.get("DueDate") or day + timedelta(days=condition.get("PaymentDays", 0))


def next_invoice_number(division: Division, journal: str, day: datetime) -> int:
    """The next number of the journal's range."""
    return division.next_number(f"numbers {journal} {day.year}", _first(day, journal))


def _first(day: datetime, journal: str) -> int:
    return int(f"{day:%y}{journal}0001")


def book(division: Division, entry: Row, lines: Sequence[Row]) -> None:
    """Put an entry into the ledger, in place of what it was before."""
    entry["Type"] = CREDIT_NOTE if entry["AmountFC"] < 0 else ENTRY
    _drop(division, TRANSACTION_LINES, entry["EntryID"], entry["Creator"])
    for place, row in enumerate((_debtor(division, entry), *_revenue(division, entry, lines))):
        division.add(TRANSACTION_LINES, row | {"ID": division.new_id(), "LineNumber": place})
    _owe(division, entry)


def unbook(division: Division, entry: str, by: str) -> None:
    """Take an entry out of the ledger."""
    for path in (TRANSACTION_LINES, TERMS):
        _drop(division, path, entry, by)


def is_paid(division: Division, entry: str) -> bool:
    """Whether any money was matched with the entry."""
    return any(term["Paid"] for term in division.tables[TERMS].lines_of(entry))


def _drop(division: Division, path: str, entry: str, by: str) -> None:
    for row in division.tables[path].lines_of(entry):
        division.drop(path, row["ID"], entity_type=_KINDS[path], by=by)


def _common(division: Division, entry: Row) -> Row:
    copied = ("EntryID", "EntryNumber", "Type", "Status", "DueDate", "InvoiceNumber", "YourRef", "PaymentReference",
              "Document", "Currency", "Created", "Creator", "CreatorFullName", "Division")  # fmt: skip
    return {name: entry.get(name) for name in copied} | {
        "Date": entry["EntryDate"], "FinancialYear": entry["ReportingYear"], "Account": entry["Customer"],
        "FinancialPeriod": entry["ReportingPeriod"], "JournalCode": entry["Journal"],
        "AccountCode": division.tables[ACCOUNTS].rows[entry["Customer"]]["Code"],
    }  # fmt: skip


def _debtor(division: Division, entry: Row) -> Row:
    return _common(division, entry) | _of_type(division, _DEBTORS) | {
        "LineType": 0, "AmountFC": entry["AmountFC"], "AmountDC": entry["AmountDC"],
        "Description": entry.get("Description") or entry["CustomerName"],
    }  # fmt: skip


def _revenue(division: Division, entry: Row, lines: Sequence[Row]) -> Iterator[Row]:
    """Revenue of each line, then its VAT; debit is positive, so these are negative."""
    ledger = division.tables[GL_ACCOUNTS].rows
    copied = ("VATCode", "VATPercentage", "Description", "Item", "Project", "CostCenter", "CostUnit", "Quantity")
    for line in lines:
        yield _common(division, entry) | {name: line.get(name) for name in copied} | {
            "LineType": 1, "GLAccount": line["GLAccount"], "GLAccountCode": ledger[line["GLAccount"]]["Code"],
            "AmountFC": -line["Net"], "AmountDC": -line["NetDC"], "AmountVATFC": -line["VATAmountFC"],
        }  # fmt: skip
    for line in (line for line in lines if line["VATAmountFC"]):
        yield _common(division, entry) | _of_type(division, _VAT) | {
            "LineType": 5, "VATCode": line["VATCode"], "AmountFC": -line["VATAmountFC"],
            "AmountDC": -line["VATAmountDC"],
        }  # fmt: skip


def _of_type(division: Division, type: int) -> Row:
    ledger = next(row for row in division.tables[GL_ACCOUNTS].rows.values() if row["Type"] == type)
    return {"GLAccount": ledger["ID"], "GLAccountCode": ledger["Code"]}


def _owe(division: Division, entry: Row) -> None:
    """The terms in which an entry is to be paid; those it had keep their ids and what was paid."""
    condition = division.by_code(PAYMENT_CONDITIONS, entry.get("PaymentCondition")) or {}
    parts, left = condition.get("Parts", _WHOLE), entry["AmountFC"]
    had = division.tables[TERMS].lines_of(entry["EntryID"])
    for term in had[len(parts) :]:
        division.drop(TERMS, term["ID"], entity_type=_KINDS[TERMS], by=entry["Creator"])
    for place, (percentage, days) in enumerate(parts):
        due = left if place == len(parts) - 1 else cents(entry["AmountFC"] * percentage / 100)
        left -= due
        old = had[place] if place < len(had) else _new_term(division)
        _save_term(division, old | _term(division, entry, due, days))


def _new_term(division: Division) -> Row:
    return {"ID": division.new_id(), "HID": division.next_number("terms", 1001), "Paid": NOTHING}


def _term(division: Division, entry: Row, due: Decimal, days: int) -> Row:
    copied = ("InvoiceNumber", "Currency", "Journal", "EntryNumber", "EntryID", "PaymentCondition", "PaymentReference",
              "YourRef", "Creator", "Division", "Rate")  # fmt: skip
    day = entry["DueDate"] + timedelta(days=days)
    return {name: entry.get(name) for name in copied} | {
        "Account": entry["Customer"], "AccountName": entry["CustomerName"], "InvoiceDate": entry["EntryDate"],
        "AccountCode": division.tables[ACCOUNTS].rows[entry["Customer"]]["Code"], "TransactionID": entry["EntryID"],
        "TransactionEntryID": entry["EntryID"], "DueDate": day, "TransactionDueDate": day, "LineType": 20, "Due": due,
        "Description": entry.get("Description"), "TransactionAmountFC": division.term_sign * entry["AmountFC"],
        "TransactionAmountDC": division.term_sign * entry["AmountDC"], "Created": entry["Created"],
    }  # fmt: skip


def _save_term(division: Division, term: Row) -> None:
    paid = term["Due"] == term["Paid"]
    amount = division.term_sign * (term["Due"] if paid else term["Due"] - term["Paid"])
    term.update(
        IsFullyPaid=paid, Status=MATCHED if paid else OPEN, EndDate=term.get("LastPaymentDate") if paid else None
    )
    term.update(AmountFC=amount, AmountDC=cents(amount * term["Rate"]))
    if term["ID"] in division.tables[TERMS].rows:
        division.save(TERMS, term)
    else:
        division.add(TERMS, term)


def pay(division: Division, id: str, day: date, amount: Decimal | None = None) -> None:
    """Match money with an invoice or entry: all of it, or `amount` in its currency, the earliest term first.

    `LookupError` when nothing is owed under that id, `ValueError` when it is more than is open.
    """
    terms = [term for term in _terms(division, id) if term["Due"] != term["Paid"]]
    left = sum((term["Due"] - term["Paid"] for term in terms), NOTHING) if amount is None else amount
    for term in terms:
        still = term["Due"] - term["Paid"]
        part = min(still, left, key=abs)
        left -= part
        if part:
            moment = datetime.combine(day, time())
            _save_term(division, term | {"Paid": term["Paid"] + part, "LastPaymentDate": moment})
    if left:
        raise ValueError(f"{left} more than is open on {id}")


def unpay(division: Division, id: str) -> None:
    """Undo all matches of an invoice or entry: it is open again. `LookupError` when nothing is owed under that id."""
    for term in _terms(division, id):
        if term["Paid"]:
            _save_term(division, term | {"Paid": NOTHING, "LastPaymentDate": None})


def _terms(division: Division, id: str) -> list[Row]:
    entry = division.tables[INVOICES].rows.get(id, {}).get("Entry", id)
    if entry not in division.tables[ENTRIES].rows:
        raise LookupError(f"nothing is booked under {id}")
    return sorted(division.tables[TERMS].lines_of(entry), key=lambda term: (term["DueDate"], term["HID"]))
