"""The writes, a relation and an invoice, with the checks of the e-Boekhouden fact sheet (sections 4, 7 and 8)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from .envelopes import Spelling, Values, element
from .store import Books, Row
from .words import Refused

MOST_LINES = 100
FIRST, LAST = date(1980, 1, 1), date(2049, 12, 31)
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Writing:
    """How the package writes where the sheet does not know (section 15).

    `rounding`: what is rounded to cents: the invoice, each rate, or each line. `price_decimals`: how many of a price
    are kept; None: all. `digit_ends`: a number must end in a digit, as in the REST interface.
    """

    spelling: Spelling
    rounding: Literal["invoice", "rate", "line"] = "invoice"
    price_decimals: int | None = None
    digit_ends: bool = False

    def add_relation(self, books: Books, asked: Values, today: date, note: Callable[[str], None]) -> str:
        """`AddRelatie`."""
        row = asked["oRel"] or {}
        if not (row.get("Code") and row.get("Bedrijf") and row.get("BP") in {"B", "P"}):
            raise Refused("SANDBOX.RELATION")
        if books.relation(row["Code"]):
            raise Refused("CREL001")
        id = max(books.relations, default=31_000_000) + books.random.randrange(1, 900)
        books.save("relations", id, row | {"ID": id, "AddDatum": today})
        books.made.append(id)
        note(str(id))
        return self.spelling.error("", "") + element("Rel_ID", str(id))

    def add_invoice(self, books: Books, asked: Values, note: Callable[[str], None]) -> str:
        """`AddFactuur`: never a second one of the same number."""
        row = asked["oFact"]
        for code in _head_problems(row, books):
            raise Refused(code)
        for place, line in enumerate(row["Regels"], start=1):
            for code in _line_problems(line, books):
                raise Refused(code, line=place)
        number = self._number(row, books)
        kept = {"Factuurnummer": number, "Relatiecode": row["Relatiecode"], "Datum": row["Datum"]}
        kept |= {"Betalingstermijn": row["Betalingstermijn"], **self._totals(row["Regels"], books)}
        kept |= {
            "URLPDFBestand": f"https://secure.e-boekhouden.nl/bh/getfactuur.asp?c={number}",
            "Regels": row["Regels"],
        }
        books.invoices[number] = kept
        self._behind(books, number, row)
        note(number)
        return self.spelling.error("", "") + element("Factuurnummer", number)

    def _number(self, row: Values, books: Books) -> str:
        number = row["Factuurnummer"]
        if number in books.invoices:
            raise Refused("CFACT026")
        if number and self.digit_ends and not number[-1].isdigit():
            raise Refused("SANDBOX.NUMBER")
        return number or books.next_number()

    @staticmethod
    def _behind(books: Books, number: str, row: Values) -> None:
        if row["InBoekhoudingPlaatsen"]:
            books.booked.append({"Factuurnummer": number, "Omschrijving": row["BoekhoudmutatieOmschrijving"]})
        if row["PerEmailVerzenden"]:
            books.mailed.append({"Factuurnummer": number, "Onderwerp": row["EmailOnderwerp"]})
        if row["AutomatischeIncasso"]:
            books.collected.append({"Factuurnummer": number, "IBAN": row["IncassoRekeningNummer"]})

    def _totals(self, lines: list[Row], books: Books) -> Row:
        nets = [(self._net(line), Decimal(books.vat[line["BTWCode"]])) for line in lines]
        excl = _cents(sum((net for net, _ in nets), Decimal(0)))
        vat = _cents(sum(self._taxes(nets), Decimal(0)))
        total = excl + vat
        return {"TotaalExclBTW": excl, "TotaalBTW": vat, "TotaalInclBTW": total, "TotaalOpenstaand": total}

    def _net(self, line: Row) -> Decimal:
        price = line["PrijsPerEenheid"]
        if self.price_decimals is not None:
            price = price.quantize(Decimal(1).scaleb(-self.price_decimals), ROUND_HALF_UP)
        net: Decimal = line["Aantal"] * price
        return _cents(net) if self.rounding == "line" else net

    def _taxes(self, nets: list[tuple[Decimal, Decimal]]) -> Iterator[Decimal]:
        if self.rounding == "rate":
            for rate in {rate for _, rate in nets}:
                yield _cents(sum((net for net, own in nets if own == rate), Decimal(0)) * rate / 100)
            return
        for net, rate in nets:
            yield _cents(net * rate / 100) if self.rounding == "line" else net * rate / 100


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def _head_problems(row: Values, books: Books) -> Iterator[str]:
    """The codes of what is wrong with an invoice, the first counts."""
    checks = {
        "CFACT004": FIRST <= row["Datum"] <= LAST,
        "CFACT006": 1 <= len(row["Regels"]) <= MOST_LINES,
        "CFACT014": row["Betalingstermijn"] >= 0,
        "CFACT024": row["Relatiecode"],
        "CFACT025": books.relation(row["Relatiecode"]),
        "CFACT027": row["Factuursjabloon"],
        "CFACT028": row["Factuursjabloon"] in books.templates,
    }
    if row["PerEmailVerzenden"]:
        checks |= {"CFACT029": row["EmailBericht"], "CFACT030": row["EmailVanAdres"], "CFACT031": row["EmailOnderwerp"]}
    if row["InBoekhoudingPlaatsen"]:
        checks |= {"CFACT032": row["BoekhoudmutatieOmschrijving"]}
    if row["AutomatischeIncasso"]:
        checks |= {"CFACT033": row["IncassoRekeningNummer"], "CFACT034": row["IncassoTnv"]}
        checks |= {"CFACT035": row["IncassoPlaats"], "CFACT036": row["IncassoOmschrijvingRegel1"]}
    return (code for code, fine in checks.items() if not fine)


def _line_problems(line: Row, books: Books) -> Iterator[str]:
    revenue = {row["Code"] for row in books.ledgers if row["Categorie"] in {"VW", "BAL"}}
    centres = {row["KostenplaatsId"] for row in books.cost_centres}
    checks = {
        "CFACT037": line["Code"],
        "CFACT039": line["Omschrijving"],
        "CFACT041": line["BTWCode"],
        "CFACT042": line["BTWCode"] in books.vat,
        "CFACT040": line["TegenrekeningCode"],
        "CMUT012": line["TegenrekeningCode"] in revenue,
        "CFACT212": line["KostenplaatsID"] in centres | {0},
    }
    return (code for code, fine in checks.items() if not fine)
