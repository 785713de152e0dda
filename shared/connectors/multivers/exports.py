"""From our documents to Multivers' requests. Pure (Multivers fact sheet, sections 4.1 and 4.5).

A work order becomes an order for post-calculation, or goes into the order it was made of; a final invoice becomes an
invoice order. Multivers adds orders up itself, so what it will make of them is computed here.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from shared.errors import Rejected, Unmappable, Unsupported
from shared.mapping import Draft, Job, Request
from shared.schemas.documents import Customer, SourceDocument, VatRegime, WorkOrder

from . import billed, linked, worked
from .forms import dutch, filled, segment
from .gathered import BillJob, Gathered, InvoiceJob, WorkOrderJob, day_of, linked_id, named, payer, payment_condition
from .lines import Line, regime, total_of
from .settings import ORDER_TYPES, Settings

REFERENCE = 60
CUSTOMER_ID, SHORT_NAME, BUSINESS_NUMBER = 8, 8, 15
INVOICE_ORDER = 0
"""`orderType` of a factuurorder."""

_EXCLUDING, _SUBCONTRACTED = 0, 2
"""`chargeVatType`: prices exclude VAT; the customer accounts for it."""

_ADDRESS = 254


def customers(job: BillJob, _gathered: Gathered) -> list[Customer]:
    """The relation a document needs: who pays. An order that is updated has its customer already."""
    return [] if linked_id(job) else [payer(job.document)]


def debtor_number(customer: Customer) -> str:
    """A relation's identity on the platform."""
    return customer.debtor_number


def path_of(administration: str, what: str) -> str:
    """The address of something in an administration."""
    return f"/api/{segment(administration)}/{what}"


def relation(job: Job[SourceDocument, Settings], customer: Customer) -> Draft:
    """A new customer. Raises `Unmappable` when the user wants none made, or the number cannot be one in Multivers.

    Texts that are too long are cut where a person would, and left out where half of one is worth nothing.
    """
    who = f"Customer {customer.name} ({customer.debtor_number})"
    if not job.settings.create_relations:
        raise Unmappable(
            "create_relations",
            f"{who} is not in Multivers. Add it there and send the document again, or let relations be created in the "
            "settings.",
        )
    address = customer.address
    body = {
        "customerId": _customer_id(job.settings, customer, who),
        # Multivers has no other field of ours to search by: so the customer is found again, whoever numbered it.
        "businessNumber": _whole(customer.debtor_number, BUSINESS_NUMBER),
        "shortName": short_name(customer.name),
        "name": customer.name[:40],
        "street1": f"{address.street} {address.house_number}".strip()[:40],
        "zipCode": _whole(address.postal_code, 10),
        "city": address.city[:30],
        "countryId": _country(job, address.country),
        "email": _whole(customer.email, 60),
        "telephone": _whole(customer.phone, 25),
        "vatNumber": _whole(customer.vat_number, 25),
        "cocRegistration": _whole(customer.coc_number, 12),
        "paymentConditionId": job.settings.payment_condition,
    }
    return Draft(Request("POST", path_of(job.administration.code, "Customer"), filled(body)))


def short_name(name: str) -> str:
    """The search name, which is required: letters and digits of the name, eight at most (section 4.1)."""
    plain = re.sub(r"[\W_]", "", name).upper()
    return plain[:SHORT_NAME] or "KLANT"


def order(job: WorkOrderJob, gathered: Gathered) -> Draft:
    """A work order for post-calculation: into its order, else as a new one if the user allows that."""
    if id := linked_id(job):
        if gathered.linked is None:
            raise linked.gone(id)
        return linked.update(job, gathered, gathered.linked, path_of(job.administration.code, f"Order/{segment(id)}"))
    if not job.settings.create_orders:
        raise Unmappable(
            "create_orders",
            f"Work order {job.document.number} was not made of an order of Multivers. Let new orders be created in the "
            "settings, or book it there by hand.",
        )
    document, found = job.document, worked.lines(job, gathered)
    own = {
        "orderType": _type(job.settings.new_order_type),
        "projectId": _project(job),
        "deliveryAddress": _site(document)[:_ADDRESS],
    }
    currency = document.currency or job.administration.currency
    return _draft(job, gathered, [*worked.texts(job), *found], own, currency)


def invoice_order(job: InvoiceJob, gathered: Gathered) -> Draft:
    """A final invoice or credit note; that has negative amounts. Errors as `billed.lines`."""
    found = billed.lines(job, gathered)
    charged = charge_type(job, found) == _EXCLUDING
    return _draft(
        job,
        gathered,
        [*billed.texts(job), *found],
        {"orderType": INVOICE_ORDER},
        job.document.currency,
        billed.differences(found, job, charged=charged),
    )


