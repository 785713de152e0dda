"""From our documents to Exact Online's requests. Pure (Exact fact sheet, section 8).

A sales order and a sales invoice are alike but for journal, ledgers and warehouse. Both are open; only `processing`,
where the user wants it, numbers and books an invoice. Nothing is sent by us.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from shared.errors import Unmappable, Unsupported
from shared.mapping import Draft, Job, Request
from shared.schemas.documents import Customer, SourceDocument

from . import odata
from .gathered import Gathered, WorkOrderJob, warehouse_code, warehouse_codes
from .lines import Line
from .materials import NewItem, material_lines, new_items
from .settings import Settings
from .texts import header_texts, text_lines
from .worked import hour_lines


def customers(job: WorkOrderJob, _gathered: Gathered) -> list[Customer]:
    """The relations a work order needs: who pays, and where the work was done if that is somebody else."""
    order = job.document
    found = {customer.debtor_number: customer for customer in (order.site_customer, order.invoice_customer)}
    return list(found.values())


def debtor_number(customer: Customer) -> str:
    """A relation's identity on the platform."""
    return customer.debtor_number


def account_code(customer: Customer) -> str | None:
    """The debtor number as an account code, if it can be one: up to 18 digits (Exact fact sheet, section 7).

    One with a leading zero cannot: whether Exact keeps the zero is not known. Such relations go by search code.
    """
    number = customer.debtor_number
    return number if re.fullmatch("[1-9][0-9]{0,17}", number) else None


def account_id(customer: Customer) -> str | None:
    """The account's id, if the platform knows one that can be Exact's (a GUID)."""
    known = (customer.external_id or "").strip("{}").lower()
    return known if re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", known) else None


def relation(job: Job[SourceDocument, Settings], customer: Customer) -> Draft:
    """A new account. Status C, because only customers can be invoiced (section 8).

    Raises `Unmappable` when the user wants customers to be added by hand.
    """
    if not job.settings.create_relations:
        raise Unmappable(
            "create_relations",
            f"Customer {customer.name} ({customer.debtor_number}) is not in Exact Online. Add it there and send the "
            "document again, or let customers be created in the settings.",
        )
    address = customer.address
    body = {
        "Name": customer.name,
        "Status": "C",
        "Code": account_code(customer),
        "SearchCode": customer.debtor_number,
        "AddressLine1": f"{address.street} {address.house_number}".strip(),
        "Postcode": address.postal_code,
        "City": address.city,
        "Country": address.country,
        "Email": customer.email,
        "Phone": customer.phone,
        "VATNumber": customer.vat_number,
        "ChamberOfCommerce": customer.coc_number,
    }
    return Draft(Request("POST", odata.path(job.administration.code, "crm/Accounts"), odata.filled(body)))


def sales_order(job: WorkOrderJob, gathered: Gathered) -> Draft:
    """A sales order, open."""
    found = _lines(job, gathered)
    extra = {"WarehouseID": _warehouse(job, gathered), "SalesOrderLines": [line.body | _costs(job) for line in found]}
    draft = _draft(job, "salesorder/SalesOrders", found, extra)
    return replace(draft, warnings=(*_warnings(job, gathered, found), *_several_warehouses(job)))


def sales_invoice(job: WorkOrderJob, gathered: Gathered) -> Draft:
    """A sales invoice, open: Exact gives it a number and a date when it is processed.

    It names no warehouse: an invoice of the ordinary type has none (section 8).
    """
    journal = job.settings.journal
    if journal is None:
        raise Unmappable("journal", "Choose the sales journal for invoices in the settings.")
    found = _lines(job, gathered)
    bodies = [line.body | _costs(job) | _ledger(line, job, gathered) for line in found]
    draft = _draft(job, "salesinvoice/SalesInvoices", found, {"Journal": journal, "SalesInvoiceLines": bodies})
    return replace(draft, warnings=_warnings(job, gathered, found))


def processing(job: Job[SourceDocument, Settings]) -> Draft:
    """Process a sales invoice: Exact numbers and books it. It stays in the house (section 8, PrintedSalesInvoices)."""
    body = {
        "InvoiceID": job.made["document"].vendor_id,
        "SendEmailToCustomer": False,
        "SendInvoiceViaPeppol": False,
        "SendInvoiceToCustomerPostbox": False,
        # Otherwise the relation's own invoicing method would send it.
        "SendOutputBasedOnAccount": False,
    }
    return Draft(Request("POST", odata.path(job.administration.code, "salesinvoice/PrintedSalesInvoices"), body))


