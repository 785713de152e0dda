"""SOAP by the WSDL in this folder, parsed once per process (e-Boekhouden fact sheet, sections 1, 9 and 10)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import zeep
from lxml import etree  # type: ignore[import-untyped]  # ships no types
from zeep.wsdl import Document
from zeep.xsd import Boolean, Decimal, Long, String

PATH = "/soap.asmx"
NAMESPACE = "http://www.e-boekhouden.nl/soap"
SECRET = "?"  # noqa: S105  # stands where `carry` puts the real one
CONTENT_TYPE = "text/xml; charset=utf-8"

_MARK = "{" + NAMESPACE + "}"
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_EMPTY: tuple[tuple[type, object], ...] = ((Boolean, False), (Decimal, "0"), (Long, 0), (String, ""))

_NO_TRANSPORT: Any = None
"""zeep only reads and writes messages: the calls are made by our own client."""

Record = Mapping[str, str]


@cache
def _service() -> Any:
    """The binding of SOAP 1.1.

    Not strict, and in any order: the package has added fields in the middle of its types, and with anything less a new
    one makes an error, or silently empties every field behind it (section 10).
    """
    settings = zeep.Settings(
        strict=False, xsd_ignore_sequence_order=True, forbid_dtd=True, forbid_entities=True, forbid_external=True
    )
    with Path(__file__).with_name("soap.wsdl").open("rb") as file:
        return Document(file, _NO_TRANSPORT, settings=settings).bindings[f"{_MARK}soapAppSoap"]


def envelope(operation: str, parameters: Mapping[str, Any]) -> tuple[str, Mapping[str, str]]:
    """A request, and its headers. Every tag is sent: texts that are not given as empty ones, numbers as 0 (section 1).

    Secrets that are not given stand as `SECRET`.
    """
    called = _service().get(operation)
    names = [name for name, _ in called.input.body.type.elements]
    secrets = {name: SECRET for name in names if name in SECRETS}
    values = _complete(called.input.body.type, secrets | dict(parameters))
    made = called.create(**values)
    headers = {"Content-Type": CONTENT_TYPE, "SOAPAction": f'"{NAMESPACE}/{operation}"'}
    return etree.tostring(made.content, encoding="unicode"), headers


SECRETS = ("Username", "SecurityCode1", "SecurityCode2", "SessionID")


def _complete(type: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: found for name, one in type.elements if (found := _filled(one, values.get(name))) is not None}


def _filled(element: Any, value: Any) -> Any:
    match value:
        case dict():
            return _complete(element.type, value)
        case list():
            return [_complete(element.type, one) for one in value]
        case str():
            return _NOT_IN_XML.sub(" ", value)
        case None:
            return next((empty for type, empty in _EMPTY if isinstance(element.type, type)), None)
    return value


def result(operation: str, text: str) -> Any:
    """What an answer says, as zeep's object of its type; None when it is empty. `ValueError` for a strange one."""
    try:
        return _service().get(operation).process_reply(_parsed(text))
    except (zeep.exceptions.Error, ArithmeticError, LookupError, AttributeError, TypeError) as error:
        raise ValueError("an answer nobody understands") from error


def elements(text: str, name: str) -> Iterator[Any]:
    """The records of that name in an answer, as they came: a long list is mostly looked through only.

    zeep needs a second and a half for a thousand relations. `record` reads one of them; fields nobody knows, and in
    whatever order, do no harm. `ValueError` for a strange answer.
    """
    root = _parsed(text)
    if root.find(f"{_SOAP}Body") is None:
        raise ValueError("an answer nobody understands")
    found: Iterator[Any] = root.iter(_MARK + name)
    return found


_SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"


def field(element: Any, name: str) -> str:
    """The text of one field of a record."""
    return (element.findtext(_MARK + name) or "").strip()


def record(element: Any) -> Record:
    """The fields of a record, as text."""
    return {etree.QName(child).localname: child.text or "" for child in element.iterchildren("*")}


def _parsed(text: str) -> Any:
    """The answer's XML. Not repaired where it is broken: half a list would look like a whole one.

    Entities and document types are refused: nothing good can be meant by them.
    """
    parser = etree.XMLParser(encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise ValueError("an answer that is not XML") from error
    if root.getroottree().docinfo.doctype:
        raise ValueError("an answer with a document type")
    return root
