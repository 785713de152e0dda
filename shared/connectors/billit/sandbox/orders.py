"""Orders: what is required, what Billit computes, and what may be changed later (Billit fact sheet, section 4.3)."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

from shared.sandbox.payload import encode_exact
from shared.schemas.money import to_cents

from .bodies import LINE, ORDER, amount, bound, day
from .books import ORDERS, PRODUCTS, Books, Row
from .refusals import Refusal, generic

TYPES = frozenset({"Invoice", "CreditNote", "Offer", "DeliveryNote", "OrderForm"})
BILLED = frozenset({"Invoice", "CreditNote"})
PATCHABLE = frozenset(
    {
        "Paid", "PaidDate", "IsSent", "ApprovalStatus", "AccountCode", "InternalInfo", "Invoiced", "PaymentMethod",
        "AccountantVerificationNeeded",
    }
)  # fmt: skip
_REQUIRED = ("OrderType", "OrderDirection", "OrderDate", "ExpiryDate", "OrderLines")
_DESCRIPTION = 512
_IDENTITY = ("OrderNumber", "Created", "IsSent")
_DECIMALS = Decimal("0.00001")
_FILES = (".pdf", ".xls", ".xlsx", ".csv")
BELGIAN_RATES = frozenset(map(Decimal, (0, 6, 12, 21)))


@dataclass(frozen=True)
class OrderRules:
    """What the sheet leaves open. `rounded_lines` False: only the sum of a rate is rounded, not each line.

    `unique_numbers`: a number that is taken is refused. `replaces`: an update forgets what it does not name.
    """

    rounded_lines: bool = True
    unique_numbers: bool = False
    replaces: bool = False
    refuses_unpatchable: bool = False


def written(books: Books, body: Mapping[str, Any], customer: Row, rules: OrderRules) -> Row:
    """The order that a body makes, complete and checked. The customer is known by then."""
    values = bound(body, ORDER)
    old: Row = books.tables[ORDERS].get(values.get("OrderID", 0), {})
    kept = {name: old[name] for name in _IDENTITY if name in old} if rules.replaces else old
    row = {**kept, **values}
    _check(row)
    row["OrderLines"] = [_line(books, line, rules) for line in row["OrderLines"]]
    row |= _totals(row) | {"CustomerID": customer["PartyID"], "CounterParty": _summary(customer)}
    row.pop("Customer", None)
    _number(books, row, old, rules)
    _settle(books, row)
    return row | _files(books, values, old, body)


def patch(books: Books, row: Row, body: Mapping[str, Any], rules: OrderRules) -> None:
    """Change the few fields that may be changed (section 4.3, PATCHable)."""
    asked = bound(body, ORDER)
    if rules.refuses_unpatchable and (wrong := sorted(asked.keys() - PATCHABLE)):
        raise generic(f"{wrong[0]} can not be changed.")
    values = {name: value for name, value in asked.items() if name in PATCHABLE}
    day(values, "PaidDate", with_time=True)
    if values.get("Paid") is not None:
        values |= _paid(row, paid=values["Paid"])
    if values.get("IsSent") and row["OrderStatus"] == "ToSend":
        values["OrderStatus"] = "ToPay"
    books.change(ORDERS, row["OrderID"], values)


def pay(books: Books, row: Row, body: Mapping[str, Any]) -> None:
    """A payment; it can not be read back (section 4.4)."""
    paid = amount(body.get("Amount", 0), "Amount")
    if paid <= 0:
        raise generic("Amount must be greater than 0.")
    open_amount = max(Decimal(0), row["ToPay"] - paid)
    settled = {"Paid": True, "PaidDate": books.now(), "OrderStatus": "Paid"} if not open_amount else {}
    books.change(ORDERS, row["OrderID"], {"ToPay": open_amount, **settled})


def summary(row: Row) -> Row:
    """As lists show it (section 4.3, List vs get)."""
    left_out = {"OrderLines", "Customer", "VatGroups", "Attachments", "OrderPDF", "Messages"}
    return {name: value for name, value in row.items() if name not in left_out}


def payment_reference(number: int) -> str:
    """A structured one: ten digits, and their remainder by 97 (97 for none)."""
    digits = f"{number % 10**10:010d}{number % 10**10 % 97 or 97:02d}"
    return f"+++{digits[:3]}/{digits[3:7]}/{digits[7:]}+++"


def _check(row: Row) -> None:
    for name in _REQUIRED:
        if not row.get(name):
            raise generic(f"The field {name} is required.")
    if row["OrderType"] not in TYPES or row["OrderDirection"] not in {"Income", "Cost"}:
        raise generic(f"{row['OrderType']} {row['OrderDirection']} is not a type of order.")
    for name in ("OrderDate", "ExpiryDate", "DeliveryDate"):
        day(row, name)


def _line(books: Books, line: Mapping[str, Any], rules: OrderRules) -> Row:
    values = bound(line, LINE)
    if "ProductID" in values:
        product = books.tables[PRODUCTS].get(values["ProductID"])
        if product is None:
            raise generic(f"Product {values['ProductID']} does not exist.")
        values = _of_product(product) | values
    for name in ("Quantity", "UnitPriceExcl", "Description", "VATPercentage"):
        if name not in values:
            raise generic(f"The field {name} of a line is required.")
    if len(str(values["Description"])) > _DESCRIPTION:
        raise generic(f"The field Description may have {_DESCRIPTION} characters.")
    percentage = amount(values["VATPercentage"], "VATPercentage")
    if percentage not in BELGIAN_RATES:
        raise Refusal(400, "InvalidVAtPercentageForTaxCountry_0_", f"{percentage} is not a VAT percentage of BE.")
    return values | _line_total(values, rules) | {"VATPercentage": percentage}


def _of_product(product: Row) -> Row:
    taken = {
        "Quantity": Decimal(1),
        "UnitPriceExcl": product.get("AmountExcl"),
        "VATPercentage": product.get("VAT"),
        "Description": product.get("Description"),
        "Reference": product.get("Reference"),
        "Unit": product.get("Unit"),
    }
    return {name: value for name, value in taken.items() if value is not None}


def _line_total(values: Row, rules: OrderRules) -> Row:
    quantity, price = (
        amount(values[name], name).quantize(_DECIMALS, ROUND_HALF_UP) for name in ("Quantity", "UnitPriceExcl")
    )
    total = quantity * price * (1 - amount(values.get("ReductionPercentage", 0), "ReductionPercentage") / 100)
    return {
        "Quantity": quantity,
        "UnitPriceExcl": price,
        "TotalExcl": to_cents(total) if rules.rounded_lines else total,
    }


def _totals(row: Row) -> Row:
    """VAT by rate on the sum of that rate (section 4.3, Totals)."""
    nets: defaultdict[Decimal, Decimal] = defaultdict(Decimal)
    for line in row["OrderLines"]:
        nets[line["VATPercentage"]] += line["TotalExcl"]
    groups = [
        {"VATPercentage": rate, "TotalExcl": to_cents(net), "TotalVAT": to_cents(to_cents(net) * rate / 100)}
        for rate, net in nets.items()
    ]
    excl, vat = (sum((group[name] for group in groups), Decimal(0)) for name in ("TotalExcl", "TotalVAT"))
    if row["OrderType"] == "CreditNote" and excl + vat < 0:
        raise generic("The amounts of a credit note are positive.")
    totals = {"TotalExcl": excl, "TotalVAT": vat, "TotalIncl": excl + vat, "VatGroups": groups}
    return totals | {"ToPay": excl + vat, "Currency": row.get("Currency", "EUR")}


def _summary(customer: Row) -> Row:
    return {name: customer.get(name) for name in ("PartyID", "DisplayName", "PartyType", "VATNumber", "Email")}


def _number(books: Books, row: Row, old: Row, rules: OrderRules) -> None:
    given = row.get("OrderNumber")
    same = (other for other in books.tables[ORDERS].values() if other["OrderType"] == row["OrderType"])
    taken = any(other["OrderNumber"] == given and other["OrderID"] != old.get("OrderID") for other in same)
    if given and taken and rules.unique_numbers:
        raise generic(f"OrderNumber {given} is already in use.")
    row["OrderNumber"] = given or books.next_number(f"Income-{row['OrderType']}")


def _settle(books: Books, row: Row) -> None:
    row |= {"CompanyID": books.id, "ExternalProvider": "APIFeed", "IsSent": row.get("IsSent", False)}
    row.setdefault("OrderStatus", "ToPay" if row["IsSent"] else "ToSend")
    row.setdefault("PaymentReference", payment_reference(books.new_id()))
    row["Paid"] = bool(row.get("Paid"))
    about = row.get("AboutInvoiceNumber")
    if about is not None:
        invoices = (other for other in books.tables[ORDERS].values() if other["OrderType"] == "Invoice")
        if about not in {other["OrderNumber"] for other in invoices}:
            raise generic(f"Invoice {about} does not exist.")
        # With it the note counts as settled, whatever `Paid` says (section 4.3, Credit note).
        row |= _paid(row, paid=True)


def _paid(row: Row, *, paid: bool) -> Row:
    return {"Paid": paid, "ToPay": Decimal(0) if paid else row["TotalIncl"], "OrderStatus": "Paid" if paid else "ToPay"}


def _files(books: Books, values: Row, old: Row, body: Mapping[str, Any]) -> Row:
    kept = [*old.get("Attachments", ()), *(_file(books, one) for one in values.get("Attachments", ()))]
    if not old:
        request = {"FileName": "request.json", "FileContent": json.dumps(json.loads(encode_exact(body)))}
        kept.append(_file(books, request, own=True))
    pdf = {"OrderPDF": _file(books, values["OrderPDF"])} if "OrderPDF" in values else {}
    return {"Attachments": kept, **pdf}


def _file(books: Books, file: Mapping[str, Any], *, own: bool = False) -> Row:
    name = str(file.get("FileName", ""))
    if not own and not name.lower().endswith(_FILES):
        raise Refusal(400, "Invalid Filename", f"{name} is not supported.")
    id = str(UUID(sha256(f"{books.id}{len(books.files)}".encode()).hexdigest()[:32]))
    books.files[id] = {"FileID": id, "FileName": name, "FileContent": file.get("FileContent")}
    return {"FileID": id, "FileName": name}