def product(job: Job[SourceDocument, Settings], new: NewItem) -> Draft:
    """A new item. Exact keeps no stock of it, and its price stands on the lines: the API cannot set one (section 8)."""
    body = {
        "Code": new.code,
        "Description": new.description,
        "IsSalesItem": True,
        "IsStockItem": False,
        "Unit": new.unit,
        "SalesVatCode": new.vat_code and new.vat_code.ljust(3),
        "ItemGroup": new.group,
    }
    return Draft(Request("POST", odata.path(job.administration.code, "logistics/Items"), odata.filled(body)))


def item_code(new: NewItem) -> str:
    """An item's identity on the platform."""
    return new.code


def _lines(job: WorkOrderJob, gathered: Gathered) -> list[Line]:
    """Texts first, then what is billed, in the order the user chose."""
    used, worked = list(material_lines(job, gathered)), list(hour_lines(job, gathered))
    billed = [*worked, *used] if job.settings.line_order == "hours_first" else [*used, *worked]
    if not billed:
        raise Unsupported(f"Work order {job.document.number} has no lines to bill, so there is no document to make.")
    return [*text_lines(job, gathered), *billed]


def _draft(job: WorkOrderJob, resource: str, found: Sequence[Line], extra: dict[str, Any]) -> Draft:
    body = odata.filled(_header(job) | extra)
    return Draft(
        Request("POST", odata.path(job.administration.code, resource), body),
        customer=body["OrderedBy"],
        total_excl=_total(found),
        currency=job.document.currency or job.administration.currency,
        day=job.document.work_date,
    )


def _header(job: WorkOrderJob) -> dict[str, Any]:
    order = job.document
    header = {
        "OrderedBy": _account(job, order.invoice_customer),
        "DeliverTo": _account(job, order.site_customer),
        # Our marker: how the document is found again after a lost answer (section 7). The date has no zone (section 3).
        "YourRef": job.reference,
        "OrderDate": order.work_date.isoformat(),
        **header_texts(job),
        "Currency": order.currency,
    }
    # What equals the default is not sent: Exact delivers to who ordered, in the administration's currency.
    if header["DeliverTo"] == header["OrderedBy"]:
        del header["DeliverTo"]
    if header["Currency"] == job.administration.currency:
        del header["Currency"]
    return odata.filled(header)


def _account(job: WorkOrderJob, customer: Customer) -> str:
    return job.ensured[f"relation:{customer.debtor_number}"]


def _total(found: Sequence[Line]) -> Decimal | None:
    """The sum of the lines; None when Exact decides the price of one."""
    totals = [line.total for line in found if line.total is not None]
    return sum(totals, Decimal(0)) if len(totals) == len(found) else None


def _costs(job: WorkOrderJob) -> dict[str, Any]:
    return odata.filled({"CostCenter": job.settings.cost_centre, "CostUnit": job.settings.cost_unit})


def _ledger(line: Line, job: WorkOrderJob, gathered: Gathered) -> dict[str, Any]:
    """Only where one is given: the item, or its group, has one of its own."""
    if line.ledger is None:
        return {}
    if line.ledger not in gathered.ledgers:
        raise Unmappable(
            "ledger",
            f"Ledger {line.ledger}, for item {line.code} on work order {job.document.number}, is not in Exact Online. "
            "Add it there and send the work order again, or choose another in the settings.",
        )
    return {"GLAccount": gathered.ledgers[line.ledger]}


def _warehouse(job: WorkOrderJob, gathered: Gathered) -> str | None:
    code = warehouse_code(job)
    if code is not None and code not in gathered.warehouses:
        raise Unmappable(
            "warehouse",
            f"Warehouse {code}, for work order {job.document.number}, is not in Exact Online. Add it there and send "
            "the work order again, or choose another in the settings.",
        )
    return gathered.warehouses[code] if code else None


def _several_warehouses(job: WorkOrderJob) -> tuple[str, ...]:
    named = warehouse_codes(job.document)
    if len(named) < 2:  # noqa: PLR2004  # several
        return ()
    chosen = warehouse_code(job) or "the main one"
    return (f"Its materials come from warehouses {', '.join(named)}, and an order has one: {chosen} was used.",)


def _warnings(job: WorkOrderJob, gathered: Gathered, found: Sequence[Line]) -> tuple[str, ...]:
    made = [f"Item {new.code} was not in Exact Online; it was created." for new in new_items(job, gathered)]
    replaced = {line.code: line.item.Code for line in found if line.code != line.item.Code}
    used = [f"Item {code} is not in Exact Online; item {other} was used." for code, other in replaced.items()]
    return (*made, *used, *_unpriced(found))


def _unpriced(found: Sequence[Line]) -> Sequence[str]:
    """A price list may have one; if not, Exact takes zero and says nothing."""
    codes = {line.code: None for line in found if line.price is None and line.item.StandardSalesPrice is None}
    return [
        f"Item {code} has no price on the work order and no standard price in Exact Online. Check the price of its "
        "line there."
        for code in codes
    ]