def processing(job: InvoiceJob) -> Draft:
    """Make an invoice of the order: Multivers numbers and books it. Its arguments stand in the address (4.5)."""
    if job.settings.journal is None:
        raise Unmappable("journal", "Invoice orders are processed at once: choose a sales journal in the settings.")
    day = job.document.invoice_date
    asked = {
        "journalId": job.settings.journal,
        # Fiscal years are taken for calendar years: Multivers refuses a date outside of the period.
        "fiscalYear": day.year,
        "periodNumber": day.month,
        "invoiceDate": dutch(day),
        "orderId": job.made["document"].vendor_id,
    }
    return Draft(Request("POST", path_of(job.administration.code, f"ProcessOrderCommand?{urlencode(asked)}"), {}))


def order_types(job: BillJob) -> frozenset[int]:
    """What our document can be in Multivers: a work order and an invoice may have one number."""
    if isinstance(job.document, WorkOrder):
        return frozenset(ORDER_TYPES) - {INVOICE_ORDER}
    return frozenset({INVOICE_ORDER})


def charge_type(job: BillJob, lines: Sequence[Line]) -> int:
    """How the order is charged: prices exclude VAT, and with reverse charge there is none."""
    return _SUBCONTRACTED if _regime(job, lines) == "reverse_charge" else _EXCLUDING


def _draft(
    job: BillJob,
    gathered: Gathered,
    lines: Sequence[Line],
    own: Mapping[str, Any],
    currency: str,
    warnings: tuple[str, ...] = (),
) -> Draft:
    if currency != job.administration.currency:
        raise Unsupported(
            f"{named(job).capitalize()} is in {currency}, and orders are sent to Multivers in "
            f"{job.administration.currency} only. Book it by hand."
        )
    if len(job.reference) > REFERENCE:
        raise Rejected(f"The number of {named(job)} is longer than the {REFERENCE} characters of a reference.")
    day, customer = day_of(job.document), job.ensured[f"relation:{payer(job.document).debtor_number}"]
    body = {"customerId": customer, **own, **_header(job, gathered, lines, day)}
    rows = [one.body(day, job.settings.cost_centre) for one in lines]
    return Draft(
        Request("POST", path_of(job.administration.code, "Order"), {**filled(body), "orderLines": rows}),
        customer=customer,
        total_excl=total_of(lines),
        currency=currency,
        day=day,
        warnings=warnings,
    )


def _header(job: BillJob, gathered: Gathered, lines: Sequence[Line], day: date) -> dict[str, Any]:
    """Discounts and surcharges of the customer are switched off: they would change our total (section 4.5)."""
    scenario = job.settings.vat_scenarios.get(_regime(job, lines))
    return {
        "orderDate": dutch(day),
        "paymentConditionId": payment_condition(job, gathered),
        "chargeVatType": charge_type(job, lines),
        "vatScenarioId": int(scenario) if scenario else None,
        "reference": job.reference,
        "costCentreId": job.settings.cost_centre,
        "discountPercentage": 0,
        "creditSqueezePerc": 0,
        "applyOrderSurcharge": False,
    }


def _regime(job: BillJob, lines: Sequence[Line]) -> VatRegime:
    """How the customer is taxed: as any line that carries VAT says, else as a line without."""
    charged = any(one.vat and one.vat.percentage for one in lines)
    stated = payer(job.document).vat_regime
    return stated or regime(job, Decimal(1) if charged else Decimal(0))


def _type(wanted: str) -> int:
    return next(code for code, name in ORDER_TYPES.items() if name == wanted)


def _project(job: WorkOrderJob) -> str | None:
    return None if job.settings.project == "none" else getattr(job.document, job.settings.project)


def _site(document: WorkOrder) -> str:
    """Where the work was done, if that is not where the invoice goes."""
    site = document.site_customer
    if site == document.invoice_customer:
        return ""
    address = site.address
    rows = (site.name, f"{address.street} {address.house_number}", f"{address.postal_code} {address.city}")
    return "\n".join(row.strip() for row in rows if row.strip())


def _customer_id(settings: Settings, customer: Customer, who: str) -> str | None:
    if settings.customer_numbers == "package":
        return None
    if len(customer.debtor_number) > CUSTOMER_ID:
        raise Unmappable(
            "customer_numbers",
            f"{who} has a number of more than {CUSTOMER_ID} characters. Let Multivers number new customers, in the "
            "settings, or add this one there by hand.",
        )
    return customer.debtor_number


def _country(job: Job[SourceDocument, Settings], country: str | None) -> str | None:
    """A code of the administration; its own country need not be said."""
    if country is None or country == job.administration.country:
        return None
    return job.settings.countries.get(country, country)


def _whole(value: str | None, longest: int) -> str | None:
    return value if value and len(value) <= longest else None
