"""Reads requests and writes answers (e-Boekhouden fact sheet, sections 1, 4 and 9)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal
from xml.sax.saxutils import escape

from lxml import etree  # type: ignore[import-untyped]  # ships no types

from .types import ARRAYS, OPERATIONS, TYPES, Field

NAMESPACE = "http://www.e-boekhouden.nl/soap"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_MARK = "{" + NAMESPACE + "}"

Values = dict[str, Any]


class Malformed(Exception):  # an answer: HTTP 500 with a fault
    """The request cannot be deserialised."""


class TooLong(Exception):  # an answer: what the package really does with it is not known
    """A text is longer than the manual allows."""


def _dot(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError(text) from error


def _day(text: str) -> date:
    return datetime.fromisoformat(text).date()


_FLAGS = {"true": True, "1": True, "false": False, "0": False}

_READERS: Mapping[str, Callable[[str], Any]] = {
    "long": int, "double": _dot, "boolean": _FLAGS.__getitem__, "dateTime": _day, "string": str,
}  # fmt: skip
_ABSENT: Mapping[str, Any] = {"string": "", "long": 0}


def read(body: bytes, action: str) -> Values:
    """The parameters of a request. `Malformed` for what .NET would not deserialise, `TooLong` for long texts."""
    try:
        root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
        (call,) = root.find(f"{{{SOAP}}}Body")
    except (etree.XMLSyntaxError, TypeError, ValueError) as error:
        raise Malformed("Server was unable to read request.") from error
    if call.tag != _MARK + action or action not in OPERATIONS:
        raise Malformed(f"Server did not recognize the value of HTTP Header SOAPAction: {NAMESPACE}/{action}.")
    return _sequence(call, OPERATIONS[action])


def _sequence(element: Any, fields: tuple[Field, ...]) -> Values:
    """Known elements in their order; strangers are ignored, as the package does (section 11)."""
    places = {_MARK + one.name: place for place, one in enumerate(fields)}
    known = [child for child in element if child.tag in places]
    order = [places[child.tag] for child in known]
    if order != sorted(set(order)):
        # .NET would drop what comes too late without a word: here it is an error, so that tests see it.
        raise Malformed("Server was unable to read request: the elements are not in the order of their type.")
    found = {fields[places[child.tag]].name: child for child in known}
    missing = [one.name for one in fields if one.required and one.name not in found]
    if missing:
        raise Malformed(f"Server was unable to read request: {', '.join(missing)} missing.")
    return {one.name: _value(found.get(one.name), one) for one in fields}


def _value(element: Any, field: Field) -> Any:
    if field.type in TYPES:
        return None if element is None else _sequence(element, TYPES[field.type])
    if field.type in ARRAYS:
        item = ARRAYS[field.type]
        return [_sequence(child, TYPES[item]) for child in (element if element is not None else ())]
    if element is None:
        return _ABSENT[field.type]
    return _text(element.text or "", field)


def _text(text: str, field: Field) -> Any:
    if field.most is not None and len(text) > field.most:
        raise TooLong(field.name)
    try:
        return _READERS[field.type](text)
    except (ValueError, KeyError) as error:
        raise Malformed(f"Server was unable to read request: {field.name} is not a {field.type}.") from error


@dataclass(frozen=True)
class Spelling:
    """How answers are written where the sheet knows several forms (section 13).

    `success`: the ErrorMsg of a success. `empty_container`: an empty list is an empty element, not absent.
    `stranger`: records carry an element nobody knows, in the middle.
    """

    success: Literal["empty children", "empty", "absent"] = "empty children"
    empty_container: bool = False
    stranger: bool = False
    typed_code: bool = True

    def error(self, code: str, words: str) -> str:
        """An `ErrorMsg`; without a code that of a success."""
        if code or self.success == "empty children":
            inner = element("LastErrorCode", code) + element("LastErrorDescription", words)
            return f"<ErrorMsg>{inner}</ErrorMsg>"
        return "<ErrorMsg />" if self.success == "empty" else ""

    def container(self, name: str, records: Iterable[str]) -> str:
        """A list of records that are XML already."""
        inner = "".join(records)
        return f"<{name}>{inner}</{name}>" if inner or self.empty_container else ""

    def record(self, name: str, values: Mapping[str, Any]) -> str:
        """One record; every field is there, as the package sends them."""
        parts = [_written(field, value) for field, value in values.items()]
        if self.stranger:
            parts.insert(len(parts) // 2, "<Nieuw2027>iets</Nieuw2027>")
        return f"<{name}>{''.join(parts)}</{name}>"

    def code_of(self, relation: str) -> str:
        """The relation's code on an invoice: a field without a type in the WSDL (section 4, cFactuurList)."""
        typed = (
            ' xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
            'xsi:type="xsd:string"'
        )
        return f"<Relatiecode{typed if self.typed_code else ''}>{escape(relation)}</Relatiecode>"


def element(name: str, text: str) -> str:
    """An element with text; empty ones are closed at once."""
    return f"<{name}>{escape(text)}</{name}>" if text else f"<{name} />"


def _written(name: str, value: Any) -> str:
    match value:
        case Markup():
            return value.xml
        case bool():
            return element(name, "true" if value else "false")
        case Decimal():
            # Plain, with as many decimals as there are (section 1: "19.5", "0").
            return element(name, f"{value.normalize():f}")
        case date():
            return element(name, f"{value.isoformat()}T00:00:00")
        case None:
            return element(name, "")
    return element(name, str(value))


@dataclass(frozen=True)
class Markup:
    """A value that is XML already."""

    xml: str


def answer(operation: str, result: str) -> str:
    """The envelope of an answer."""
    inner = f"<{operation}Result>{result}</{operation}Result>"
    return _envelope(f'<{operation}Response xmlns="{NAMESPACE}">{inner}</{operation}Response>')


def fault(who: Literal["Client", "Server"], words: str) -> str:
    """The envelope of a fault."""
    inner = element("faultcode", f"soap:{who}") + element("faultstring", words)
    return _envelope(f"<soap:Fault>{inner}<detail /></soap:Fault>")


def _envelope(body: str) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        f'<soap:Envelope xmlns:soap="{SOAP}"><soap:Body>{body}</soap:Body></soap:Envelope>'
    )
