"""What a connector is: a table of what it reads and writes. The keys of the tables are the list of its abilities."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import BaseModel

from shared.access import Answer, Credentials, OAuth2
from shared.errors import WorkError
from shared.mapping import Choice, ConnectorSettings, DocumentRef, Draft, Job, LeftOut, Listed, Receipt, Request
from shared.rates import ErrorLimit, Limit, Window, WindowState
from shared.schemas.connections import Administration
from shared.schemas.entities import Entity
from shared.webhooks import Webhooks

if TYPE_CHECKING:
    from shared.http import VendorHttp

__all__ = [
    "Client", "Connector", "Ensure", "ErrorLimit", "Export", "FollowUp", "Import", "JsonObject", "Limit", "ListedPage",
    "Listing", "Page", "Period", "ReadFrom", "VendorUser", "Window", "WindowState", "alone",
]  # fmt: skip

JsonObject = Mapping[str, Any]


@dataclass(frozen=True)
class VendorUser:
    """Whom a grant belongs to: the package's own user id, and a name to show."""

    id: str
    name: str


class Client(Protocol):
    """One connection's way to the package. Knows HTTP and vendor shapes, no schema of ours."""

    def __init__(self, http: VendorHttp, administration: str | None) -> None:
        """`administration` is None before one is chosen: only `whoami` and `administrations` may be called then."""

    async def whoami(self) -> VendorUser:
        """The vendor user behind the grant."""

    async def administrations(self) -> Sequence[Administration]:
        """Those the user may open with this grant."""


@dataclass(frozen=True)
class ReadFrom:
    """Where to read on: `position` inside this run (opaque, may expire), else from `cursor` (None: everything).

    `settings` are the user's, for lists that are asked for by a choice of theirs; `Import.settings` names it then, so
    that everything is read anew when it changes. None: the default ones.
    """

    position: str | None
    cursor: str | None
    settings: ConnectorSettings | None = None


@dataclass(frozen=True)
class Page:
    """One bounded piece of a read. `records` are the vendor's raw JSON objects.

    `next` None means the read is complete; then `cursor` is where the next delta read begins.
    `removed` are vendor ids that the package itself says are deleted. `doubt`, on the last page, is a sentence: why
    this read cannot prove that it brought everything. Then nothing counts as missing, and the user reads it.
    """

    records: Sequence[JsonObject]
    next: str | None
    cursor: str | None = None
    removed: Sequence[str] = ()
    doubt: str | None = None


@dataclass(frozen=True)
class Import:
    """How one kind is read. `settings` names the user's settings that, when changed, force one full read.

    Kinds with the same `read` come from one endpoint: it is read once for all of them.

    `exists` looks records up by id and returns those that are there: what proves a deletion; None where the package has
    no such look-up, then two complete reads prove it. `exists_batch` is how many ids one call may carry. `cursor_life`:
    the package remembers deletions only that long, so an older cursor means a full read. `version` is raised when the
    mapping changes: then all is read again too.

    `tier` is the licence it comes with (`Connector.tiers`); None: with every one.

    `parts` are the ids by which `Page.removed` names what a record is made of, where that is not the record's own id;
    `fetch` reads records anew by their own ids, `exists_batch` at most, and returns those that `read` would show; it is
    needed there, and for what the package calls back about. `document_of` tells which document of ours one is about.
    """

    read: Callable[[Any, ReadFrom], Awaitable[Page]]
    model: type[BaseModel]
    map: Callable[[Any, Any], Entity | LeftOut]
    id: Callable[[JsonObject], str]
    exists: Callable[[Any, Sequence[str]], Awaitable[set[str]]] | None = None
    exists_batch: int = 40
    settings: tuple[str, ...] = ()
    manual_only: bool = False
    cursor_life: timedelta | None = None
    version: int = 1
    parts: Callable[[JsonObject], Sequence[str]] | None = None
    fetch: Callable[[Any, Sequence[str]], Awaitable[Sequence[JsonObject]]] | None = None
    document_of: Callable[[Any], DocumentRef] | None = None
    tier: str | None = None


