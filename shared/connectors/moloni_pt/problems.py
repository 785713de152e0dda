"""Moloni's lists of errors as sentences (Moloni PT fact sheet, section 2.1). Pure.

An error is `code field parameters`: a text, or beside a description. Those of lines stand in lists inside lists, by
line and then by tax; where only some lines are wrong, PHP writes an object whose names are their places.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_ERROR = re.compile(r"(\d{1,2}) ([A-Za-z_]\w*)(?: (.*))?", re.DOTALL)

_FIELDS = {
    "customer_id": "customer",
    "document_set_id": "series",
    "document_set_wsat_id": "series",
    "product_id": "product",
    "payment_method_id": "payment method",
    "maturity_date_id": "term of payment",
    "delivery_method_id": "delivery method",
    "language_id": "language",
    "country_id": "country",
    "company_id": "company",
    "tax_id": "VAT rate",
    "value": "value",
    "qty": "quantity",
    "price": "price",
    "discount": "discount",
    "exemption_reason": "exemption reason",
    "zip_code": "postal code",
    "vat": "tax number",
    "email": "e-mail address",
}
"""What fields are called in the settings and on the platform."""

_OPERATORS = {"<": "before", "<=": "on or before", "=": "on", ">=": "on or after", ">": "after"}
_BOUNDS = ("greater than {}", "less than {}", "at least {}", "at most {}")
_NO_BOUND = {"", "null", "None"}


@dataclass(frozen=True)
class Problem:
    """One error. `line` and `tax` count from 1; None: it is about the whole record.

    `description` is Moloni's own sentence, if it told one.
    """

    code: int
    field: str
    params: str = ""
    description: str | None = None
    line: int | None = None
    tax: int | None = None

    @property
    def words(self) -> str:
        """Moloni's own words."""
        return self.description or " ".join(part for part in (str(self.code), self.field, self.params) if part)

    def sentence(self, lines: Sequence[str] = ()) -> str:
        """What is wrong, naming the line and the field. `lines` are the names of the lines that were sent."""
        field = _FIELDS.get(self.field, self.field.replace("_", " "))
        meaning = _SPECIAL.get((self.code, self.field)) or self._meaning()
        what = meaning.format(field=field) if meaning else f"{field}: {self.words}"
        return f"{self._place(lines)}{what}"

    def _place(self, lines: Sequence[str]) -> str:
        if self.line is None:
            return ""
        name = f" ({lines[self.line - 1]})" if self.line <= len(lines) else ""
        tax = f", VAT {self.tax}" if self.tax else ""
        return f"line {self.line}{name}{tax}: "

    def _meaning(self) -> str | None:
        match self.code:
            case 2:
                return "the {field} must be a number" + _bounds(self.params)
            case 5:
                return "the {field} is not one that Moloni accepts" + (f" ({self.params})" if self.params else "")
            case 12:
                return "the {field} must be " + _compared(self.params)
            case code:
                return _MEANINGS.get(code)


_MEANINGS: Mapping[int, str] = {
    1: "the {field} is missing",
    3: "the {field} is not an e-mail address",
    4: "the {field} is taken already",
    6: "the {field} is not a web address",
    7: "the {field} is not a Portuguese one: write it as 4000-001",
    8: "the {field} is not a valid Portuguese tax number",
    9: "the {field} is not a date",
    10: "the {field} names a document that cannot be tied to this one",
    11: "the tax authority does not take this document",
    13: "the {field} is not a phone number",
    14: "VAT stands before another tax, or is not cumulative",
    15: "it has more than one VAT",
    16: "the customer must be identified: a name, an address and a city are needed",
    17: "the {field} is too long",
}

_SPECIAL: Mapping[tuple[int, str], str] = {
    (5, "document_set_wsat_id"): "the series is not registered at the tax authority for this kind of document. "
    "Register it in Moloni, or choose another series in the settings",
    (1, "exemption_reason"): "no VAT is charged, so an exemption reason is needed. Choose its code in the settings",
    (2, "product_id"): "the product is not in Moloni any more, or is not active there",
    (4, "number"): "another customer has this number already. Give one of the two another number",
}  # fmt: skip


def problems(body: Any) -> list[Problem]:
    """The errors of an answer; none when it is anything else."""
    found = [*_walk(body, ())] if isinstance(body, list | dict) else []
    return [one for one in found if one is not None] if None not in found else []


def problems_in(text: str) -> list[Problem]:
    """The same of an answer as text."""
    try:
        return problems(json.loads(text))
    except ValueError:
        return []


def _walk(body: Any, place: tuple[int, ...]) -> Iterator[Problem | None]:
    """Every leaf as a problem; None for one that is none, so that rows are never taken for errors."""
    if (leaf := _leaf(body, place)) is not None:
        yield leaf
    elif isinstance(body, list):
        yield from (found for number, one in _placed(body) for found in _walk(one, (*place, number)))
    elif isinstance(body, dict) and body and all(name.isdigit() for name in body):
        yield from (found for name, one in body.items() for found in _walk(one, (*place, int(name))))
    else:
        yield None


def _placed(body: list[Any]) -> Iterator[tuple[int, Any]]:
    """Errors of the record itself may stand before the lists of its lines: those do not count as lines."""
    lists = 0
    for one in body:
        yield lists, one
        lists += isinstance(one, list) or (isinstance(one, dict) and "code" not in one)


def _leaf(body: Any, place: tuple[int, ...]) -> Problem | None:
    text = body.get("code") if isinstance(body, dict) else body
    found = _ERROR.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    told = body.get("description") if isinstance(body, dict) else None
    line, tax = (*(number + 1 for number in place[:-1]), None, None)[:2]
    return Problem(int(found[1]), found[2], found[3] or "", str(told) if told else None, line, tax)


def _bounds(params: str) -> str:
    """The parameters are: whole (1 or 0), greater than, less than, at least, at most; any may be missing."""
    whole, *bounds = params.split(" ") if params else ("",)
    told = [words.format(bound) for words, bound in zip(_BOUNDS, bounds, strict=False) if bound not in _NO_BOUND]
    kind = " without decimals" if whole == "1" else ""
    return kind + (f", {' and '.join(told)}" if told else "")


def _compared(params: str) -> str:
    operator, _, other = params.partition(" ")
    return f"{_OPERATORS.get(operator, operator)} {other}".strip() or "another one"
