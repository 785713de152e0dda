"""The calls for customers of documents (Billit fact sheet, section 4.1).

Billit puts a new party onto one that it takes for the same, and overwrites that: by VAT number, by e-mail address, by
more that is not documented. So whoever is alike is looked for before, and what was made is looked at behind.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.errors import GiveUp, Rejected, Uncertain, WorkError
from shared.mapping import Receipt, Request

from . import odata
from .calls import Calls
from .models import Party

PATH = "/v1/parties"
_CUSTOMERS = "PartyType eq 'Customer'"
_NEW = timedelta(minutes=1)
"""A party that was changed longer than this after it was created was not created just now."""


class Parties(Calls):
    """What a client does with parties."""

    async def party(self, id: str) -> list[Receipt]:
        """The party, or nothing."""
        found = await self._one(f"{PATH}/{id}", Party)
        return [_receipt(found)] if found else []

    async def parties_by_number(self, number: str) -> list[Receipt]:
        """Customers that carry this number, as ours (`ExternalProviderID`) or as the user's own (`Nr`)."""
        literal = odata.text(number)
        filters = f"{_CUSTOMERS} and (ExternalProviderID eq {literal} or Nr eq {literal})"
        rows = await self._matching(PATH, Party, filters, lambda row: _is_customer(row) and _carries(row, number))
        return [_receipt(row) for row in rows]

    async def parties_by_vat_number(self, number: str) -> list[Receipt]:
        """Customers with this VAT number."""
        filters = f"{_CUSTOMERS} and VATNumber eq {odata.text(number)}"
        rows = await self._matching(PATH, Party, filters, lambda row: _is_customer(row) and row.VATNumber == number)
        return [_receipt(row) for row in rows]

    async def parties_by_email(self, email: str) -> list[Party]:
        """Customers with this e-mail address."""
        rows = await self._all(PATH, Party, {"fullTextSearch": email, "$filter": _CUSTOMERS})
        return [row for row in rows if _is_customer(row) and _same(row.Email, email)]

    async def create_party(self, request: Request) -> Receipt:
        """Create a customer. `Rejected` when Billit changed one that was there instead."""
        id = await self._create(request)
        try:
            made = await self._one(f"{PATH}/{id}", Party)
        except GiveUp:
            raise
        except WorkError as error:
            raise Uncertain(f"The customer was sent, but not read back: {error.reason}") from error
        if made is not None and _is_old(made):
            raise Rejected(
                f"Billit took {made.Name} for a customer it had already (id {id}), and changed that one. Check this "
                "customer in Billit, then send the document again."
            )
        return Receipt(str(id), number=made.Nr if made else None)


def _receipt(row: Party) -> Receipt:
    return Receipt(str(row.PartyID), number=row.Nr)


def _is_customer(row: Party) -> bool:
    return row.PartyType in {"Customer", None}


def _carries(row: Party, number: str) -> bool:
    return number in {row.ExternalProviderID, row.Nr}


def _same(one: str | None, other: str) -> bool:
    return one is not None and one.casefold() == other.strip().casefold()


def _is_old(made: Party) -> bool:
    if made.Created is None or made.LastModified is None:
        return False
    return datetime.fromisoformat(made.LastModified) - datetime.fromisoformat(made.Created) > _NEW
