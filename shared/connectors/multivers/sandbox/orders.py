"""Orders of the pretend Multivers: what is checked, how they add up, and how one becomes an invoice (section 4.5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal

from .catalogue import JOURNALS, PAYMENT_CONDITIONS, VAT
from .refusals import refused
from .render import day, number, text
from .store import CUSTOMERS, INVOICES, ORDERS, PRODUCTS, Books, Row

CENT = Decimal("0.01")
TEXT, NO_VAT = 3, frozenset({2, 3})
"""`orderLineType` of a line that is text only; `chargeVatType` of orders that are charged none."""

_HEADER_NUMBERS = ("discountPercentage", "creditSqueezePerc", "orderSurcharge")
_HEADER_TEXTS = {"projectId": 20, "costCentreId": 8, "costUnitId": 8, "processedById": 8, "processedBy": 60}
_INTEGERS = ("orderType", "orderState", "chargeVatType")


@dataclass(frozen=True)
class OrderRules:
    """What the sheet leaves open. `amount_of`: which quantity of a line is charged."""

    amount_of: Literal["quantityOrdered", "quantityDelivered"] = "quantityOrdered"


def written(books: Books, body: Mapping[str, Any], rules: OrderRules, old: Row | None = None) -> Row:
    """The order that a body asks for: the whole of it, since a PUT replaces what was there (section 3, PUT)."""
    if old is not None and old["_invoiceId"]:
        raise refused("De order is gefactureerd en kan niet worden gewijzigd.")
    row = {**_header(books, body), "orderId": old["orderId"] if old else books.number(ORDERS)}
    customer = books.tables[CUSTOMERS][row["customerId"]]
    row |= {"_invoiceId": "", "_custom": body.get("customProperties"), "_customerName": customer["name"]}
    row["orderLines"] = [_line(books, one, old) for one in body.get("orderLines") or ()]
    if not row["orderLines"]:
        raise refused("Een order moet minimaal één regel bevatten.")
    return row | totals(row, rules)


def _header(books: Books, body: Mapping[str, Any]) -> Row:
    customer = text(body, "customerId", 8)
    if customer not in books.tables[CUSTOMERS]:
        raise refused(f"Het veld customerId is onjuist: debiteur {customer or '(leeg)'} bestaat niet.")
    ordered, condition = day(body.get("orderDate"), "orderDate"), text(body, "paymentConditionId", 3)
    if ordered is None:
        raise refused("Het veld orderDate is verplicht.")
    if condition not in PAYMENT_CONDITIONS:
        raise refused(f"Het veld paymentConditionId is onjuist: betalingsconditie {condition or '(leeg)'}.")
    return {
        "customerId": customer, "orderDate": ordered, "paymentConditionId": condition,
        "reference": text(body, "reference", 60), "vatScenarioId": int(number(body, "vatScenarioId", "6")),
        "applyOrderSurcharge": bool(body.get("applyOrderSurcharge")),
        "invoiceAddress": text(body, "invoiceAddress", 254), "deliveryAddress": text(body, "deliveryAddress", 254),
        "approved": bool(body.get("approved")), "blocked": bool(body.get("blocked")),
        **{name: number(body, name) for name in _HEADER_NUMBERS},
        **{name: int(number(body, name)) for name in _INTEGERS},
        **{name: text(body, name, longest) for name, longest in _HEADER_TEXTS.items()},
    }  # fmt: skip


def _line(books: Books, body: Mapping[str, Any], old: Row | None) -> Row:
    kind, product = int(number(body, "orderLineType")), text(body, "productId", 14)
    known = {one["orderLineId"] for one in old["orderLines"]} if old else set()
    given = body.get("orderLineId")
    line: Row = {
        "orderLineId": given if given in known else books.line_number(),
        "orderLineType": kind, "productId": product, "description": text(body, "description", 254),
        "unit": text(body, "unit", 6), "accountId": text(body, "accountId", 8),
        "warehouseId": str(body.get("warehouseId") or ""), "costCentreId": text(body, "costCentreId", 8),
        "costUnitId": text(body, "costUnitId", 8),
        "deliveryDate": day(body.get("deliveryDate"), "deliveryDate"),
    }  # fmt: skip
    if kind == TEXT:
        return line | {"orderLineAmount": Decimal(0)}
    if product and product not in books.tables[PRODUCTS]:
        raise refused(f"Artikel {product} bestaat niet.")
    return line | _amounts(body, books.tables[PRODUCTS].get(product, {}))


def _amounts(body: Mapping[str, Any], product: Mapping[str, Any]) -> Row:
    discount = number(body, "discount")
    if not 0 <= discount <= 1:
        raise refused("Het veld discount moet tussen 0 en 1 liggen.")
    vat = body.get("vatCodeId", product.get("vatCodeId"))
    if vat not in VAT:
        raise refused(f"Het veld vatCodeId is onjuist: {vat}.")
    ordered = number(body, "quantityOrdered")
    own_price = body.get("autoCalculatePrice") is False or not product
    return {
        "vatCodeId": vat, "discount": discount, "autoCalculatePrice": not own_price,
        "price": number(body, "price") if own_price else product["priceVatExcl"],
        "pricePer": number(body, "pricePer", "1") or Decimal(1),
        "quantityOrdered": ordered,
        "quantityDelivered": number(body, "quantityDelivered", str(ordered)),
        "quantityToDeliver": number(body, "quantityToDeliver"),
        "quantityBackorder": number(body, "quantityBackorder"),
    }  # fmt: skip


def totals(row: Row, rules: OrderRules) -> Row:
    """What the package computes: lines in cents, the order's discount, VAT of each code on the sum of its lines."""
    goods, by_code = Decimal(0), defaultdict[int, Decimal](Decimal)
    for line in row["orderLines"]:
        if line["orderLineType"] != TEXT:
            line["orderLineAmount"] = _cents(
                line[rules.amount_of] / line["pricePer"] * line["price"] * (1 - line["discount"])
            )
            goods += line["orderLineAmount"]
            by_code[line["vatCodeId"]] += line["orderLineAmount"] * (1 - row["discountPercentage"])
    discount = _cents(goods * row["discountPercentage"])
    vat = Decimal(0)
    if row["chargeVatType"] not in NO_VAT:
        vat = sum((_cents(net * VAT[code].percentage / 100) for code, net in by_code.items()), vat)
    surcharge = row["orderSurcharge"] if row["applyOrderSurcharge"] else Decimal(0)
    return {
        "totalGoodsAmount": goods, "totalDiscountAmount": discount, "totalVatAmount": vat,
        "totalOrderAmount": goods - discount + surcharge + vat,
    }  # fmt: skip


