"""Customers: what a new one must have (Moloni PT fact sheet, section 3.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from stdnum.pt import nif

from .bodies import whole
from .books import CUSTOMERS, Books, Row
from .refusals import Invalid, Problem, integer

FINAL_CONSUMER = "999999990"
_TEXTS = ("vat", "number", "name", "address", "city")
_ALWAYS = ("salesman_id", "payment_day", "discount", "credit_limit", "delivery_method_id")
"""Refused when absent by a real account, though 0 is allowed."""
_FIELDS = (
    *_TEXTS, *_ALWAYS, "zip_code", "country_id", "language_id", "maturity_date_id", "payment_method_id", "email",
    "phone", "contact_name", "website", "notes",
)  # fmt: skip
_NUMBER_LENGTH = 20
_PORTUGAL = 1


def insert(books: Books, body: Mapping[str, Any]) -> Row:
    """A new customer, or `Invalid` with all that is wrong."""
    if problems := _problems(books, body):
        raise Invalid(problems)
    values = {name: body[name] for name in _FIELDS if name in body}
    ids = {name: whole(value) for name, value in values.items() if name.endswith("_id")}
    made = books.make(CUSTOMERS, _EMPTY | values | ids)
    return {"valid": 1, "customer_id": made["customer_id"]}


_EMPTY: Row = {"email": "", "phone": "", "website": "", "fax": "", "notes": "", "zip_code": "", "visibility_id": 1}


def _problems(books: Books, body: Mapping[str, Any]) -> list[Problem]:
    missing = [Problem(1, name) for name in (*_TEXTS, *_ALWAYS) if body.get(name) in (None, "")]
    return [*missing, *_wrong_ids(books, body), *_wrong_texts(books, body)]


def _wrong_ids(books: Books, body: Mapping[str, Any]) -> list[Problem]:
    tables = {"maturity_date_id": "maturityDates", "payment_method_id": "paymentMethods"}
    unknown = [name for name, table in tables.items() if whole(body.get(name)) not in books.tables[table]]
    below = [name for name in ("language_id", "country_id") if whole(body.get(name)) <= 0]
    return [integer(name) for name in (*below, *unknown)]


def _wrong_texts(books: Books, body: Mapping[str, Any]) -> list[Problem]:
    number, found = str(body.get("number", "")), []
    if len(number) > _NUMBER_LENGTH:
        found.append(Problem(17, "number"))
    if any(row["number"] == number for row in books.tables[CUSTOMERS].values()):
        found.append(Problem(4, "number"))
    if (email := body.get("email")) and "@" not in email:
        found.append(Problem(3, "email"))
    return [*found, *(_portuguese(body) if whole(body.get("country_id")) == _PORTUGAL else ())]


def _portuguese(body: Mapping[str, Any]) -> list[Problem]:
    found, vat = [], str(body.get("vat") or FINAL_CONSUMER)
    if vat != FINAL_CONSUMER and not nif.is_valid(vat):
        found.append(Problem(8, "vat"))
    if (code := body.get("zip_code")) and not re.fullmatch(r"\d{4}-\d{3}", code):
        found.append(Problem(7, "zip_code"))
    return found