@dataclass(frozen=True)
class Ensure:
    """Something a document needs to exist in the package first, with one identity whoever asks for it.

    `wanted(job, gathered)` lists what the document needs; `key` is its identity on the platform. `find` comes before
    `send`, always. `map` is asked only when it is not there; it raises `Unmappable` if the user does not want it made.
    """

    kind: str
    wanted: Callable[[Job[Any, Any], Any], Sequence[Any]]
    key: Callable[[Any], str]
    find: Callable[[Any, Any], Awaitable[Sequence[Receipt]]]
    map: Callable[[Job[Any, Any], Any], Draft]
    send: Callable[[Any, Request], Awaitable[Receipt]]
    find_proves_absence: bool = True


async def _nothing(_client: Any, _job: Job[Any, Any]) -> None:
    return None


@dataclass(frozen=True)
class FollowUp:
    """A write behind a document that belongs to it: processing or closing it, attaching its PDF. A step of its own.

    `wanted(job)` tells whether the document gets it; `job.made["document"]` is the document, earlier follow-ups stand
    there by `name`. `find` tells whether it was done. `title` completes "... failed" in the user's words. `optional`:
    it comes after the document is reported as exported, and its failure neither blocks nor repeats anything but those
    that need it (`needs`, an earlier one by name).
    `gather` brings what `map` must know into `job.gathered`; `previewed` False: that is only known once the document is
    there, so no preview shows it. `map` may raise `NothingToDo`. `part`: it is a piece of the document itself, where
    the package keeps that as several records: mapped with what the document was (`job.gathered`, `job.ensured`), and
    never of another revision than the first piece.
    `find_proves_absence`, `tier`: see `Export`.
    """

    name: str
    title: str
    wanted: Callable[[Job[Any, Any]], bool]
    find: Callable[[Any, Job[Any, Any]], Awaitable[Sequence[Receipt]]]
    map: Callable[[Job[Any, Any]], Draft]
    send: Callable[[Any, Request], Awaitable[Receipt]]
    optional: bool = False
    needs_pdf: bool = False
    needs: str | None = None
    gather: Callable[[Any, Job[Any, Any]], Awaitable[Any]] | None = None
    previewed: bool = True
    part: bool = False
    find_proves_absence: bool = True
    tier: str | None = None


@dataclass(frozen=True)
class Period:
    """Days of the books, both included."""

    first: date
    last: date


@dataclass(frozen=True)
class ListedPage:
    """One bounded piece of a list of documents. `next` is where it goes on (opaque, may expire), None at its end."""

    documents: Sequence[Listed]
    next: str | None


@dataclass(frozen=True)
class Listing:
    """How documents are read back, to compare them with the ledger. Exports with one `name` share one list.

    `read` gives a page of the documents with a day in the period, from a position on (None: the first page), whoever
    made them. `fetch` looks documents up by their vendor ids, at most `batch`, and returns those that are there.
    """

    name: str
    read: Callable[[Any, Period, str | None], Awaitable[ListedPage]]
    fetch: Callable[[Any, Sequence[str]], Awaitable[Sequence[Listed]]]
    batch: int = 40


