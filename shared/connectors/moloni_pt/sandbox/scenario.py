"""The story of the demo and the contract tests in this sandbox: an installation company and its customers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from shared.sandbox import Fault, Sandbox
from shared.sandbox.scenario import Booked, Calls, Needed, NoVat, Scenario

from .books import CUSTOMERS, DOCUMENTS, KEYS, PRODUCTS, USERS, Books, Row
from .refusals import Problem, plain

if TYPE_CHECKING:
    from . import MoloniSandbox

COMPANY = 9001
_HOURS = {81, 84}
_TABLES = {
    "relation": CUSTOMERS, "product": PRODUCTS, "hour_type": PRODUCTS, "employee": USERS, "order": DOCUMENTS,
}  # fmt: skip
_NAMES = {"relation": "name", "product": "name", "hour_type": "name", "employee": "name", "order": "notes"}
_CHOSEN_BY_ID = {"vat_codes", "vat_default", "maturity_date", "payment_method", "delivery_method"}
_LINE = ("name", "qty", "price", "discount", "exemption_reason")
_INSERTS = {
    "invoice": "invoices",
    "purchase_order": "purchaseOrder",
    "service_list": "deliveryNotes",
    "internal_document": "internalDocuments",
    "invoice_receipt": "invoiceReceipts",
}


def _moloni(sandbox: Sandbox) -> MoloniSandbox:
    moloni: Any = sandbox
    return moloni  # type: ignore[no-any-return]  # this package's own sandbox


def _books(sandbox: Sandbox, company: int = COMPANY) -> Books:
    return _moloni(sandbox).books(company)


def _rows(sandbox: Sandbox, kind: str, company: int = COMPANY) -> Iterator[Row]:
    """The records of a kind that default settings let through."""
    chosen = {
        "product": lambda row: row["unit_id"] % 1000 not in _HOURS,
        "hour_type": lambda row: row["unit_id"] % 1000 in _HOURS,
        "order": lambda row: row["_class"] == "deliveryNotes",
    }
    rows = [*_books(sandbox, company).tables[_TABLES[kind]].values()]
    return filter(chosen.get(kind), rows)


def _id(kind: str, row: Row) -> int:
    return int(row[KEYS[_TABLES[kind]]])


def _chosen_in(sandbox: Sandbox, administration: str, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same choices in another company, which has ids of its own for them."""
    books = _books(sandbox, int(administration))
    return {name: _ids(value, books) if name in _CHOSEN_BY_ID else value for name, value in settings.items()}


def _ids(chosen: Mapping[str, str] | str | None, books: Books) -> Mapping[str, str] | str | None:
    if isinstance(chosen, Mapping):
        return {code: str(books.id_of(int(id))) for code, id in chosen.items()}
    return str(books.id_of(int(chosen))) if chosen else None


def _listed(sandbox: Sandbox, administration: str, kind: str) -> Mapping[str, str]:
    rows = _rows(sandbox, kind, int(administration))
    return {str(_id(kind, row)): str(row[_NAMES[kind]]) for row in rows}


def _documents(sandbox: Sandbox) -> Sequence[Booked]:
    return [_booked(sandbox, row) for row in sandbox.memory()["documents"]]


def _booked(sandbox: Sandbox, row: Row) -> Booked:
    total = Decimal(row["gross_value"]) - row["comercial_discount_value"]
    customer = _books(sandbox, row["company_id"]).tables[CUSTOMERS][row["customer_id"]]
    lines = [
        [*(str(line[name]) for name in _LINE), [tax["tax_id"] for tax in line["taxes"]]] for line in row["products"]
    ]
    says = json.dumps([row["class"], row["status"], str(row["net_value"]), lines])
    reference, id = row["your_reference"], str(row["document_id"])
    return Booked(str(row["company_id"]), reference, id, total, customer["number"], says)


def _records(sandbox: Sandbox) -> Sequence[Needed]:
    rows = sandbox.memory()["customers"]
    return [Needed(str(row["company_id"]), "relation", row["number"], str(row["customer_id"])) for row in rows]


