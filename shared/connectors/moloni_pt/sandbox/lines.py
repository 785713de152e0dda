"""The lines of a document: what each must have, and its problems by line and by tax (sections 2.1, 4.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from .bodies import number, whole
from .books import PRODUCTS, Books, Row
from .refusals import Invalid, Nested, Problem, by_place, integer


def checked(books: Books, lines: Sequence[Mapping[str, Any]], *, negative: bool) -> list[Row]:
    """The lines as they are kept; `Invalid` with the problems of each."""
    found = {place: _problems(books, line, negative=negative) for place, line in enumerate(lines)}
    if wrong := {place: problems for place, problems in found.items() if problems}:
        raise Invalid(by_place(wrong))
    return [_kept(books, line, place) for place, line in enumerate(lines)]


def _problems(books: Books, line: Mapping[str, Any], *, negative: bool) -> Nested:
    product = books.tables[PRODUCTS].get(whole(line.get("product_id")))
    found: list[Any] = [] if product and product["visibility_id"] else [integer("product_id")]
    found += [Problem(1, "name")] if not line.get("name") else []
    found += [Problem(2, name) for name in ("qty", "price") if number(line.get(name)) is None]
    if not negative and (number(line.get("qty")) or Decimal(0)) <= 0:
        found.append(Problem(2, "qty", (0, 0)))
    if not line.get("taxes") and not line.get("exemption_reason"):
        found.append(Problem(1, "exemption_reason"))
    wrong = {place: _of_tax(books, tax) for place, tax in enumerate(line.get("taxes") or ())}
    return found or by_place({place: problems for place, problems in wrong.items() if problems})


def _of_tax(books: Books, tax: Mapping[str, Any]) -> list[Problem]:
    """A tax of 0 % is none: a line without VAT has no tax at all (section 5, trap 6)."""
    if whole(tax.get("tax_id")) not in books.tables["taxes"]:
        return [integer("tax_id")]
    return [] if (number(tax.get("value")) or Decimal(0)) > 0 else [Problem(2, "value", (0, 0))]


def _kept(books: Books, line: Mapping[str, Any], place: int) -> Row:
    product = books.tables[PRODUCTS][whole(line["product_id"])]
    unit = books.tables["measurementUnits"][product["unit_id"]]
    numbers = {name: number(line.get(name, 0)) or Decimal(0) for name in ("qty", "price", "discount")}
    return {
        **numbers, "order": whole(line.get("order", place)), "product_id": product["product_id"], "name": line["name"],
        "summary": line.get("summary", ""), "reference": product["reference"], "unit_id": product["unit_id"],
        "unit_name": unit["name"], "unit_short_name": unit["short_name"],
        "exemption_reason": line.get("exemption_reason", ""), "taxes": _taxes(books, line),
    }  # fmt: skip


def _taxes(books: Books, line: Mapping[str, Any]) -> list[Row]:
    """The value of a tax is its own, whatever was sent (section 3.4)."""
    taxes = [books.tables["taxes"][whole(tax["tax_id"])] for tax in line.get("taxes") or ()]
    return [{"tax_id": tax["tax_id"], "name": tax["name"], "value": tax["value"]} for tax in taxes]
