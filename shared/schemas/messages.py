"""The messages that travel beside documents: ticks, entity events, export requests and outcomes, state changes."""

from datetime import date
from typing import Any, Generic, Literal, TypeVar

from pydantic import SerializeAsAny, model_validator

from shared.clock import Moment
from shared.schemas.base import Frozen
from shared.schemas.documents import Flow
from shared.schemas.entities import Entity
from shared.schemas.money import Exact

E = TypeVar("E", bound=Entity)


class SyncTick(Frozen):
    """Please sync this connection. `slot` makes it unique: a tick met twice starts one run.

    `kinds` empty means all automatic kinds; `accept_deletions` lets a held mass deletion through, once.
    """

    connection: str
    slot: str
    kinds: tuple[str, ...] = ()
    reason: Literal["schedule", "manual", "keep_alive"] = "schedule"
    accept_deletions: bool = False


class EntityChanged(Frozen):
    """A package called back: this record changed. Only a doorbell; the importer fetches the truth."""

    connection: str
    kind: str
    vendor_id: str


class EntityEvent(Frozen, Generic[E]):
    """One normalized record as it is now. A deletion is a message without a body (see `topics.entities`)."""

    connector: str
    connection: str
    administration: str
    vendor_id: str
    platform_id: str | None = None
    sequence: str
    record: SerializeAsAny[E]


class ExportRequest(Frozen):
    """A person's or a replay's word on one document.

    `send_again`: try it (again), or send what was collected. `send_alone`: also though the invoice that a credit note
    belongs to is not in the package. `it_is_there`: of a document nobody is sure about, the package has it, as
    `vendor_id` with the number `vendor_number`; where the package shows no ids, the number is enough.
    """

    connection: str
    entry: str
    reason: Literal["replay", "send_again", "send_alone", "it_is_there"] = "send_again"
    vendor_id: str | None = None
    vendor_number: str | None = None

    @model_validator(mode="after")
    def _there_is_somewhere(self) -> "ExportRequest":
        if self.reason == "it_is_there" and not (self.vendor_id or self.vendor_number):
            raise ValueError("it_is_there needs the vendor_id or vendor_number of the document in the package")
        return self


class ExportOutcome(Frozen):
    """What became of a document.

    `result`: `exported` (see `vendor_id`, `number`, `url`), `waiting` (see `reason`, `waits_for`),
    `refused` (see `reason`, `vendor_says`), `skipped`, or `unsure` (a person must look).
    `difference` is package total minus our total, when they differ. `work_status` is the status the user wants
    the work order to get now.
    """

    connector: str
    connection: str
    administration: str
    flow: Flow
    document: str
    number: str
    revision: int
    result: Literal["exported", "waiting", "refused", "skipped", "unsure"]
    document_type: str | None = None
    vendor_id: str | None = None
    vendor_number: str | None = None
    url: str | None = None
    total_excl: Exact | None = None
    difference: Exact | None = None
    reason: str | None = None
    vendor_says: str | None = None
    waits_for: str | None = None
    work_status: str | None = None


class ReconciliationRequest(Frozen):
    """Please compare the ledger with what the package holds, for these days of the books, both included."""

    connection: str
    first: date
    last: date
    reason: Literal["schedule", "manual"] = "schedule"

    @model_validator(mode="after")
    def _in_order(self) -> "ReconciliationRequest":
        if self.first > self.last:
            raise ValueError("the first day lies behind the last")
        return self


FindingKind = Literal["missing", "double", "different", "unknown", "not_exported"]


class Finding(Frozen):
    """One document on which ledger, platform and package do not agree.

    `missing`: the ledger says it is in the package, and it is not. `double`: a second one with the same reference.
    `different`: it was changed in the package, or completed again since. `unknown`: it carries our reference, and we
    did not send it, or do not know yet. `not_exported`: published, and not in the package (yet). `ours` and `theirs`
    tell what differs, `to_do` what to do about it.
    """

    kind: FindingKind
    number: str
    document_type: str | None = None
    vendor_id: str | None = None
    vendor_number: str | None = None
    url: str | None = None
    ours: str | None = None
    theirs: str | None = None
    to_do: str


class ReconciliationFinished(Frozen):
    """What a comparison found. `agreeing` and `differing` count documents, `findings` are the first hundred of them."""

    connector: str
    connection: str
    administration: str
    first: date
    last: date
    result: Literal["agree", "differences", "failed"]
    agreeing: int = 0
    differing: int = 0
    findings: tuple[Finding, ...] = ()
    reason: str | None = None


class ConnectionChanged(Frozen):
    """A connection was made, changed, rested or ended."""

    connection: str
    connector: str
    state: Literal["connected", "paused", "needs_owner", "disconnected"]
    administration: str | None = None
    administration_name: str | None = None
    reason: str | None = None


class LicenseChanged(Frozen):
    """The tenant's licence for one connector, as the platform's licence manager has it now."""

    connector: str
    active: bool
    tier: str | None = None
    valid_until: date | None = None
    changed_at: Moment


class DeadLetter(Frozen):
    """Why a message could not be used, kept beside its original bytes (base64, because they may be anything)."""

    reason: str
    error: str
    topic: str
    partition: int
    offset: int
    key: str | None
    headers: tuple[tuple[str, str], ...]
    body: str
    vendor_says: str | None = None


JsonObject = dict[str, Any]