def _unfinished(sandbox: Sandbox) -> Sequence[str]:
    """Drafts."""
    return [row["your_reference"] for row in sandbox.memory()["documents"] if not row["status"]]


def _change(sandbox: Sandbox, kind: str) -> str:
    row = next(_rows(sandbox, kind))
    _moloni(sandbox).change(COMPANY, _TABLES[kind], _id(kind, row), **{_NAMES[kind]: "Changed by hand"})
    return str(_id(kind, row))


def _spoil(sandbox: Sandbox, kind: str) -> str:
    row = next(_rows(sandbox, kind))
    _books(sandbox).change(_TABLES[kind], _id(kind, row), {_NAMES[kind]: {"never": "seen"}})
    return str(_id(kind, row))


def _remove(sandbox: Sandbox, kind: str) -> str:
    id = _id(kind, next(_rows(sandbox, kind)))
    _moloni(sandbox).remove(COMPANY, _TABLES[kind], id)
    return str(id)


def _discard(sandbox: Sandbox, reference: str) -> None:
    rows = [*_books(sandbox).tables[DOCUMENTS].values()]
    for row in (row for row in rows if row["your_reference"] == reference):
        _moloni(sandbox).remove(COMPANY, DOCUMENTS, row["document_id"])


def _revoke(sandbox: Sandbox) -> None:
    oauth = _moloni(sandbox).oauth
    oauth.revoke(next(user.id for user in oauth.users.values() if user.name == SCENARIO.user))


def _limited(_until: datetime) -> Fault:
    """429 without a body or a moment (Moloni PT fact sheet, section 2, Rate limit)."""
    return Fault(status=429)


def _refusal(words: str) -> Fault:
    """200 with a list of errors, where a success would be an object (section 2.1)."""
    return Fault(status=200, body=plain(Problem(99, "notes"), words))


_CLOSED = {f"closed_{name}": Calls(f"/v1/{path}/insert/", "POST") for name, path in _INSERTS.items()}

SCENARIO = Scenario(
    user="Joana Ferreira",
    site="pt",
    administration=str(COMPANY),
    second_administration="9002",
    settings={
        "vat_codes": {"23": "41", "13": "42", "6": "43", "21": "44"},
        "vat_default": "41",
        "default_hour_type": "HORA-TEC",
        "maturity_date": "71",
        "payment_method": "61",
        "delivery_method": "91",
        "closing": "final and reported to the tax authority",
    },
    materials=("DESLOC-ES",),
    hour_type="HORA-TEC",
    no_vat=NoVat(
        material="DIV-SEM-IVA",
        settings={"vat_codes": {}, "vat_default": None},
        waits_for="vat_codes",
        heals={"vat_codes": {"21": "44"}},
    ),
    chosen_in=_chosen_in,
    listed=_listed,
    documents=_documents,
    records=_records,
    unfinished=_unfinished,
    sent_out=lambda _: [],
    logins=Calls("/v1/grant/", "GET"),
    reads={
        "relation": Calls("/v1/customers/get(All|ModifiedSince)/", "POST"),
        "product": Calls("/v1/products/get(All|ModifiedSince)/", "POST"),
        "hour_type": Calls("/v1/products/get(All|ModifiedSince)/", "POST"),
        "employee": Calls("/v1/users/getAll/", "POST"),
        "order": Calls("/v1/deliveryNotes/get(All|ModifiedSince)/", "POST"),
    },
    writes={
        "relation": Calls("/v1/customers/insert/", "POST"),
        "close": Calls("/v1/[a-zA-Z]+/update/", "POST"),
        **{name: Calls(f"/v1/{path}/insert/", "POST") for name, path in _INSERTS.items()},
        **_CLOSED,
    },
    unpaged=("employee",),
    limit_names_moment=False,
    change=_change,
    spoil=_spoil,
    remove=_remove,
    discard=_discard,
    revoke=_revoke,
    limited=_limited,
    refusal=_refusal,
    small={"customers": 40, "products": 30, "service_lists": 6, "employees": 4},
    paged={"customers": 120, "products": 110, "service_lists": 24},
    least={"customers": 5, "products": 6, "service_lists": 0, "employees": 1},
)
