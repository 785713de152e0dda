"""The records of e-Boekhouden in its own words (e-Boekhouden fact sheet, section 4). Only what is used."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator


def _none_if_empty(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


Text = Annotated[str | None, BeforeValidator(_none_if_empty), Field(default=None)]
"""A text that may be missing; an empty one counts as missing."""


class Row(BaseModel):
    """Base of all records. Fields that nobody knows are ignored: the package adds some from time to time."""

    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True)


class Relatie(Row):
    """A relation. `Code` is its number, `ID` never changes. `Land` is free text; `BP`: B business, P private."""

    ID: str = Field(pattern="^[0-9]+$")
    Code: str = Field(min_length=1)
    Bedrijf: Text
    Contactpersoon: Text
    Adres: Text
    Postcode: Text
    Plaats: Text
    Land: Text
    Telefoon: Text
    GSM: Text
    Email: Text
    Site: Text
    BTWNummer: Text
    KvkNummer: Text
    IBAN: Text
    BP: Text


class Artikel(Row):
    """An article. Prices exclude VAT where their name says so; hours are articles whose unit is an hour."""

    ArtikelID: str = Field(pattern="^[0-9]+$")
    ArtikelCode: Text
    ArtikelOmschrijving: Text
    GroepCode: Text
    Eenheid: Text
    InkoopprijsExclBTW: Decimal
    VerkoopprijsExclBTW: Decimal
    BTWCode: Text
    TegenrekeningCode: Text
    Actief: bool

    @model_validator(mode="after")
    def _has_a_name(self) -> Artikel:
        if not self.name:
            raise ValueError("the article has neither a description nor a code")
        return self

    @property
    def name(self) -> str:
        """What a person calls it."""
        return self.ArtikelOmschrijving or self.ArtikelCode or ""


class Regel(Row):
    """A line of an invoice."""

    Omschrijving: Text


def _lines(value: Any) -> Any:
    return (value.get("cFactuurRegel") or ()) if isinstance(value, dict) else value or ()


class Factuur(Row):
    """An invoice as it is listed. `Regels` are its lines."""

    Factuurnummer: str
    Relatiecode: Text
    Datum: datetime
    TotaalExclBTW: Decimal
    TotaalInclBTW: Decimal
    Regels: Annotated[tuple[Regel, ...], BeforeValidator(_lines)] = ()

    @property
    def text(self) -> str:
        """The text of the first line, on one line."""
        return " ".join(((self.Regels[0].Omschrijving if self.Regels else None) or "").split())


class Rekening(Row):
    """A ledger account. Revenue is booked on those of category `VW`, and on `BAL` (section 4, cGrootboekrekening)."""

    Code: str
    Omschrijving: Text
    Categorie: Text


class Kostenplaats(Row):
    """A cost centre."""

    KostenplaatsId: int
    Omschrijving: Text


class Administratie(Row):
    """An administration that the login may open. `Guid` is its second security code: never shown, never kept."""

    Bedrijf: Text
    Plaats: Text
    Guid: str = Field(repr=False)
