"""The story of the demo and the contract tests in this sandbox: an installation company and its customers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from shared.sandbox import Fault, Sandbox
from shared.sandbox.scenario import Booked, Calls, Needed, NoVat, Scenario

from . import envelopes
from .api import operation
from .envelopes import Spelling
from .seed import COMPANIES, WITHOUT_VAT
from .store import Books, Row

if TYPE_CHECKING:
    from . import EBoekhoudenSandbox

CODE_1 = "7d1f0c9b8a6e5d4c3b2a190817263544"
CODE_2 = COMPANIES[0].guid
_GUIDS = tuple(one.guid for one in COMPANIES)
_LINE = ("Aantal", "Eenheid", "Code", "Omschrijving", "PrijsPerEenheid", "BTWCode", "TegenrekeningCode")
HOUR_UNITS = ("uur", "uren", "hour", "h")


@dataclass(frozen=True)
class _Records:
    """The table a kind is in, what is changed by hand, what spoils it, and which rows default filters let through."""

    table: str
    name: str
    spoiled: Row
    chosen: Callable[[Row], bool]


def _hours(row: Row) -> bool:
    return str(row["Eenheid"]).lower() in HOUR_UNITS


_NOTHING = {"ArtikelOmschrijving": "", "ArtikelCode": ""}
_KINDS: Mapping[str, _Records] = {
    "relation": _Records("relations", "Bedrijf", {"Bedrijf": "", "Code": ""}, lambda _: True),
    "product": _Records("articles", "ArtikelOmschrijving", _NOTHING, lambda row: row["Actief"] and not _hours(row)),
    "hour_type": _Records("articles", "ArtikelOmschrijving", _NOTHING, lambda row: row["Actief"] and _hours(row)),
}


def administration_code(guid: str) -> str:
    """The code of an administration as the connector shows it: its GUID is a secret, so only a trace of it is shown."""
    return sha256(guid.strip("{}").upper().encode()).hexdigest()[:12]


def _mine(sandbox: Sandbox) -> EBoekhoudenSandbox:
    mine: Any = sandbox
    return mine  # type: ignore[no-any-return]  # this package's own sandbox


def _books(sandbox: Sandbox, administration: str) -> Books:
    return _mine(sandbox).books(next(guid for guid in _GUIDS if administration_code(guid) == administration))


def _ids(sandbox: Sandbox, kind: str, administration: str | None = None) -> Iterator[int]:
    records = _KINDS[kind]
    rows = _books(sandbox, administration or SCENARIO.administration).table(records.table)
    return (id for id, row in rows.items() if records.chosen(row))


def _listed(sandbox: Sandbox, administration: str, kind: str) -> Mapping[str, str]:
    rows, column = _books(sandbox, administration).table(_KINDS[kind].table), _KINDS[kind].name
    return {str(id): str(rows[id][column]) for id in _ids(sandbox, kind, administration)}


def _filled(sandbox: Sandbox) -> Iterator[tuple[str, Books]]:
    return ((administration_code(guid), _mine(sandbox).books(guid)) for guid in _GUIDS)


def _documents(sandbox: Sandbox) -> Sequence[Booked]:
    return [_booked(code, row) for code, books in _filled(sandbox) for row in books.invoices.values()]


def _booked(administration: str, row: Row) -> Booked:
    header = [str(row[name]) for name in ("TotaalExclBTW", "TotaalBTW", "TotaalInclBTW", "Betalingstermijn")]
    lines = [[str(line[name]) for name in _LINE] for line in row["Regels"]]
    total, says = row["TotaalExclBTW"], json.dumps([header, lines])
    return Booked(administration, _reference(row), row["Factuurnummer"], total, row["Relatiecode"], says)


def _records(sandbox: Sandbox) -> Sequence[Needed]:
    return [
        Needed(code, "relation", books.relations[id]["Code"], str(id))
        for code, books in _filled(sandbox)
        for id in books.made
        if id in books.relations
    ]


def _reference(invoice: Row) -> str:
    """The number is our reference; where the package numbered the invoice, it stands in the first line's text."""
    text = invoice["Regels"][0]["Omschrijving"]
    return str(text[1:].partition("]")[0] if text.startswith("[") else invoice["Factuurnummer"])


def _sent_out(sandbox: Sandbox) -> Sequence[str]:
    memory = sandbox.memory()
    return [row["Factuurnummer"] for row in (*memory["mailed"], *memory["collected"])]


def _change(sandbox: Sandbox, kind: str) -> str:
    id, records = next(_ids(sandbox, kind)), _KINDS[kind]
    _mine(sandbox).change(records.table, id, **{records.name: "Met de hand gewijzigd"})
    return str(id)


def _spoil(sandbox: Sandbox, kind: str) -> str:
    id, records = next(_ids(sandbox, kind)), _KINDS[kind]
    _mine(sandbox).change(records.table, id, **records.spoiled)
    return str(id)


def _remove(sandbox: Sandbox, kind: str) -> str:
    id = next(_ids(sandbox, kind))
    _mine(sandbox).remove(_KINDS[kind].table, id)
    return str(id)


def _discard(sandbox: Sandbox, reference: str) -> None:
    invoices = _mine(sandbox).books().invoices
    for number in [number for number, row in invoices.items() if _reference(row) == reference]:
        del invoices[number]


def _refusal(words: str, code: str = "CFACT999") -> Fault:
    body = envelopes.answer("Any", Spelling().error(code, words))
    return Fault(status=200, headers={"content-type": "text/xml"}, body=body)


def _limited(_until: datetime) -> Fault:
    """No moment is named (section 8, E003.1)."""
    return _refusal("Limiet aantal aanroepen bereikt", "E003.1")


def _call(*operations: str) -> Calls:
    return Calls("|".join(f"#{name}$" for name in operations))


SCENARIO = Scenario(
    user="devries",
    site="nl",
    administration=administration_code(CODE_2),
    second_administration=administration_code(COMPANIES[1].guid),
    settings={
        "vat_codes": {"21": "HOOG_VERK_21", "9": "LAAG_VERK_9"},
        "vat_default": "HOOG_VERK_21",
        "default_hour_type": "UUR-MONT",
        "payment_term": 30,
        "ledger": "8000",
    },
    materials=("ARB-VOORRIJ",),
    hour_type="UUR-MONT",
    no_vat=NoVat(
        material=WITHOUT_VAT,
        settings={"vat_codes": {}, "vat_default": None},
        waits_for="vat_codes",
        heals={"vat_codes": {"21": "HOOG_VERK_21"}},
    ),
    listed=_listed,
    documents=_documents,
    records=_records,
    # The package has no drafts: an invoice is numbered as soon as it is there.
    unfinished=lambda _: [],
    sent_out=_sent_out,
    logins=_call("OpenSession"),
    reads={
        "relation": _call("GetRelaties"),
        "product": _call("GetArtikelen"),
        "hour_type": _call("GetArtikelen"),
    },
    writes={"relation": _call("AddRelatie"), "invoice": _call("AddFactuur")},
    change=_change,
    spoil=_spoil,
    remove=_remove,
    discard=_discard,
    revoke=lambda sandbox: _mine(sandbox).sessions.lock("devries"),
    limited=_limited,
    refusal=_refusal,
    operation=operation,
    limit_names_moment=False,
    credentials={"username": "devries", "code1": CODE_1, "code2": CODE_2},
    small={"relations": 40, "articles": 30},
    paged={"relations": 2200, "articles": 2150},
    least={"relations": 4, "articles": 12},
)
