"""What a victim lives through: the work of one flow, on which calls the script plays, and what must come of it.

A story is one connector's. Which ones it has follows from what it declares: documents, needs, follow-ups, settings.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

from shared import connectors
from shared.connector import Connector, Export
from shared.envelope import Message
from shared.exporting import MODELS
from shared.lanes import Kind
from shared.ledger.states import MAX_RESENDS
from shared.sandbox.scenario import Calls, scenario
from shared.schemas.connections import Connection
from shared.schemas.documents import Flow
from tests.connectors.contract import an_invoice, an_order, past_expiry, required
from tests.factories import completed, finalized
from tests.faults.flows import SETTINGS, choices, chosen, export_of
from tests.faults.matrix.oracle import Evidence, Verdict, judge_exports
from tests.faults.matrix.scripts import SCRIPTS, TELLING, TOKEN_SCRIPTS, Script, named
from tests.faults.matrix.victim import PDF_HOST
from tests.world import World

REFERENCE = "exact_online"
"""The connector that goes through every script also in a short run; the others go through a part of them."""

_WORDS: Mapping[Flow, str] = {"workorder": "work order", "invoice": "final invoice"}
_CALM = ("quiet day", "answer lost")

Prepare = Callable[[World], Awaitable[Connection]]
Events = Callable[[World, Connection], Sequence[Message]]
Judge = Callable[[Evidence, Mapping[str, str], Collection[str]], Verdict]


def _nothing(*_: object) -> Sequence[Message]:
    return []


@dataclass(frozen=True)
class Story:
    """`prepare` makes the installation as it is before; `events` come in, `later` ones at the point of `arrive`.

    `calls` are those the scripts play on. `brief` are the scripts of the short run; none: all. `size` is that of the
    sandbox, as its scenario names them; `public` is where packages reach us, if they do.
    """

    connector: str
    name: str
    title: str
    prepare: Prepare
    events: Events
    calls: Calls
    scripts: Sequence[Script]
    brief: Sequence[Script] = ()
    later: Events = _nothing
    kind: Kind = "export"
    judge: Judge = judge_exports
    size: Literal["least", "small"] = "least"
    public: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from all others."""
        return self.connector, self.name

    def among(self, names: Collection[str]) -> Sequence[Script]:
        """Its scripts of these names."""
        return [script for script in self.scripts if script.name in names]


def brief(connector: str, scripts: Sequence[Script], *names: str, reference: Sequence[str] = ()) -> Sequence[Script]:
    """The scripts of a short run: these, or for the reference connector those of `reference` (none: all)."""
    return named(scripts, *reference) if connector == REFERENCE else named(scripts, *names)


def _connected(**changes: Any) -> Prepare:
    """Connected, with every flow exported."""

    async def prepare(world: World) -> Connection:
        return await world.connected(**{**choices(connectors.get(world.connector)), **changes})

    return prepare


async def _expired(world: World) -> Connection:
    connection = await _connected()(world)
    await past_expiry(world, connection)
    return connection


def _document(flow: Flow, number: str, **changes: Any) -> Events:
    def events(world: World, _: Connection) -> Sequence[Message]:
        if flow == "workorder":
            return [completed(an_order(world, number, **changes))]
        return [finalized(an_invoice(world, number, **changes))]

    return events


def _both(one: Events, other: Events) -> Events:
    return lambda world, connection: [*one(world, connection), *other(world, connection)]


@cache
def export(connector: str) -> Story:
    """The main story: one document of a new customer."""
    declared = connectors.get(connector)
    (flow, document_type), *_ = chosen(declared).items()
    return Story(
        connector,
        "export",
        f"A {_WORDS[flow]} of a new customer is exported ({export_of(declared, flow).title.lower()}); "
        "the script plays on the call that makes it",
        _connected(),
        _document(flow, "WO-1"),
        scenario(connector).writes[document_type],
        SCRIPTS,
        brief(connector, SCRIPTS, *_CALM),
        later=_document(flow, "WO-2"),
    )


def two_documents(connector: str) -> Story:
    """What `export` comes to once its later event has arrived."""
    story = export(connector)
    return replace(story, name="two documents", events=_both(story.events, story.later), later=_nothing)


def relation(connector: str) -> Story | None:
    """Where documents need a relation: two of one new customer at once, of two flows if there are so many."""
    declared = connectors.get(connector)
    flows = list(chosen(declared))
    if not all(any(need.kind == "relation" for need in export_of(declared, flow).ensures) for flow in flows):
        return None
    return Story(
        connector,
        "relation",
        f"A {' and a '.join(_WORDS[flow] for flow in (flows[0], flows[-1]))} of one new customer at once; the script "
        "plays on the call that makes the customer",
        _connected(),
        _both(_document(flows[0], "WO-1"), _document(flows[-1], "2026-0042")),
        scenario(connector).writes["relation"],
        SCRIPTS,
        brief(connector, SCRIPTS, "answer lost", reference=TELLING),
    )


def processing(connector: str) -> Story | None:
    """Where something must follow a document."""
    for (flow, document_type), how in _exports(connectors.get(connector)):
        if followed := required(how):
            return Story(
                connector,
                "processing",
                f"A {_WORDS[flow]} is exported ({how.title.lower()}); the script plays on what must follow",
                _connected(**{SETTINGS[flow]: document_type}),
                _document(flow, "WO-1"),
                scenario(connector).writes[followed[0]],
                SCRIPTS,
                brief(connector, SCRIPTS, "answer lost", reference=(*_CALM, "commits late")),
            )
    return None


def _exports(connector: Connector) -> Iterator[tuple[tuple[Flow, str], Export]]:
    flows: Mapping[Any, Flow] = {MODELS[flow]: flow for flow in SETTINGS}
    return (((flows[model], name), how) for (model, name), how in connector.exports.items() if model in flows)


def papers(connector: str) -> Story | None:
    """Where the platform's PDF can be attached."""
    attaches = scenario(connector).attaches
    if attaches is None:
        return None
    (flow, _), *_ = chosen(connectors.get(connector)).items()
    return Story(
        connector,
        "papers",
        f"The PDF of a {_WORDS[flow]} is attached; the script plays on the first call that it takes",
        _connected(attach_pdf=True),
        _document(flow, "WO-1", pdf_url=f"{PDF_HOST}/work-order.pdf"),
        attaches,
        [script for script in SCRIPTS if not script.may_refuse and script.wasted < MAX_RESENDS],
        brief(connector, SCRIPTS, "quiet day", reference=_CALM),
    )


@cache
def token(connector: str) -> Story:
    """Everybody's access lapses: by a token that is renewed, or a session that is opened anew."""
    (flow, _), *_ = chosen(connectors.get(connector)).items()
    return Story(
        connector,
        "token",
        "The access token or session has expired; the script plays on its renewal",
        _expired,
        _document(flow, "WO-1"),
        scenario(connector).logins,
        TOKEN_SCRIPTS,
        brief(
            connector,
            TOKEN_SCRIPTS,
            "rotated, answer lost",
            reference=("quiet day", "rotated, answer lost", "cut before rotation"),
        ),
    )


@cache
def exporting(connector: str) -> Sequence[Story]:
    """Every story of the exporter that this connector has; those of the importer are in `imports`."""
    known = (export, relation, processing, papers, token)
    return [story for story in (make(connector) for make in known) if story is not None]