@dataclass(frozen=True)
class Export:
    """How one kind of document is written: gather, ensure, map (pure), send; `find` by our reference; follow-ups.

    `bills` True: it becomes revenue; of one source work order at most one such document is ever sent. What follows may
    add to the document's receipt: the last follow-up with a number or total gives the document its own. `listing` is
    how such documents are read back; without it they cannot be reconciled. `record` is set when it is a record that
    documents may need too (see `alone`): then whoever asks first makes it. `joins(job)`: this document goes into a
    record that is there already, so others may be found under the same vendor id. `pieces(job)` are what follows each
    document before all else, as many as it has: its further lines, where each is a record of its own.

    `find_proves_absence` False: the package's search may miss what is there (or its sheet does not say), so after an
    unanswered write that it does not show, the owner is asked instead of sending again. `found_by_content` True: the
    search goes by what a newer revision may change (day, customer, lines), so it proves nothing while it is not known
    which revision was sent: after a restored backup, of documents that were completed more than once. `tier` is the
    licence it comes with (`Connector.tiers`); None: with every one.
    """

    title: str
    bills: bool
    map: Callable[[Job[Any, Any], Any], Draft]
    send: Callable[[Any, Request], Awaitable[Receipt]]
    find: Callable[[Any, Job[Any, Any]], Awaitable[Sequence[Receipt]]]
    gather: Callable[[Any, Job[Any, Any]], Awaitable[Any]] = _nothing
    ensures: tuple[Ensure, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    pieces: Callable[[Job[Any, Any]], Sequence[FollowUp]] = lambda _: ()
    listing: Listing | None = None
    record: Ensure | None = None
    joins: Callable[[Job[Any, Any]], bool] = lambda _: False
    find_proves_absence: bool = True
    found_by_content: bool = False
    tier: str | None = None

    def following(self, job: Job[Any, Any]) -> tuple[FollowUp, ...]:
        """All that may follow this document, in order."""
        return (*self.pieces(job), *self.follow_ups)


def alone(title: str, need: Ensure) -> Export:
    """The export of a new relation: the same record, made by the same step, as when a document needs it."""

    async def find(client: Any, job: Job[Any, Any]) -> Sequence[Receipt]:
        return await need.find(client, job.document.customer)

    def map(job: Job[Any, Any], _gathered: Any) -> Draft:
        return need.map(job, job.document.customer)

    return Export(title=title, bills=False, map=map, send=need.send, find=find, record=need)


@dataclass(frozen=True)
class Connector:
    """The table of contents of one accounting package.

    `classify(answer, write)` says what an answer of 400 and above (or a business error in a 200) means, or None when it
    is a success. `settle_after` is the vendor's longest processing time: how long an uncertain write may still arrive.
    `timezones` gives the IANA zone of each site, `headers` what every call carries. `webhooks`: how it calls back.
    `tiers` are the licences there are, each with all of the one before it; empty: there is one.
    `caveat` says what the package cannot promise, to whoever is about to connect it.
    """

    name: str
    title: str
    client: type[Client]
    settings: type[ConnectorSettings]
    auth: OAuth2 | Credentials
    limit: Limit
    classify: Callable[[Answer, bool], WorkError | None]
    imports: Mapping[type[Entity], Import]
    exports: Mapping[tuple[type[BaseModel], str], Export]
    reference: Mapping[str, Callable[[Any], Awaitable[Sequence[Choice]]]] = field(default_factory=dict)
    request_timeout: timedelta = timedelta(seconds=30)
    settle_after: timedelta = timedelta(seconds=120)
    timezones: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    webhooks: Webhooks | None = None
    tiers: tuple[str, ...] = ()
    caveat: str = ""

    def includes(self, licence: str | None, needed: str | None) -> bool:
        """Whether a licence has what needs a tier. One that nobody told of has everything, an unknown one the least."""
        if needed is None or licence is None:
            return True
        have = licence.casefold()
        return have in self.tiers and self.tiers.index(have) >= self.tiers.index(needed)

    def import_of(self, kind: str) -> Import:
        """The import of a kind by name; `KeyError` when this connector does not read it."""
        return next(how for entity, how in self.imports.items() if entity.kind == kind)

    @property
    def reconciles(self) -> bool:
        """Whether any of its documents can be read back."""
        return any(export.listing for export in self.exports.values())

    @property
    def kinds(self) -> tuple[str, ...]:
        """Names of the kinds this connector reads."""
        return tuple(entity.kind for entity in self.imports)
