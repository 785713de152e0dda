"""One method per call to e-Boekhouden (e-Boekhouden fact sheet, sections 3 and 4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from shared.connector import ListedPage, Page, Period, ReadFrom, VendorUser
from shared.errors import TryLater, Uncertain, WorkError
from shared.mapping import Listed, Receipt, Request
from shared.schemas.connections import Administration

from . import listings, soap
from .calls import Calls
from .models import Artikel, Factuur, Kostenplaats, Rekening, Relatie
from .partition import CAP, Search
from .sessions import administration_code

FIRST_DAY, LAST_DAY = date(1980, 1, 1), date(2049, 12, 31)
"""Between these lies every invoice (section 7, recipe 2)."""

_RELATIONS = Search(
    keyword="Trefwoord",
    exact="Code",
    id="ID",
    code="Code",
    longest=15,
    hints={"Trefwoord": "Plaats"},
    plural="relations",
)
_ARTICLES = Search(
    keyword="ArtikelCode",
    exact=None,  # whether this filter looks inside or at the whole code is not known (section 15)
    id="ArtikelID",
    code="ArtikelCode",
    longest=20,
    hints={"GroepCode": "GroepCode"},
    plural="articles",
)


class Client(Calls):
    """The calls of one connection."""

    async def whoami(self) -> VendorUser:
        """Whose codes were typed; the package has no call that says it."""
        return VendorUser(self._http.whose, self._http.whose.rpartition("@")[0])

    async def administrations(self) -> list[Administration]:
        """That of the codes, and what else an accountant may open. The package gives no country: it is Dutch."""
        found = {administration_code(one.Guid): one for one in await self._administrations()}
        names = {code: ", ".join(filter(None, (one.Bedrijf, one.Plaats))) for code, one in found.items()}
        if self.own not in names:
            # Whether others than accountants are shown their own is not known (section 2).
            names = {self.own: f"Administration of {(await self.whoami()).name}", **names}
        return [Administration(code=code, name=name or code, country="NL") for code, name in names.items()]

    async def relations(self, where: ReadFrom) -> Page:
        """A piece of all relations; there is no "changed since" (section 3)."""
        return await self._parts(_RELATIONS, where, self._relations)

    async def articles(self, where: ReadFrom) -> Page:
        """A piece of all articles, hours included."""
        return await self._parts(_ARTICLES, where, self._articles)

    async def existing_relations(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are there."""
        return {id for id in ids if await self._relations({"ID": int(id)})}

    async def existing_articles(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are there."""
        return {id for id in ids if await self._articles({"ArtikelID": int(id)})}

    async def relation_by_id(self, id: str) -> list[Relatie]:
        """The relation with this id."""
        return [one for one in await self._relation_rows({"ID": int(id)}) if id == one.ID]

    async def relations_by_code(self, code: str) -> list[Relatie]:
        """The relation with this code. Whether the package minds capitals is not known; we do (section 15)."""
        return [one for one in await self._relation_rows({"Code": code}) if one.Code == code]

    async def article_by_code(self, code: str) -> Artikel | None:
        """The article with exactly this code, wherever else it may occur."""
        found = await self._articles({"ArtikelCode": code})
        rows = [soap.record(one) for one in found if soap.field(one, "ArtikelCode") == code]
        return _only(rows)

    async def add_relation(self, request: Request) -> Receipt:
        """Make a relation."""
        made = await self._write(*_operation(request))
        if made is None or not made.Rel_ID:
            raise Uncertain("e-Boekhouden did not say which relation it made.")
        return Receipt(str(made.Rel_ID), request.body["AddRelatie"]["oRel"]["Code"])

    async def add_invoice(self, request: Request) -> Receipt:
        """Make an invoice, and read back what the package made of it."""
        made = await self._write(*_operation(request))
        if made is None or not made.Factuurnummer:
            raise Uncertain("e-Boekhouden did not say which invoice it made.")
        number = str(made.Factuurnummer)
        try:
            found = await self.invoices_by_number(number)
        except WorkError as error:
            # Whatever it was, the invoice is there: it must not look as if nothing had been done.
            raise Uncertain("The invoice was made, but could not be read back.") from error
        return found[0] if found else Receipt(number, number)

    async def invoices_by_number(self, number: str) -> list[Receipt]:
        """The invoice with exactly this number."""
        rows = await self._invoices(FIRST_DAY, LAST_DAY, Factuurnummer=number)
        return [_receipt(one) for one in rows if one.Factuurnummer == number]

    async def invoices_marked(self, relation: str, day: date, mark: str) -> list[Receipt]:
        """Invoices of a relation about that day whose first line's text begins with our mark."""
        around = timedelta(days=1)
        rows = await self._invoices(day - around, day + around, Relatiecode=relation)
        if len(rows) >= CAP:
            raise TryLater("e-Boekhouden has too many invoices of this customer on these days to look through.")
        return [_receipt(one) for one in rows if _begins(one, mark)]

    async def listed_invoices(self, period: Period, position: str | None) -> ListedPage:
        """Invoices of a period, 2,000 at most; a longer list is asked for in halves (section 5)."""
        days = listings.begin(period, position)
        rows = await self._invoices(days[0].first, days[0].last)
        if len(rows) >= CAP:
            return ListedPage([], next=listings.halved(days))
        return ListedPage([listings.listed(one) for one in rows], next=listings.rest(days))

    async def invoices_by_id(self, ids: Sequence[str]) -> list[Listed]:
        """Those of the invoices that are there, one call each."""
        found = [one for id in ids for one in await self._invoices(FIRST_DAY, LAST_DAY, Factuurnummer=id)]
        return [listings.listed(one) for one in found if one.Factuurnummer in ids]

    async def ledgers(self) -> list[Rekening]:
        """All ledger accounts."""
        return await self._list(
            "GetGrootboekrekeningen", {"cFilter": {}}, ("Rekeningen", "cGrootboekrekening"), Rekening
        )

    async def cost_centres(self) -> list[Kostenplaats]:
        """All cost centres."""
        return await self._list("GetKostenplaatsen", {"cFilter": {}}, ("Kostenplaatsen", "cKostenplaats"), Kostenplaats)

    async def _invoices(self, first: date, last: date, **filters: str) -> list[Factuur]:
        days = {"DatumVan": first.isoformat(), "DatumTm": last.isoformat()}
        return await self._list("GetFacturen", {"cFilter": {**filters, **days}}, ("Facturen", "cFactuurList"), Factuur)

    async def _relations(self, filters: Any) -> list[Any]:
        return await self._elements("GetRelaties", "cRelatie", filters)

    async def _articles(self, filters: Any) -> list[Any]:
        return await self._elements("GetArtikelen", "cArtikel", filters)

    async def _relation_rows(self, filters: Any) -> list[Relatie]:
        return [Relatie.model_validate(soap.record(one)) for one in await self._relations(filters)]


def _operation(request: Request) -> tuple[str, Any]:
    """The body of a request is its operation with its parameters."""
    ((operation, parameters),) = request.body.items()
    return operation, parameters


def _only(rows: Sequence[Any]) -> Artikel | None:
    return Artikel.model_validate(rows[0]) if rows else None


def _receipt(row: Factuur) -> Receipt:
    # Not its URL: whoever has that can read the invoice (section 4, cFactuurList).
    return Receipt(row.Factuurnummer, row.Factuurnummer, customer=row.Relatiecode, total_excl=row.TotaalExclBTW)


def _begins(row: Factuur, mark: str) -> bool:
    return row.text == mark or row.text.startswith(f"{mark} ")
