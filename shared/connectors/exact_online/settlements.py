"""From terms to invoices: Exact keeps the state of a payment by term, we publish it by invoice. Pure.

A change brings only the term that changed (Exact fact sheet, section 6), so whether the terms at hand are all of them
shows in their amounts: together they are the whole invoice. They fall short when one of them is partly paid, too.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

RawRow = Mapping[str, Any]

_TO_BE_PAID = 22
"""`LineType` of what the company itself owes."""


def by_invoice(terms: Sequence[RawRow]) -> dict[str, list[RawRow]]:
    """The terms to be received, by the entry they belong to; a term without one stands for itself."""
    found: dict[str, list[RawRow]] = {}
    for term in terms:
        if term.get("LineType") != _TO_BE_PAID:
            found.setdefault(str(term.get("TransactionEntryID") or term["ID"]), []).append(term)
    return found


def complete(terms: Sequence[RawRow]) -> bool:
    """Whether these terms add up to their invoice. Signs are uncertain (section 14), so they are left out."""
    whole = abs(_amount(terms[0], "TransactionAmountFC"))
    return sum(abs(_amount(term, "AmountFC")) for term in terms) == whole


def records(invoices: Mapping[str, Sequence[RawRow]]) -> list[RawRow]:
    """One record for each invoice, in the shape of `Settlement`."""
    return [{"ID": id, "terms": terms} for id, terms in invoices.items()]


def term_ids(record: RawRow) -> list[str]:
    """The ids by which the log of deletions names what an invoice is made of."""
    return [str(term["ID"]) for term in record["terms"]]


def _amount(term: RawRow, name: str) -> Decimal:
    # Fractions arrive as text (`http.py`), so nothing was rounded.
    return Decimal(term.get(name) or 0)
