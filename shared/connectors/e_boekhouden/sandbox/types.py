"""The types of requests: order, what is required, and lengths (e-Boekhouden fact sheet, section 4).

Written anew from the sheet and not from the connector's WSDL, so that an error in one shows in the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    """One element of a sequence. `type` is an XSD type or the name of another type here; `most`: longest text."""

    name: str
    type: str
    required: bool
    most: int | None


def _field(text: str) -> Field:
    """`Code:15` is a text, `ID=long!` a required number, `oRel=cRelatie` another type."""
    name, _, rest = text.partition("=")
    if rest:
        return Field(name, rest.removesuffix("!"), rest.endswith("!"), None)
    name, _, most = text.partition(":")
    return Field(name, "string", required=False, most=int(most) if most else None)


def _fields(text: str) -> tuple[Field, ...]:
    return tuple(_field(part) for part in text.split())


_FREE_FIELDS = " ".join(f"Def{number}:100" for number in range(1, 11))

TYPES: Mapping[str, tuple[Field, ...]] = {
    "cRelatieFilter": _fields("Trefwoord Code:15 ID=long!"),
    "cRelatie": _fields(
        "ID=long! AddDatum=dateTime! Code:15 Bedrijf:100 Contactpersoon:150 Geslacht:1 Adres:150 Postcode:50 Plaats:50 "
        "Land:50 Adres2:150 Postcode2:50 Plaats2:50 Land2:50 Telefoon:50 GSM:50 FAX:50 Email:150 Site:50 Notitie "
        "Bankrekening:50 Girorekening:50 BTWNummer:50 KvkNummer:50 Aanhef:50 IBAN:50 BIC:50 BP:1 "
        f"{_FREE_FIELDS} LA:1 Gb_ID=long! GeenEmail=long! NieuwsbriefgroepenCount=long!"
    ),
    "cArtikelFilter": _fields("ArtikelID=long ArtikelOmschrijving ArtikelCode:20 GroepOmschrijving:50 GroepCode:50"),
    "cFactuur": _fields(
        "Factuurnummer:50 Relatiecode:15 Datum=dateTime! Betalingstermijn=long! Factuursjabloon:50 "
        "PerEmailVerzenden=boolean! EmailOnderwerp EmailBericht EmailVanAdres:150 EmailVanNaam:150 "
        "AutomatischeIncasso=boolean! IncassoIBAN:150 IncassoMachtigingSoort:1 IncassoMachtigingID:50 "
        "IncassoMachtigingDatumOndertekening=dateTime! IncassoMachtigingFirst=boolean! IncassoRekeningNummer:150 "
        "IncassoTnv:150 IncassoPlaats:150 IncassoOmschrijvingRegel1:50 IncassoOmschrijvingRegel2:50 "
        "IncassoOmschrijvingRegel3:50 InBoekhoudingPlaatsen=boolean! BoekhoudmutatieOmschrijving:200 "
        "Regels=ArrayOfCFactuurRegel"
    ),
    "cFactuurRegel": _fields(
        "Aantal=double! Eenheid:50 Code:50 Omschrijving PrijsPerEenheid=double! BTWCode:12 TegenrekeningCode:10 "
        "KostenplaatsID=long!"
    ),
    "cFactuurFilter": _fields("Factuurnummer:50 Relatiecode:15 DatumVan=dateTime! DatumTm=dateTime!"),
    "cGrootboekrekeningFilter": _fields("ID=long! Code:10 Categorie:10"),
    "cKostenplaatsFilter": _fields("KostenplaatsID=long KostenplaatsParentID=long Omschrijving:50"),
}

ARRAYS: Mapping[str, str] = {"ArrayOfCFactuurRegel": "cFactuurRegel"}

_SESSION = "SessionID:50 SecurityCode2:50"

OPERATIONS: Mapping[str, tuple[Field, ...]] = {
    "OpenSession": _fields("Username:55 SecurityCode1:50 SecurityCode2:50 Source:15"),
    "OpenSessionSub": _fields("Username:55 SecurityCode1:50 SecurityCode2:50 AdministratieGUID:50 Source:15"),
    "GetAdministraties": _fields(_SESSION),
    "GetRelaties": _fields(f"{_SESSION} cFilter=cRelatieFilter"),
    "AddRelatie": _fields(f"{_SESSION} oRel=cRelatie"),
    "GetArtikelen": _fields(f"{_SESSION} cFilter=cArtikelFilter"),
    "AddFactuur": _fields(f"{_SESSION} oFact=cFactuur"),
    "GetFacturen": _fields(f"{_SESSION} cFilter=cFactuurFilter"),
    "GetGrootboekrekeningen": _fields(f"{_SESSION} cFilter=cGrootboekrekeningFilter"),
    "GetKostenplaatsen": _fields(f"{_SESSION} cFilter=cKostenplaatsFilter"),
}
"""Those that this sandbox offers, of the sheet's 20 (section 3)."""
