"""Parties: what may be changed, and how a new one is put onto one that is there (Billit fact sheet, section 4.1)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from .bodies import PARTY, bound
from .books import PARTIES, Books, Row
from .refusals import generic

PATCHABLE = frozenset(
    {
        "GLAccountCode", "GLDefaultExpiryOffset", "Nr", "Email", "ExternalProviderTC", "ExternalProviderID", "Name",
        "CommercialName", "ContactFirstName", "ContactLastName", "CountryCode", "City", "Street", "StreetNumber",
        "Zipcode", "Box", "Phone", "Mobile", "Fax", "VATNumber", "IBAN", "Language", "VATLiable",
    }
)  # fmt: skip
ADDRESS = ("Street", "StreetNumber", "Zipcode", "City")
_INVOICE = "InvoiceAddress"


def create(books: Books, body: Mapping[str, Any], matched_by: Collection[str]) -> Row:
    """A party is created, or one that Billit takes for the same is overwritten and its id given back.

    `matched_by`: what a match is made by, of `VATNumber`, `Email`, `Address`, `Nr`.
    """
    new = _flat(bound(body, PARTY))
    if missing := [name for name in ("Name", "PartyType") if not new.get(name)]:
        raise generic(f"The field {missing[0]} is required.")
    if new["PartyType"] not in {"Customer", "Supplier"}:
        raise generic(f"{new['PartyType']} is not a party type.")
    id = new.pop("PartyID", None) or _match(books, new, matched_by)
    if id is not None:
        return books.change(PARTIES, id, new)
    return books.make(PARTIES, {"DisplayName": new["Name"], **new})


def patch(books: Books, row: Row, body: Mapping[str, Any]) -> None:
    """Change what may be changed; the rest is not looked at."""
    values = {name: value for name, value in bound(body, PARTY).items() if name in PATCHABLE}
    books.change(PARTIES, row["PartyID"], values)


def _flat(party: Row) -> Row:
    """With the invoice address as fields of its own: Billit shows it both ways."""
    for address in party.get("Addresses", ()):
        if address.get("AddressType", _INVOICE) == _INVOICE:
            flat = {name: address[name] for name in (*ADDRESS, "Box", "CountryCode") if address.get(name)}
            return flat | party
    return party


def _match(books: Books, new: Row, matched_by: Collection[str]) -> int | None:
    keys = {name: (name,) for name in matched_by} | ({"Address": ADDRESS} if "Address" in matched_by else {})
    for fields in keys.values():
        wanted = _key(new, fields)
        if wanted and (found := next((row for row in _alike(books, new) if _key(row, fields) == wanted), None)):
            return int(found["PartyID"])
    return None


def _alike(books: Books, new: Row) -> list[Row]:
    return [row for row in books.tables[PARTIES].values() if row["PartyType"] == new["PartyType"]]


def _key(row: Row, fields: tuple[str, ...]) -> tuple[str, ...] | None:
    values = tuple(str(row.get(name) or "").casefold() for name in fields)
    return values if all(values) else None
