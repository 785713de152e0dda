"""Customers of documents, as Moloni wants them. Pure (Moloni PT fact sheet, section 3.3)."""

from typing import Any

from shared.errors import Rejected, Unmappable
from shared.mapping import Draft, Job, Request
from shared.schemas.documents import Address, Customer, SourceDocument

from .gathered import Gathered, Payer, WorkOrderJob
from .paths import INSERT_CUSTOMER
from .settings import Settings

FINAL_CONSUMER = "999999990"
"""The tax number of whoever has none (section 3.3)."""

UNKNOWN = "Desconhecido"
"""What Moloni itself writes for an address or city that nobody knows (section 2.1, code 16)."""

_LANGUAGES = {"PT": 1, "ES": 3}
_ENGLISH = 2


def payers(job: WorkOrderJob, gathered: Gathered) -> list[Payer]:
    """The relation a document needs: who pays."""
    customer = job.document.invoice_customer
    return [Payer(customer, gathered.country(customer.address.country))]


def debtor_number(payer: Payer) -> str:
    """A relation's identity on the platform."""
    return payer.customer.debtor_number


def customer_id(customer: Customer) -> str | None:
    """Moloni's id of a customer, if the platform knows one that can be (a number)."""
    known = customer.external_id or ""
    return known if known.isascii() and known.isdigit() else None


def tax_number(customer: Customer) -> str:
    """A tax number without the signs that people write, and in Portugal without the country."""
    plain = "".join(filter(str.isalnum, customer.vat_number or "")).upper()
    return (plain.removeprefix("PT") if customer.address.country in (None, "PT") else plain) or FINAL_CONSUMER


def relation(job: Job[SourceDocument, Settings], payer: Payer) -> Draft:
    """A new customer. Raises `Unmappable` when the user wants customers to be added by hand, or for what is not chosen.

    What Moloni refuses when it is absent is sent as 0 (section 3.3).
    """
    customer, settings = payer.customer, job.settings
    named = f"Customer {customer.name} ({customer.debtor_number})"
    if not settings.create_relations:
        raise Unmappable(
            "create_relations",
            f"{named} is not in Moloni. Add it there and send the document again, or let customers be created in the "
            "settings.",
        )
    if payer.country is None:
        raise Rejected(f"{named} is in {customer.address.country}, which Moloni does not know. Add it there by hand.")
    chosen = {
        "maturity_date_id": int(settings.maturity_date or _missing("maturity_date", "term of payment", named)),
        "payment_method_id": int(settings.payment_method or _missing("payment_method", "payment method", named)),
    }
    own = {"company_id": int(job.administration.code), "country_id": payer.country}
    return Draft(Request("POST", INSERT_CUSTOMER, {**own, **_fields(customer), **chosen, **dict.fromkeys(_ZERO, 0)}))


def street(address: Address) -> str:
    """Street and number: Moloni has one field for both."""
    return f"{address.street} {address.house_number}".strip()


def place(customer: Customer) -> str:
    """Whose place it is and where, on one line."""
    address = customer.address
    parts = (customer.name, street(address), f"{address.postal_code} {address.city}")
    return ", ".join(part.strip() for part in parts if part.strip())


def _fields(customer: Customer) -> dict[str, Any]:
    address = customer.address
    return {
        "vat": tax_number(customer),
        "number": customer.debtor_number,
        "name": customer.name,
        "language_id": _LANGUAGES.get(address.country or "PT", _ENGLISH),
        "address": street(address) or UNKNOWN,
        "city": address.city or UNKNOWN,
        "zip_code": address.postal_code,
        "email": customer.email or "",
        "phone": customer.phone or "",
        "contact_name": customer.contact or "",
    }


_ZERO = ("salesman_id", "payment_day", "discount", "credit_limit", "delivery_method_id")


def _missing(setting: str, what: str, named: str) -> str:
    raise Unmappable(setting, f"{named} is new in Moloni and needs a {what}. Choose one in the settings.")
