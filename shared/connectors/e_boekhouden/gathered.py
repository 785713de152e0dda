"""What a document names that e-Boekhouden has to know, and what it has of that. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.billed import hours, materials, shown
from shared.errors import Rejected, Unmappable
from shared.mapping import Job
from shared.schemas.documents import Customer, Invoice, InvoiceLine, MaterialLine, WorkOrder

from .models import Artikel, Relatie
from .settings import Settings

WorkOrderJob = Job[WorkOrder, Settings]
InvoiceJob = Job[Invoice, Settings]
BillJob = Job[WorkOrder | Invoice, Settings]


@dataclass(frozen=True)
class Gathered:
    """What is in the package: articles and ledgers by code, and the customer's relation, if it is there already."""

    articles: Mapping[str, Artikel] = field(default_factory=dict)
    ledgers: frozenset[str] = frozenset()
    relation: Relatie | None = None


def payer(document: WorkOrder | Invoice) -> Customer:
    """Who gets the invoice."""
    return document.invoice_customer if isinstance(document, WorkOrder) else document.customer


def hour_article(hour_type: str | None, settings: Settings) -> str | None:
    """The article of an hour type of the platform: the user's choice, else the same code."""
    return settings.hour_types.get(hour_type, hour_type) if hour_type else settings.default_hour_type


def article_codes(job: BillJob) -> list[str]:
    """The codes of all articles the mapping may need, each once."""
    document, settings = job.document, job.settings
    if isinstance(document, WorkOrder):
        used: list[str | None] = [line.code for line in materials(document) if not _says_all(line)]
        used += [hour_article(line.hour_type, settings) for line in hours(document)]
    else:
        used = [line_article(line, settings) for line in shown(document) if not (line.vat_code and line.ledger)]
    return [code for code in dict.fromkeys(used) if code]


def line_article(line: InvoiceLine, settings: Settings) -> str | None:
    """The article of an invoice's line: of a material, or of an hour type by the user's list."""
    return line.code or (hour_article(line.hour_type, settings) if line.hour_type else None)


def _says_all(line: MaterialLine) -> bool:
    """VAT code and counter account came with the product once; then its article need not be asked for."""
    return bool(line.vat_code and line.ledger and line.description and line.unit_price is not None)


def ledger_of(given: str | None, article: Artikel | None, job: BillJob, gathered: Gathered, what: str) -> str:
    """The counter account of a line: its own, else its article's, else the one of the settings; it must be there.

    `Unmappable` where another choice heals it, else `Rejected`. `what` names the line: "Item A on work order 1".
    """
    own = given or (article.TegenrekeningCode if article else None)
    if own and own not in gathered.ledgers:
        raise Rejected(
            f"{what}: ledger {own} is not one of revenue in e-Boekhouden. Correct it in the article or on the "
            "platform, and send the document again."
        )
    return own or _chosen_ledger(job.settings.ledger, gathered, what)


def _chosen_ledger(code: str | None, gathered: Gathered, what: str) -> str:
    if code is None:
        raise Unmappable("ledger", f"{what} has no ledger, and its article has none. Choose one in the settings.")
    if code not in gathered.ledgers:
        raise Unmappable(
            "ledger", f"Ledger {code}, chosen for revenue, is not one of revenue in e-Boekhouden. Choose another."
        )
    return code
