"""The reads: filters, their open questions as switches, and the wall (e-Boekhouden fact sheet, sections 4 and 5)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from .envelopes import Markup, Spelling, Values
from .store import Books, Row

Matching = Literal["contains", "exact"]


@dataclass(frozen=True)
class Reading:
    """How the package reads where the sheet does not know (section 15).

    `cap`: records in one answer; what is more is cut off without a word. `keyword`: how `Trefwoord` matches, anywhere
    or only whole words; `articles`: how the filters of articles do. `any_case`: whether capitals matter in a code.
    """

    spelling: Spelling
    cap: int = 2000
    keyword: Literal["contains", "words"] = "contains"
    articles: Matching = "contains"
    any_case: bool = False

    def relations(self, books: Books, asked: Values, hidden: Collection[str]) -> str:
        """`GetRelaties`."""
        filters = asked["cFilter"] or {"Trefwoord": "", "Code": "", "ID": 0}
        found = [id for id in books.relations if str(id) not in hidden and self._relation(books, id, filters)]
        records = (self._written(books, "relations", "cRelatie", id) for id in found[: self.cap])
        return self._result("Relaties", records)

    def _relation(self, books: Books, id: int, filters: Values) -> bool:
        if filters["ID"] and filters["ID"] != id:
            return False
        if filters["Code"] and not self._same(filters["Code"], books.relations[id]["Code"]):
            return False
        word = filters["Trefwoord"].lower()
        text = books.searched(id)
        return not word or (word in text if self.keyword == "contains" else word in text.split())

    def _same(self, wanted: str, code: str) -> bool:
        return wanted.lower() == code.lower() if self.any_case else wanted == code

    def article_list(self, books: Books, asked: Values) -> str:
        """`GetArtikelen`."""
        filters = asked["cFilter"] or {}
        wanted = {name: value for name, value in filters.items() if value}
        found = [id for id, row in books.articles.items() if self._article(row, wanted)]
        records = (self._written(books, "articles", "cArtikel", id) for id in found[: self.cap])
        return self._result("Artikelen", records)

    def _article(self, row: Row, wanted: Values) -> bool:
        for name, value in wanted.items():
            if name == "ArtikelID":
                fits = row[name] == value
            elif self.articles == "contains":
                fits = value.lower() in row[name].lower()
            else:
                fits = self._same(value, row[name])
            if not fits:
                return False
        return True

    def _written(self, books: Books, table: str, name: str, id: int) -> str:
        row = books.table(table)[id]
        return books.written(table, id, lambda: self.spelling.record(name, row))

    def invoices(self, books: Books, asked: Values, hidden: Collection[str]) -> str:
        """`GetFacturen`; both dates count (section 4, cFactuurFilter)."""
        filters = asked["cFilter"]
        shown = (row for number, row in books.invoices.items() if number not in hidden)
        found = [row for row in shown if filters is None or self._invoice(row, filters)]
        return self._result("Facturen", (self._invoice_xml(row) for row in found[: self.cap]))

    def _invoice(self, row: Row, filters: Values) -> bool:
        return (
            (not filters["Factuurnummer"] or self._same(filters["Factuurnummer"], row["Factuurnummer"]))
            and filters["Relatiecode"] in {"", row["Relatiecode"]}
            and filters["DatumVan"] <= row["Datum"] <= filters["DatumTm"]
        )

    def _invoice_xml(self, row: Row) -> str:
        lines = self.spelling.container("Regels", (self.spelling.record("cFactuurRegel", one) for one in row["Regels"]))
        markup = {"Relatiecode": Markup(self.spelling.code_of(row["Relatiecode"])), "Regels": Markup(lines)}
        return self.spelling.record("cFactuurList", row | markup)

    def ledgers(self, books: Books, asked: Values) -> str:
        """`GetGrootboekrekeningen`."""
        filters = asked["cFilter"] or {"ID": 0, "Code": "", "Categorie": ""}
        found = [
            row for row in books.ledgers if all(not value or row[name] == value for name, value in filters.items())
        ]
        return self._result("Rekeningen", (self.spelling.record("cGrootboekrekening", row) for row in found))

    def cost_centres(self, books: Books) -> str:
        """`GetKostenplaatsen`; its filter is not offered here."""
        return self._result(
            "Kostenplaatsen", (self.spelling.record("cKostenplaats", row) for row in books.cost_centres)
        )

    def _result(self, container: str, records: Iterator[str]) -> str:
        return self.spelling.error("", "") + self.spelling.container(container, records)
