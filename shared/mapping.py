"""The values that pure mappings take and give. Imports no I/O, so that `imports.py` and `exports.py` may use it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, field_validator

from shared.hints import hints
from shared.schemas.base import Frozen
from shared.schemas.connections import Administration
from shared.schemas.documents import SourceDocument
from shared.schemas.money import Exact

D_co = TypeVar("D_co", bound=SourceDocument, covariant=True)
S_co = TypeVar("S_co", bound="ConnectorSettings", covariant=True)


SyncMinutes = Literal[30, 60, 240, 720, 1440]
"""How seldom a connection may be read, for those who want that."""


class ConnectorSettings(BaseModel):
    """What the user chooses for one connection. Each connector narrows and adds; unknown names are refused.

    `import_kinds`: which kinds are read automatically. `work_order_document`, `invoice_document`, `relation_document`:
    which of the connector's exports a completed work order, a final invoice or a new relation becomes (None: they are
    not exported).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    import_kinds: tuple[str, ...] = ()
    work_order_document: str | None = None
    invoice_document: str | None = None
    relation_document: str | None = None
    sync_minutes: SyncMinutes | None = Field(
        None,
        title="How often it is read",
        description="How often it is looked what is new in the package, if nobody asks for it.",
        json_schema_extra=hints(
            "import",
            titles={
                "": "As often as possible (every 15 minutes, as a rule)",
                "30": "Every half hour",
                "60": "Every hour",
                "240": "Every 4 hours",
                "720": "Twice a day",
                "1440": "Once a day",
            },
        ),
    )
    trigger_statuses: tuple[str, ...] = Field(
        (),
        title="Work statuses",
        description="Only work orders completed with one of these statuses are exported. Nothing chosen: all.",
        json_schema_extra=hints("sending"),
    )
    manual_exports: bool = Field(
        default=False,
        title="Send by hand",
        description="Documents collect until you send them; nothing is sent by itself.",
        json_schema_extra=hints("sending"),
    )
    status_after_success: str | None = Field(
        None,
        title="Status when sent",
        description="The status a work order gets once its document is in the books.",
        json_schema_extra=hints("sending"),
    )
    status_after_failure: str | None = Field(
        None,
        title="Status when refused",
        description="The status a work order gets when it could not be sent.",
        json_schema_extra=hints("sending"),
    )

    @field_validator("trigger_statuses")
    @classmethod
    def _no_empty_statuses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(value):
            raise ValueError("a work status is empty")
        return value

    @field_validator(
        "work_order_document",
        "invoice_document",
        "relation_document",
        "status_after_success",
        "status_after_failure",
        "sync_minutes",
        mode="before",
    )
    @classmethod
    def _nothing_is_none(cls, value: Any) -> Any:
        return value or None


class TypeOfWorkSettings(ConnectorSettings):
    """For connectors whose work orders may become different documents by the type of work they were."""

    work_order_documents: Mapping[str, str] = Field(
        default_factory=dict,
        title="Documents by type of work",
        description="What work orders of these types become instead, by the platform's name of the type.",
        json_schema_extra=hints("documents", key="Type of work"),
    )


class PdfSettings(ConnectorSettings):
    """For connectors with a follow-up that attaches the platform's PDF."""

    attach_pdf: bool = Field(
        default=False,
        title="Attach the PDF",
        description="The platform's PDF is attached to each document.",
        json_schema_extra=hints("documents"),
    )


@dataclass(frozen=True)
class LeftOut:
    """A vendor record that the user's filters leave out; if it was published before, it is now removed there."""

    vendor_id: str
    reason: str


@dataclass(frozen=True)
class Request:
    """One call to a package, as data: what `preview export` prints and what the client sends.

    `headers` go with it (an idempotency key, say); never anything secret.
    """

    method: Literal["POST", "PUT", "PATCH", "DELETE"]
    path: str
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Draft:
    """A mapped document: the request, and what we expect the package to make of it.

    `total_excl` is our total in cents excluding VAT, in `currency`; `customer` the vendor id it is for;
    `warnings` are sentences for the log.
    """

    request: Request
    customer: str | None = None
    total_excl: Decimal | None = None
    currency: str | None = None
    day: date | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Receipt:
    """What the package holds: the answer to a create, or a hit of `find`. Totals exclude VAT."""

    vendor_id: str
    number: str | None = None
    url: str | None = None
    customer: str | None = None
    total_excl: Decimal | None = None
    day: date | None = None


class Listed(Frozen):
    """A document as the package holds it now, whoever made it; what the package does not tell is None.

    `reference` is the field that carries ours, `customer` a vendor id. Totals are in `currency`, negative for what
    takes back. `state`: `draft` can still be changed or thrown away, `final` is numbered, booked or closed for good.
    """

    vendor_id: str
    state: Literal["draft", "final", "cancelled"]
    number: str | None = None
    reference: str | None = None
    customer: str | None = None
    day: date | None = None
    total_excl: Exact | None = None
    total_incl: Exact | None = None
    currency: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class DocumentRef:
    """What an imported record says of the document it is about: the package's id of it, and the reference on it."""

    vendor_id: str | None
    reference: str | None = None


@dataclass(frozen=True)
class Job(Generic[D_co, S_co]):
    """All that the mapping of one document may look at.

    `ensured` gives vendor ids by `kind:platform key`. `made` is what is in the package already: `document` once it is
    there, follow-ups by name, and `credited`, the invoice that a credit note belongs to. `pdf` is the platform's PDF,
    for follow-ups that need it. `difference` is the package's total of the document minus ours, where they differ:
    nothing that cannot be undone may follow then. `gathered` is what a follow-up's own `gather` brought.
    """

    document: D_co
    reference: str
    settings: S_co
    administration: Administration
    timezone: str
    ensured: Mapping[str, str] = field(default_factory=dict)
    made: Mapping[str, Receipt] = field(default_factory=dict)
    pdf: bytes | None = field(default=None, repr=False)
    difference: Decimal | None = None
    gathered: Any = None


@dataclass(frozen=True)
class Choice:
    """One row of reference data: a code a setting may hold, its title, and what else mapping needs to know."""

    code: str
    title: str
    extra: Mapping[str, Any] = field(default_factory=dict)