def edit_view(row: Row) -> Row:
    """An order as an editable object."""
    reason = "De order is gefactureerd." if row["_invoiceId"] else "De order is geblokkeerd." if row["blocked"] else ""
    custom = {"customProperties": row["_custom"]} if row.get("_custom") is not None else {}
    return {**row, **custom, "messages": [], "canChange": not reason, "cannotChangeReason": reason}


def info_view(books: Books, row: Row, *, lines: bool) -> Row:
    """An order as a read model: other names and types for the same things (section 6, trap 8)."""
    excl = row["totalOrderAmount"] - row["totalVatAmount"]
    invoice = books.tables[INVOICES].get(row["_invoiceId"], {})
    shown = {
        "orderId": row["orderId"], "customerId": row["customerId"],
        "customerName": row["_customerName"],
        "orderDate": row["orderDate"], "reference": row["reference"], "projectId": row["projectId"],
        "orderType": str(row["orderType"]), "stateId": str(row["orderState"]),
        "amountExclVat": excl, "vatAmount": row["totalVatAmount"], "amountInclVat": row["totalOrderAmount"],
        "invoiceId": row["_invoiceId"], "invoiceDate": invoice.get("invoiceDate", ""),
        "journalId": invoice.get("journalId", ""), "fiscalYear": invoice.get("fiscalYear", 0),
        "periodNumber": invoice.get("periodNumber", 0), "printCounter": 0,
    }  # fmt: skip
    return shown | ({"orderLines": [_info_line(one) for one in row["orderLines"]]} if lines else {})


def _info_line(line: Row) -> Row:
    empty = {"employeeId": "", "hourType": "", "weekNumber": 0, "workOrderNumber": "", "subProjectId": ""}
    return {**line, **empty, "orderLineType": str(line["orderLineType"])}


def process(books: Books, row: Row, query: Mapping[str, str]) -> str:
    """Make the order an invoice; the package's words when it will not, which come in a 200 answer (section 4.5)."""
    on = day(query.get("invoiceDate"), "invoiceDate")
    if row["_invoiceId"]:
        return "De order is al gefactureerd."
    if query.get("journalId") not in JOURNALS:
        return f"Dagboek {query.get('journalId')} bestaat niet."
    if on is None or (str(on.year), str(on.month)) != (query.get("fiscalYear"), query.get("periodNumber")):
        return "De factuurdatum valt niet in de periode."
    id = books.number(INVOICES)
    books.add(INVOICES, invoice(books, id, row, on) | {"journalId": query["journalId"], "periodNumber": on.month})
    row |= {"_invoiceId": id, "orderState": 5}
    return ""


def invoice(books: Books, id: str, row: Row, on: date) -> Row:
    """What an order is billed as."""
    total, days = row["totalOrderAmount"], PAYMENT_CONDITIONS[row["paymentConditionId"]]
    customer = books.tables[CUSTOMERS][row["customerId"]]
    return {
        "invoiceId": id, "invoiceReference": row["reference"], "customerId": row["customerId"],
        "customerName": customer["name"], "name": customer["name"], "shortName": customer["shortName"],
        "journalId": "VRK", "fiscalYear": on.year, "periodNumber": on.month, "invoiceDate": on,
        "invoiceExpirationDate": on + timedelta(days=days), "invoiceAmount": total, "invoiceAmountCur": total,
        "invoiceBalance": total, "invoiceBalanceCur": total, "settledAmount": Decimal(0),
        "vatAmount": row["totalVatAmount"], "turnoverAmount": total - row["totalVatAmount"], "state": 0,
        "paymentDate": "", "paymentReference": "", "payments": [],
    }  # fmt: skip


def pay(books: Books, row: Row, amount: Decimal) -> None:
    """A payment is booked on an invoice; a negative one takes it back."""
    paid = {"paidAmount": amount, "paidAmountCur": amount, "paymentDate": books.today(), "journalId": "BNK"}
    row["payments"] = [*row["payments"], paid]
    row["settledAmount"] += amount
    row["invoiceBalance"] = row["invoiceBalanceCur"] = row["invoiceAmount"] - row["settledAmount"]
    row["state"] = 0 if row["invoiceBalance"] else 1
    row["paymentDate"] = books.today()


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)
