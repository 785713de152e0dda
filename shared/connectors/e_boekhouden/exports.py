"""From our documents to e-Boekhouden's requests. Pure (e-Boekhouden fact sheet, sections 4 and 7).

There are no drafts: an invoice has a number as soon as it is there, and can be neither changed nor deleted from here.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from shared.errors import Unmappable, Unsupported
from shared.mapping import Draft, Job, Request
from shared.schemas.documents import Customer, Invoice, NewRelation, SourceDocument, WorkOrder

from . import billed, countries, lengths, worked
from .gathered import BillJob, Gathered, InvoiceJob, WorkOrderJob, payer
from .lines import Line, named, title, too_many
from .mandates import direct_debit
from .settings import Settings

PATH = "/soap.asmx"


def customers(job: BillJob, _gathered: Gathered) -> list[Customer]:
    """The relation an invoice needs: who pays."""
    return [payer(job.document)]


def debtor_number(customer: Customer) -> str:
    """A relation's identity on the platform."""
    return customer.debtor_number


def relation(job: Job[SourceDocument, Settings], customer: Customer) -> Draft:
    """A new relation, under the platform's number.

    Raises `Unmappable` when the user wants relations to be added by hand, `Rejected` for a text that is too long.
    """
    who = f"customer {customer.name} ({customer.debtor_number})"
    if not job.settings.create_relations:
        raise Unmappable(
            "create_relations",
            f"{who.capitalize()} is not in e-Boekhouden. Add it there and send the document again, or let relations be "
            "created in the settings.",
        )
    address = customer.address
    body = {
        "Code": customer.debtor_number,
        "Bedrijf": customer.name,
        "Contactpersoon": customer.contact or "",
        "Adres": f"{address.street} {address.house_number}".strip(),
        "Postcode": address.postal_code,
        "Plaats": address.city,
        "Land": countries.name_of(address.country),
        "Telefoon": customer.phone or "",
        "Email": customer.email or "",
        "BTWNummer": customer.vat_number or "",
        "KvkNummer": customer.coc_number or "",
        # The platform does not tell private customers from others: `B`, business, is the package's standard.
        "BP": "B",
    }
    lengths.relation(body, who)
    filled = {name: value for name, value in body.items() if value}
    return Draft(
        Request("POST", PATH, {"AddRelatie": {"oRel": {**filled, "AddDatum": _day(job.document).isoformat()}}})
    )


def work_order(job: WorkOrderJob, gathered: Gathered) -> Draft:
    """The invoice of a completed work order. Errors as `worked.lines`."""
    currency = job.document.currency or job.administration.currency
    return _draft(job, gathered, worked.lines(job, gathered), currency, job.settings.payment_term)


def invoice(job: InvoiceJob, gathered: Gathered) -> Draft:
    """A final invoice or credit note; that has negative amounts. Errors as `billed.lines`."""
    document, found = job.document, billed.lines(job, gathered)
    due = document.due_date
    term = max((due - document.invoice_date).days, 0) if due else job.settings.payment_term
    return _draft(job, gathered, found, document.currency, term, warnings=tuple(billed.differences(found, job)))


def marker(reference: str) -> str:
    """What the first line's text begins with when the package numbers: how the invoice is found again."""
    return f"[{reference}]"


def _draft(
    job: BillJob,
    gathered: Gathered,
    found: Sequence[Line],
    currency: str,
    term: int | None,
    warnings: tuple[str, ...] = (),
) -> Draft:
    if currency != job.administration.currency:
        raise Unsupported(
            f"{named(job).capitalize()} is in {currency}, and invoices of e-Boekhouden are in "
            f"{job.administration.currency}. Book it by hand."
        )
    too_many(len(found), job)
    customer = gathered.relation.Code if gathered.relation else payer(job.document).debtor_number
    body = {"Relatiecode": customer, **_header(job, term), **_mail(job), **direct_debit(job, gathered)}
    regels = [one.body(job.settings.cost_centre) for one in found]
    regels[0]["Omschrijving"] = _first_text(job, regels[0]["Omschrijving"])
    return Draft(
        Request("POST", PATH, {"AddFactuur": {"oFact": {**body, "Regels": {"cFactuurRegel": regels}}}}),
        customer=customer,
        total_excl=billed.total(found),
        currency=currency,
        day=_day(job.document),
        warnings=warnings,
    )


def _header(job: BillJob, term: int | None) -> dict[str, Any]:
    settings = job.settings
    if settings.template is None:
        raise Unmappable("template", "Enter the name of the invoice template in the settings.")
    if term is None:
        raise Unmappable("payment_term", f"{named(job).capitalize()} has no due date. Choose a payment term.")
    day = _day(job.document).isoformat()
    header: dict[str, Any] = {"Datum": day, "Betalingstermijn": term, "Factuursjabloon": settings.template}
    # Required without a direct debit, too (section 4, cFactuur).
    header["IncassoMachtigingDatumOndertekening"] = day
    if settings.numbered_by == "platform":
        lengths.must_fit(job.reference, lengths.NUMBER, f"The number of {named(job)}")
        header["Factuurnummer"] = job.reference
    if settings.book:
        booking = " / ".join((title(job), *_credited(job)))
        lengths.must_fit(booking, lengths.BOOKING, f"The booking description of {named(job)}")
        header |= {"InBoekhoudingPlaatsen": True, "BoekhoudmutatieOmschrijving": booking}
    return header


def _mail(job: BillJob) -> dict[str, Any]:
    """By e-mail at once, if the user wants it; then it needs a subject, a text and a sender (section 4)."""
    settings = job.settings
    if not settings.send_email:
        return {}
    if not settings.email_subject:
        raise Unmappable("email_subject", "Invoices are sent by e-mail: write a subject in the settings.")
    if not settings.email_message:
        raise Unmappable("email_message", "Invoices are sent by e-mail: write a message in the settings.")
    if not settings.email_from:
        raise Unmappable("email_from", "Invoices are sent by e-mail: enter the sender's address in the settings.")
    return {
        "PerEmailVerzenden": True,
        "EmailOnderwerp": settings.email_subject,
        "EmailBericht": settings.email_message,
        "EmailVanAdres": settings.email_from,
        "EmailVanNaam": settings.email_from_name or "",
    }


def _first_text(job: BillJob, text: str) -> str:
    """Our mark, if the package numbers; what a credit note credits; the texts of the work; the line's own text."""
    mark = [marker(job.reference)] if job.settings.numbered_by == "package" else []
    heads = " ".join((*mark, *_credited(job)))
    return "\n".join(part for part in (heads, *_texts(job), text) if part)


def _credited(job: BillJob) -> list[str]:
    credited = job.made.get("credited")
    return [f"Credit van factuur {credited.number}"] if credited and credited.number else []


def _texts(job: BillJob) -> list[str]:
    document = job.document
    if not isinstance(document, WorkOrder) or job.settings.texts == "none":
        return []
    return [text.strip() for text in (document.short_description, document.description) if text.strip()]


def _day(document: SourceDocument) -> date:
    """The day in the books; of a new relation, when it was made."""
    match document:
        case WorkOrder():
            return document.work_date
        case Invoice():
            return document.invoice_date
        case NewRelation():
            return document.created_at.date()
