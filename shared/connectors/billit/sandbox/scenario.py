"""The story of the demo and the contract tests in this sandbox: an installation company and its customers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from shared.sandbox import Fault, Sandbox
from shared.sandbox.scenario import Booked, Calls, Needed, NoVat, Scenario

from .books import KEYS, ORDERS, PARTIES, PRODUCTS, Books, Row
from .orders import BILLED
from .people import COMPANIES

if TYPE_CHECKING:
    from . import BillitSandbox

COMPANY = 610001
_HOURS = {"uur", "hour"}
_TABLES = {"relation": PARTIES, "product": PRODUCTS, "hour_type": PRODUCTS, "payment": ORDERS}
_HEADER = ("OrderType", "Currency", "TotalExcl", "TotalVAT", "TotalIncl", "IsSent", "Paid")
_LINE = ("Description", "Quantity", "UnitPriceExcl", "VATPercentage", "TotalExcl")
_NAMES = {"relation": "Name", "product": "Description", "hour_type": "Description", "payment": "Currency"}


def _billit(sandbox: Sandbox) -> BillitSandbox:
    billit: Any = sandbox
    return billit  # type: ignore[no-any-return]  # this package's own sandbox


def _books(sandbox: Sandbox, company: int = COMPANY) -> Books:
    return _billit(sandbox).books(company)


def _rows(sandbox: Sandbox, kind: str, company: int = COMPANY) -> Iterator[Row]:
    """The records of a kind that default filters let through."""
    chosen = {
        "relation": lambda row: row["PartyType"] == "Customer",
        "product": lambda row: str(row.get("Unit")).lower() not in _HOURS,
        "hour_type": lambda row: str(row.get("Unit")).lower() in _HOURS,
        "payment": lambda row: row["OrderType"] in BILLED,
    }
    return filter(chosen[kind], [*_books(sandbox, company).tables[_TABLES[kind]].values()])


def _id(kind: str, row: Row) -> int:
    return int(row[KEYS[_TABLES[kind]]])


def _listed(sandbox: Sandbox, administration: str, kind: str) -> Mapping[str, str]:
    rows = _rows(sandbox, kind, int(administration))
    return {str(_id(kind, row)): str(row[_NAMES[kind]]) for row in rows}


def _documents(sandbox: Sandbox) -> Sequence[Booked]:
    return [_booked(sandbox, row) for row in sandbox.memory()["orders"]]


def _booked(sandbox: Sandbox, row: Row) -> Booked:
    """A credit note says what goes back in positive amounts."""
    total = Decimal(row["TotalExcl"]) * (-1 if row["OrderType"] == "CreditNote" else 1)
    customer = _books(sandbox, row["CompanyID"]).tables[PARTIES][row["CustomerID"]]
    lines = [[str(line.get(name)) for name in _LINE] for line in row["OrderLines"]]
    files = sorted(file["FileName"] for file in row["Attachments"])
    says = json.dumps([[str(row.get(name)) for name in _HEADER], lines, files])
    key = str(customer.get("ExternalProviderID"))
    return Booked(str(row["CompanyID"]), row["ExternalProviderID"], str(row["OrderID"]), total, key, says)


def _records(sandbox: Sandbox) -> Sequence[Needed]:
    """Parties: their ids tell whose they are, because no two companies share one."""
    found = []
    for row in sandbox.memory()["parties"]:
        company = next(id for id in COMPANIES if row["PartyID"] in _books(sandbox, id).tables[PARTIES])
        found.append(Needed(str(company), "relation", str(row.get("ExternalProviderID")), str(row["PartyID"])))
    return found


def _unfinished(sandbox: Sandbox) -> Sequence[str]:
    """Offers: an invoice has its number, and counts, as soon as it is there."""
    return [row["ExternalProviderID"] for row in sandbox.memory()["orders"] if row["OrderType"] == "Offer"]


def _sent_out(sandbox: Sandbox) -> Sequence[str]:
    return [str(row["ExternalProviderID"]) for row in sandbox.memory()["sent"]]


def _change(sandbox: Sandbox, kind: str) -> str:
    row, billit = next(_rows(sandbox, kind)), _billit(sandbox)
    if kind != "payment":
        billit.change(COMPANY, _TABLES[kind], _id(kind, row), **{_NAMES[kind]: "Changed by hand"})
    elif row["Paid"]:
        billit.unpay(COMPANY, row["OrderID"])
    else:
        billit.pay(COMPANY, row["OrderID"])
    return str(_id(kind, row))


def _hooked(sandbox: Sandbox) -> list[str]:
    rows = _billit(sandbox).hooks.rows.values()
    return [f"{row['EntityType']} {row['EntityUpdateType']} {row['WebhookURL']}" for row in rows]


def _spoil(sandbox: Sandbox, kind: str) -> str:
    row = next(_rows(sandbox, kind))
    _books(sandbox).change(_TABLES[kind], _id(kind, row), {_NAMES[kind]: {"never": "seen"}})
    return str(_id(kind, row))


def _remove(sandbox: Sandbox, kind: str) -> str:
    id = _id(kind, next(_rows(sandbox, kind)))
    _billit(sandbox).remove(COMPANY, _TABLES[kind], id)
    return str(id)


def _discard(sandbox: Sandbox, reference: str) -> None:
    rows = [*_books(sandbox).tables[ORDERS].values()]
    for row in (row for row in rows if row.get("ExternalProviderID") == reference):
        _billit(sandbox).remove(COMPANY, ORDERS, row["OrderID"])


def _revoke(sandbox: Sandbox) -> None:
    oauth = _billit(sandbox).oauth
    oauth.revoke(next(user.id for user in oauth.users.values() if user.name == SCENARIO.user))


def _limited(until: datetime) -> Fault:
    """429 with the moment in `Retry-After` (Billit fact sheet, section 2, Rate limit)."""
    return Fault(status=429, headers={"Retry-After": format_datetime(until, usegmt=True)})


def _refusal(words: str) -> Fault:
    return Fault(status=400, body=json.dumps({"errors": [{"Code": "GenericError", "Description": words}]}))


SCENARIO = Scenario(
    user="Karel Peeters",
    site="be",
    administration=str(COMPANY),
    second_administration="610002",
    settings={"vat_codes": {"21": "4", "12": "3", "6": "2"}, "vat_default": "4", "default_hour_type": "UUR-MONT"},
    materials=("ARB-VOORRIJ",),
    hour_type="UUR-MONT",
    no_vat=NoVat(
        material="DIV-ZONDER",
        settings={"vat_codes": {}, "vat_default": None},
        waits_for="vat_codes",
        heals={"vat_codes": {"21": "4"}},
    ),
    listed=_listed,
    documents=_documents,
    records=_records,
    unfinished=_unfinished,
    sent_out=_sent_out,
    asks_to_be_called=Calls(r"/v1/webhooks$", "POST"),
    fetches=Calls(r"/v1/orders\?.*OrderID.eq", "GET"),
    hooked=_hooked,
    logins=Calls("/OAuth2/token$"),
    reads={
        "relation": Calls("/v1/parties", "GET"),
        "product": Calls("/v1/products", "GET"),
        "hour_type": Calls("/v1/products", "GET"),
        "payment": Calls("/v1/orders", "GET"),
    },
    writes={
        "relation": Calls("/v1/parties$", "POST"),
        "invoice": Calls("/v1/orders$", "POST"),
        "offer": Calls("/v1/orders$", "POST"),
    },
    attaches=Calls("/v1/orders$", "POST", skip=1),  # one path makes a document and adds to it
    change=_change,
    spoil=_spoil,
    remove=_remove,
    discard=_discard,
    revoke=_revoke,
    limited=_limited,
    refusal=_refusal,
    small={"parties": 40, "products": 30, "invoices": 20},
    paged={"parties": 300, "products": 280, "invoices": 260},
    least={"parties": 5, "products": 4, "invoices": 0},
)
