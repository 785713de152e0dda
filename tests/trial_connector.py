"""A trial connector: Exact Online's own, with plain exports of every kind, so that the exporter is tested without them.

A work order becomes a sales order (it bills) or a "timesheet" (it records), an invoice a sales order. Behind each may
come a required follow-up (a note that closes it) and an optional one (a note that carries the PDF's size).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from shared import connectors
from shared.connector import Connector, Ensure, Export, FollowUp
from shared.mapping import Draft, Job, Receipt, Request
from shared.schemas.documents import Invoice, InvoiceLine, MaterialLine, SourceDocument, WorkOrder

AnyJob = Job[Any, Any]
ITEM = "ARB-VOORRIJ"
ORDERS, NOTES, ACCOUNTS = "salesorder/SalesOrders", "documents/Documents", "crm/Accounts"


async def _find(client: Any, resource: str, column: str, value: str, select: str) -> list[dict[str, Any]]:
    query = {"$filter": f"{column} eq '{value}'", "$select": select}
    found = (await client._http.read(_path(client._division, resource), query))["d"]
    return list(found if isinstance(found, list) else found["results"])


def _path(division: str, resource: str) -> str:
    return f"/api/v1/{division}/{resource}"


def _payer(document: SourceDocument) -> Any:
    return document.invoice_customer if isinstance(document, WorkOrder) else document.customer


async def _find_customer(client: Any, customer: Any) -> list[Receipt]:
    rows = await _find(client, ACCOUNTS, "SearchCode", customer.debtor_number, "ID")
    return [Receipt(row["ID"]) for row in rows]


async def _make_customer(client: Any, request: Request) -> Receipt:
    return Receipt((await client._http.write(request))["d"]["ID"])


def _customer(job: AnyJob, customer: Any) -> Draft:
    body = {"Name": customer.name, "SearchCode": customer.debtor_number, "Status": "C"}
    return Draft(Request("POST", _path(job.administration.code, ACCOUNTS), body))


CUSTOMER = Ensure(
    kind="relation",
    wanted=lambda job, _gathered: [_payer(job.document)],
    key=lambda customer: customer.debtor_number,
    find=_find_customer,
    map=_customer,
    send=_make_customer,
)


async def _gather(client: Any, _job: AnyJob) -> str:
    return str((await _find(client, "logistics/Items", "Code", ITEM, "ID"))[0]["ID"])


def _lines(document: SourceDocument) -> Sequence[MaterialLine | InvoiceLine]:
    return document.materials if isinstance(document, WorkOrder) else document.lines


def _order(job: AnyJob, item: str) -> Draft:
    lines = _lines(job.document)
    customer = job.ensured[f"relation:{_payer(job.document).debtor_number}"]
    body = {
        "OrderedBy": customer,
        "YourRef": job.reference,
        "SalesOrderLines": [
            {"Item": item, "Quantity": float(line.quantity), "NetPrice": float(line.unit_price or 0), "VATCode": "4"}
            for line in lines
        ],
    }
    if "credited" in job.made:
        body["Remarks"] = f"credits {job.made['credited'].number}"
    total = sum((line.quantity * (line.unit_price or 0) for line in lines), Decimal(0))
    return Draft(
        Request("POST", _path(job.administration.code, ORDERS), body),
        customer=customer,
        total_excl=total,
        warnings=(f"{job.reference} is only a trial",),
    )


def _order_receipt(row: Mapping[str, Any]) -> Receipt:
    total = None if row["AmountFCExclVat"] is None else Decimal(str(row["AmountFCExclVat"]))
    return Receipt(row["OrderID"], str(row["OrderNumber"]), customer=row["OrderedBy"], total_excl=total)


async def _send_order(client: Any, request: Request) -> Receipt:
    return _order_receipt((await client._http.write(request))["d"])


async def _find_order(client: Any, job: AnyJob) -> list[Receipt]:
    select = "OrderID,OrderNumber,OrderedBy,AmountFCExclVat"
    return [_order_receipt(row) for row in await _find(client, ORDERS, "YourRef", job.reference, select)]


def _note(subject: str, job: AnyJob) -> Draft:
    return Draft(Request("POST", _path(job.administration.code, NOTES), {"Subject": subject, "Type": 183}))


async def _send_note(client: Any, request: Request) -> Receipt:
    return Receipt((await client._http.write(request))["d"]["ID"])


def _finder(word: str) -> Any:
    async def find(client: Any, job: AnyJob) -> list[Receipt]:
        rows = await _find(client, NOTES, "Subject", f"{word} {job.reference}", "ID")
        return [Receipt(row["ID"]) for row in rows]

    return find


CLOSING = FollowUp(
    name="closing",
    title="closing it",
    wanted=lambda _job: True,
    find=_finder("closed"),
    map=lambda job: _note(f"closed {job.reference}", job),
    send=_send_note,
)
ATTACHING = FollowUp(
    name="attachment",
    title="attaching its PDF",
    wanted=lambda job: job.document.pdf_url is not None,
    find=_finder("pdf"),
    map=lambda job: _note(f"pdf {job.reference}", job),
    send=_send_note,
    optional=True,
    needs_pdf=True,
)


async def _mark(client: Any, request: Request) -> Receipt:
    await client._http.write(request)
    return Receipt(request.path.split("'")[1])


async def _marked(client: Any, job: AnyJob) -> list[Receipt]:
    rows = await _find(client, ORDERS, "YourRef", job.reference, "OrderID,Description")
    return [Receipt(row["OrderID"]) for row in rows if row["Description"] == "closed"]


def _mark_of(job: AnyJob) -> Draft:
    order = f"{ORDERS}(guid'{job.made['document'].vendor_id}')"
    return Draft(Request("PUT", _path(job.administration.code, order), {"Description": "closed"}))


MARKING = FollowUp(name="marking", title="marking it", wanted=lambda _job: True, find=_marked, map=_mark_of, send=_mark)
"""Changes the document itself, so that both have one id."""

ORDER = Export(
    title="Order",
    bills=True,
    map=_order,
    send=_send_order,
    find=_find_order,
    gather=_gather,
    ensures=(CUSTOMER,),
)


def trial(*follow_ups: FollowUp) -> Connector:
    """Exact Online with the trial exports; `follow_ups` come behind each of them."""
    order = replace(ORDER, follow_ups=follow_ups)
    exports = {
        (WorkOrder, "sales_order"): order,
        (WorkOrder, "sales_invoice"): replace(order, title="Timesheet", bills=False),
        (Invoice, "sales_entry"): order,
    }
    return replace(connectors.get("exact_online"), exports=exports)
