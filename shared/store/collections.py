"""Every collection: what it holds, who writes it, and its indexes. docs/store.md is made from this file."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Index:
    """An index over field paths. A unique one ignores documents whose first field is missing or null."""

    fields: tuple[str, ...]
    unique: bool = False


@dataclass(frozen=True)
class Expiry:
    """Documents may go when the moment in this field is so long ago. Those without one stay."""

    field: str
    after: timedelta


@dataclass(frozen=True)
class Collection:
    """`writers` are services by name; the the command line, too, writes what the console does."""

    name: str
    holds: str
    writers: tuple[str, ...]
    indexes: tuple[Index, ...] = ()
    expiry: Expiry | None = None


CONNECTIONS = "connections"
GRANTS = "grants"
LOGINS = "logins"
LANES = "lanes"
LICENCES = "licences"
SLOTS = "slots"
RUNS = "runs"
CURSORS = "cursors"
FINGERPRINTS = "fingerprints"
PARTS = "parts"
REFERENCE = "reference"
DOORS = "doors"
RINGS = "rings"
LINKS = "links"
LEDGER = "ledger"
STEPS = "steps"
CLAIMS = "claims"
BUDGETS = "budgets"
REJECTS = "rejects"
RECONCILIATIONS = "reconciliations"
SHEETS = "sheets"
LOG = "log"
RECOVERY = "recovery"
SESSIONS = "sessions"
AUDIT = "audit"
PACE = "pace"
REPLAYS = "replays"

COLLECTIONS: tuple[Collection, ...] = (
    Collection(
        CONNECTIONS,
        "which tenant is connected to which administration, with its settings",
        ("console", "importer", "exporter"),
        (
            Index(("live_key",), unique=True),
            Index(("tenant", "connector")),
            Index(("state", "connector")),
            Index(("grant", "state")),
        ),
    ),
    Collection(
        GRANTS,
        "OAuth token chains, encrypted, one per vendor user",
        ("console", "importer", "exporter", "scheduler"),
        (Index(("connector", "state", "issued")),),
    ),
    Collection(
        LOGINS,
        "logins to a package that were begun in the console: whose, where, and which administrations they open",
        ("console",),
        (Index(("owner", "begun")),),
        Expiry("begun", timedelta(days=1)),
    ),
    Collection(
        LANES,
        "the mutex of each connection: lease, fence, when which work is due, why it rests",
        ("console", "importer", "exporter"),
        (Index(("connector", "export.due")), Index(("connector", "import.due")), Index(("rest_until",))),
    ),
    Collection(LICENCES, "per tenant and connector: what the licence manager last said", ("console",)),
    Collection(
        SLOTS,
        "the last slot of each connection's sync, of its nightly reconciliation, and of each login's renewal",
        ("scheduler",),
    ),
    Collection(
        RUNS,
        "sync runs: what is being read and how far",
        ("importer",),
        (Index(("active_key",), unique=True), Index(("connection", "started"))),
        # Long after its tick may be met again: Kafka keeps ticks for a day, but deletes whole segments only.
        Expiry("finished", timedelta(days=14)),
    ),
    Collection(CURSORS, "per connection and kind: where the next delta read begins", ("importer",)),
    Collection(
        FINGERPRINTS,
        "per imported record: what was last published of it",
        ("importer",),
        (Index(("scope", "run")), Index(("scope", "code"))),
    ),
    Collection(
        PARTS,
        "which imported record a row of the package belongs to, where its deletions are told by row",
        ("importer",),
        (Index(("scope",)),),
    ),
    Collection(REFERENCE, "per connection: codes and titles that settings choose from, as last read", ("importer",)),
    Collection(
        DOORS,
        "where each connection is called back: the address's secret, the hooks asked for and theirs, all encrypted",
        ("importer",),
        (Index(("connector", "administration")),),
    ),
    Collection(
        RINGS,
        "records that a package called back about: how often, and when they are fetched",
        ("importer",),
        (Index(("connection", "due")), Index(("connector", "due"))),
        Expiry("answered", timedelta(days=1)),
    ),
    Collection(
        LINKS,
        "which record of the package is which record of the platform",
        ("exporter", "importer"),
        (Index(("scope", "platform_id")),),
    ),
    Collection(
        LEDGER,
        "one entry per document to export: the event, its state, why it waits",
        ("exporter", "console"),
        (
            Index(("connection", "due")),
            Index(("connector", "due")),
            Index(("connector", "state", "planned")),
            Index(("connection", "state", "planned")),
            Index(("connection", "state", "day", "chosen")),
            Index(("connection", "waits_for")),
            Index(("connection", "state", "waits_for", "waits_key", "planned")),
            Index(("connector", "outcome_due")),
            Index(("tenant", "document")),
            Index(("connection", "number")),
            Index(("connection", "day")),
        ),
    ),
    Collection(
        STEPS,
        "one record per write to a package: sending, confirmed, uncertain",
        ("exporter", "importer", "console"),
        (Index(("entry",)), Index(("remote_key",))),
    ),
    Collection(
        CLAIMS,
        "which document bills a work order, and which connection books an invoice: one of them",
        ("exporter", "console"),
    ),
    Collection(RECOVERY, "that the ledger came from a backup, as long as it is not trusted", ("console",)),
    Collection(
        BUDGETS,
        "what is left of each vendor rate limit",
        ("importer", "exporter"),
        (Index(("connector", "window", "remaining")),),
    ),
    Collection(
        REJECTS,
        "vendor records that could not be understood, kept as they came",
        ("importer",),
        (Index(("connection", "seen")),),
    ),
    Collection(
        RECONCILIATIONS,
        "comparisons of ledger and package: which days, how far, and what came of it",
        ("exporter",),
        (
            Index(("connection", "state", "asked")),
            Index(("connector", "state")),
            Index(("connection", "asked")),
            Index(("connector", "asked")),
            Index(("asked",)),
        ),
        Expiry("ended", timedelta(days=400)),
    ),
    Collection(
        SHEETS,
        "what a package listed for a comparison, page by page, then what was found",
        ("exporter", "console"),
        (Index(("run",)),),
        # Long after any rest: a comparison that goes on must still have the pages it has read.
        Expiry("at", timedelta(days=60)),
    ),
    Collection(
        LOG,
        "what happened, in the user's words",
        ("importer", "exporter", "console"),
        (
            Index(("connection", "at")),
            Index(("connection", "about", "at")),
            Index(("connection", "level", "at")),
            Index(("connection", "document", "at")),
            Index(("at",)),
        ),
        # Thirteen months, as long as the topics of documents are kept: what can be replayed can be read about.
        Expiry("at", timedelta(days=400)),
    ),
    Collection(
        SESSIONS,
        "who is signed in to the console, until when; found by a hash, so that nobody signs in with what is read here",
        ("console",),
        (),
        Expiry("expires", timedelta(days=1)),
    ),
    Collection(
        AUDIT,
        "who changed what, and when",
        ("console",),
        (Index(("tenant", "at")),),
        # As long as the log: what happened can be read beside who asked for it.
        Expiry("at", timedelta(days=400)),
    ),
    Collection(
        PACE,
        "per connector and hour: how many documents were exported, refused, left waiting ...",
        ("console",),
        (),
        Expiry("hour", timedelta(days=60)),
    ),
    Collection(
        REPLAYS,
        "replays and their previews: what was asked for, by whom, how far it is, and what came of it",
        ("console",),
        (Index(("asked",)),),
        Expiry("asked", timedelta(days=400)),
    ),
)
