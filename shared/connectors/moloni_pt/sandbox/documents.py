"""Documents: what is required, what Moloni computes, drafts and closing (Moloni PT fact sheet, sections 4.3, 4.4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from shared.schemas.money import to_cents

from .bodies import number, whole
from .books import CUSTOMERS, DOCUMENTS, Books, Row
from .lines import checked
from .refusals import Invalid, Problem, integer
from .rules import Rules
from .shapes import TYPES

DRAFT, CLOSED, CANCELLED = 0, 1, 2
TRANSPORT = frozenset({"deliveryNotes", "waybills", "billsOfLading"})
PAID = frozenset({"invoiceReceipts"})
_ONE_REFERENCE = frozenset({"estimates", "deliveryNotes", "waybills", "billsOfLading"})
"""Those that take no `our_reference` (section 4.1)."""
_DELIVERY = (
    "delivery_method_id", "delivery_datetime", "delivery_departure_address", "delivery_departure_city",
    "delivery_destination_address", "delivery_destination_city",
)  # fmt: skip
_KEPT = (
    "date", "expiration_date", "our_reference", "your_reference", "notes", "maturity_date_id", "vehicle_id",
    "delivery_departure_zip_code", "delivery_departure_country", "delivery_destination_zip_code",
    "delivery_destination_country", *_DELIVERY,
)  # fmt: skip


def insert(books: Books, cls: str, body: Mapping[str, Any], rules: Rules) -> Row:
    """A draft, or with `status` 1 a closed document; `Invalid` with all that is wrong."""
    if problems := _problems(books, cls, body):
        raise Invalid(problems)
    lines = checked(books, body["products"], negative=rules.negative_quantities)
    made = books.make(DOCUMENTS, _row(books, cls, body) | totals(lines, rules))
    if whole(body.get("status")) == CLOSED:
        close(books, made, rules)
    return {"valid": 1, "document_id": made["document_id"]}


def update(books: Books, cls: str, body: Mapping[str, Any], rules: Rules) -> Row:
    """Change or close a draft; what is closed stays as it is."""
    row = books.tables[DOCUMENTS].get(whole(body.get("document_id")))
    if row is None or row["_class"] != cls:
        raise Invalid([integer("document_id")])
    if row["status"] != DRAFT:
        return {"valid": 0}
    values = {name: body[name] for name in _KEPT if name in body}
    row = books.change(DOCUMENTS, row["document_id"], values)
    if whole(body.get("status")) == CLOSED:
        close(books, row, rules)
    return {"valid": 1, "document_id": row["document_id"]}


def close(books: Books, row: Row, rules: Rules) -> None:
    """Numbered and told to the tax authority, for good."""
    series = (row["document_set_id"], row["_class"])
    days = [one["date"] for one in books.tables[DOCUMENTS].values() if _series(one) == series and one["status"]]
    if rules.chronological and days and row["date"] < max(days):
        raise Invalid([Problem(12, "date", (">=", max(days)))])
    books.change(DOCUMENTS, row["document_id"], {"status": CLOSED, "number": books.next_number(*series)})


def totals(lines: list[Row], rules: Rules) -> Row:
    """`gross_value` is before tax and discounts, `net_value` what is to be paid: gross - discount + taxes."""
    exact = [line["qty"] * line["price"] for line in lines]
    nets = [gross * (1 - line["discount"] / 100) for gross, line in zip(exact, lines, strict=True)]
    if rules.rounded == "line":
        exact, nets = [to_cents(value) for value in exact], [to_cents(value) for value in nets]
    by_tax: defaultdict[int, Decimal] = defaultdict(Decimal)
    rates: dict[int, Decimal] = {}
    for line, net in zip(lines, nets, strict=True):
        for tax in line["taxes"]:
            by_tax[tax["tax_id"]] += net
            rates[tax["tax_id"]] = tax["value"]
            tax |= {"incidence_value": net, "total_value": to_cents(net * tax["value"] / 100)}
    taxes = sum((to_cents(net * rates[id] / 100) for id, net in by_tax.items()), Decimal(0))
    gross, net = to_cents(sum(exact, Decimal(0))), to_cents(sum(nets, Decimal(0)))
    return {
        "products": lines, "gross_value": gross, "comercial_discount_value": gross - net, "deduction_value": Decimal(0),
        "financial_discount_value": Decimal(0), "taxes_value": taxes, "net_value": net + taxes,
        "reconciled_value": Decimal(0),
    }  # fmt: skip


def _row(books: Books, cls: str, body: Mapping[str, Any]) -> Row:
    customer = books.tables[CUSTOMERS][whole(body["customer_id"])]
    chosen = books.tables["documentSets"][whole(body["document_set_id"])]
    kept = {"our_reference": "", "your_reference": "", "notes": ""} | {n: body[n] for n in _KEPT if n in body}
    if cls in _ONE_REFERENCE:
        kept["our_reference"] = ""
    return kept | {
        "_class": cls, "company_id": books.id, "customer_id": customer["customer_id"], "status": DRAFT, "number": -1,
        "entity_name": customer["name"], "entity_vat": customer["vat"], "entity_number": customer["number"],
        "document_set_id": chosen["document_set_id"], "document_set_name": chosen["name"],
        "document_set": {"document_set_id": chosen["document_set_id"], "name": chosen["name"]},
        "expiration_date": None if cls in PAID else body["expiration_date"],
        "payments": [dict(one) for one in body.get("payments", ())],
    }  # fmt: skip


def _series(row: Row) -> tuple[int, str]:
    return row["document_set_id"], row["_class"]


def _problems(books: Books, cls: str, body: Mapping[str, Any]) -> list[Problem]:
    missing = [Problem(1, name) for name in ("date", "expiration_date", "products") if not body.get(name)]
    unknown = [] if whole(body.get("customer_id")) in books.tables[CUSTOMERS] else [integer("customer_id")]
    days = [
        Problem(9, name) for name in ("date", "expiration_date") if len(str(body.get(name) or " " * 10)) != len(_DAY)
    ]
    moved = [Problem(1, name) for name in _DELIVERY if cls in TRANSPORT and not body.get(name)]
    return [*missing, *unknown, *days, *moved, *_wrong_set(books, cls, body), *_wrong_payments(books, cls, body)]


_DAY = "YYYY-MM-DD"


def _wrong_set(books: Books, cls: str, body: Mapping[str, Any]) -> list[Problem]:
    chosen = books.tables["documentSets"].get(whole(body.get("document_set_id")))
    if chosen is None:
        return [integer("document_set_id")]
    registered = {code["document_type_id"] for code in chosen["document_set_at_codes"]}
    return [] if TYPES[cls][0] in registered else [Problem(5, "document_set_wsat_id")]


def _wrong_payments(books: Books, cls: str, body: Mapping[str, Any]) -> list[Problem]:
    given = body.get("payments", ()) if cls in PAID else ()
    wrong = [one for one in given if whole(one.get("payment_method_id")) not in books.tables["paymentMethods"]]
    nothing = [one for one in given if number(one.get("value")) is None]
    return [*(integer("payment_method_id") for _ in wrong), *(Problem(2, "value") for _ in nothing)]
