"""Invoices and purchase orders: what is required, what Moloni computes, closing (fact sheet, section 4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from shared.schemas.money import line_total, to_cents

from .books import CUSTOMERS, INVOICES, ORDERS, PRODUCTS, Books, Row
from .refusals import Refusal

DRAFT, CLOSED = 0, 1
TYPES = {INVOICES: (1, "invoice"), ORDERS: (28, "purchaseOrder")}
"""Id (ours) and `apiCode` of each type, by the operation that lists it."""
_NOTHING = Decimal(0)


@dataclass(frozen=True)
class DocumentRules:
    """What the sheet leaves open. `rounding`: VAT is rounded by line or by rate. `draft_number`: that of a draft.

    `surcharge`: percent that Moloni adds by itself, as recargo de equivalencia does (section 6, 11).
    """

    rounding: Literal["line", "rate"] = "rate"
    draft_number: int | None = 0
    surcharge: Decimal = _NOTHING


def create(books: Books, table: str, data: Mapping[str, Any], rules: DocumentRules) -> Row:
    """A new document, a draft unless `status` says otherwise."""
    customer = books.tables[CUSTOMERS].get(data["customerId"])
    if customer is None:
        raise Refusal("customerId", "The customer provided does not exist for this company")
    document_set = books.tables["documentSets"].get(data["documentSetId"])
    if document_set is None:
        raise Refusal("documentSetId", "The document set provided does not exist for this company")
    if not data["products"]:
        raise Refusal("products", "At least one product is required.")
    lines = [_line(books, place, line) for place, line in enumerate(data["products"])]
    total = _total(lines, _amount(data.get("globalDiscount")), rules)
    row = {
        **{name: data.get(name) for name in ("date", "ourReference", "yourReference", "notes", "fiscalZone")},
        "status": DRAFT, "number": rules.draft_number, "products": lines, "customerId": customer["customerId"],
        "expirationDate": data["expirationDate"], "documentSetId": document_set["documentSetId"],
        "documentSetName": document_set["name"], "entityVat": customer.get("vat"),
        "entityNumber": customer["number"], "entityName": customer["name"], "totalValue": total,
        "documentTotal": total, "currencyExchangeTotalValue": _NOTHING,
    }  # fmt: skip
    kept = books.make(table, row)
    return _closed(books, table, kept) if data.get("status") == CLOSED else kept


def update(books: Books, table: str, data: Mapping[str, Any]) -> Row:
    """Change a draft, or close it for good."""
    row = _there(books, table, data["documentId"])
    if row["status"] == CLOSED:
        raise Refusal("documentId", "The document is closed and can not be edited.")
    texts = {name: data[name] for name in ("ourReference", "yourReference", "notes") if data.get(name) is not None}
    kept = books.change(table, row["documentId"], texts) if texts else row
    return _closed(books, table, kept) if data.get("status") == CLOSED else kept


def delete(books: Books, table: str, ids: Collection[int]) -> list[dict[str, Any]]:
    """Drafts go, closed ones stay."""
    drafts = [id for id in ids if books.tables[table].get(id, {}).get("status") == DRAFT]
    for id in drafts:
        books.drop(table, id)
    errors = [] if len(drafts) == len(ids) else [{"field": "documentId", "msg": "Only drafts can be deleted."}]
    return [{"status": int(not errors), "deletedCount": len(drafts), "elementsCount": len(ids), "errors": errors}]


def any_type(books: Books, id: int) -> tuple[str, Row]:
    """The table and the document with this id."""
    for table in TYPES:
        if id in books.tables[table]:
            return table, books.tables[table][id]
    raise Refusal("documentId", "The document provided does not exist for this company")


def _closed(books: Books, table: str, row: Row) -> Row:
    number = books.next_number(row["documentSetId"])
    return books.change(table, row["documentId"], {"status": CLOSED, "number": number})


def _there(books: Books, table: str, id: int) -> Row:
    row = books.tables[table].get(id)
    if row is None:
        raise Refusal("documentId", "The document provided does not exist for this company")
    return row


def _line(books: Books, place: int, line: Mapping[str, Any]) -> Row:
    where = f"products[{place}]"
    product = books.tables[PRODUCTS].get(line["productId"])
    if product is None:
        raise Refusal(f"{where}.productId", "The product provided does not exist for this company")
    taxes = [_tax(books, where, one) for one in line.get("taxes") or ()]
    if not any(one["value"] for one in taxes) and not line.get("exemptionReason"):
        raise Refusal(f"{where}.exemptionReason", "Exemption reason is required.")
    return {
        "productId": line["productId"], "documentProductId": place + 1, "ordering": line["ordering"],
        "name": line.get("name") or product["name"], "summary": line.get("summary"), "qty": _amount(line["qty"]),
        "price": _amount(product.get("price") if line.get("price") is None else line["price"]),
        "discount": _amount(line.get("discount")), "taxes": taxes, "exemptionReason": line.get("exemptionReason"),
    }  # fmt: skip


def _tax(books: Books, where: str, given: Mapping[str, Any]) -> Row:
    tax = books.tables["taxes"].get(given["taxId"])
    if tax is None:
        raise Refusal(f"{where}.taxes", "The tax provided does not exist for this company")
    return {"taxId": given["taxId"], "value": _amount(given["value"])}


def _total(lines: list[Row], discount: Decimal, rules: DocumentRules) -> Decimal:
    """Including VAT; that is rounded by line or by rate."""
    nets = [line_total(line["qty"], line["price"], line["discount"]) for line in lines]
    nets = [to_cents(net * (1 - discount / 100)) for net in nets]
    rates: defaultdict[object, Decimal] = defaultdict(Decimal)
    for place, (line, net) in enumerate(zip(lines, nets, strict=True)):
        percentage = sum((one["value"] for one in line["taxes"]), _NOTHING)
        if percentage:
            rates[percentage if rules.rounding == "rate" else place] += net * (percentage + rules.surcharge) / 100
    return sum(nets, _NOTHING) + sum(map(to_cents, rates.values()), _NOTHING)


def _amount(value: Any) -> Decimal:
    """A double as it was written."""
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value or 0)
