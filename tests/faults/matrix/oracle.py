"""What became of a run: asked of the sandbox's own memory first, then of the ledger and of what was published."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from shared import connectors, topics
from shared.connector import Window
from shared.lanes import Lane
from shared.ledger.entry import Entry
from shared.ledger.states import EntryState
from shared.sandbox import Call, Sandbox
from shared.sandbox.scenario import Booked, Scenario
from shared.store import Document, Is
from shared.store.collections import DOORS, FINGERPRINTS, RINGS, RUNS
from tests.faults.calls import overrun
from tests.faults.matrix.plan import Event
from tests.world import World

CALLS = 60
"""Vendor calls within a minute, whatever happens: the strictest package allows so many."""
MINUTE = timedelta(minutes=1)
ERRORS = 10
"""Error answers of one endpoint in an hour at which the strictest package blocks the key."""

_VISIBLE = {"refused": "refused", "unsure": "unsure", "waiting": "waiting"}


@dataclass(frozen=True)
class Verdict:
    """`duplicates` and `lost` are documents or records; `problems` are sentences. `asks`: the lane rests for its owner,
    who must log in again. `visible`: how documents ended that are not whole in the books, and may end so.
    """

    duplicates: int = 0
    lost: int = 0
    problems: tuple[str, ...] = ()
    asks: bool = False
    visible: frozenset[EntryState] = frozenset()

    @property
    def ok(self) -> bool:
        """Whether every promise was kept."""
        return not (self.duplicates or self.lost or self.problems)

    def but(self, *problems: str) -> Verdict:
        """With further problems."""
        return replace(self, problems=(*self.problems, *problems))


@dataclass
class Evidence:
    """One quiet installation, read once. `waiting` are records that were rung for and not fetched yet."""

    connector: str
    known: Scenario
    sandbox: Sandbox
    entries: Sequence[Entry]
    lanes: Sequence[Lane]
    published: Sequence[Event]
    committed: bool
    runs: Sequence[Document]
    fingerprints: Sequence[Document]
    doors: Sequence[Document]
    waiting: Sequence[Document]
    rows: Sequence[Booked] = field(init=False)

    def __post_init__(self) -> None:
        self.rows = self.known.documents(self.sandbox)

    @classmethod
    async def of(cls, world: World, published: Sequence[Event], *, committed: bool) -> Evidence:
        """Read everything there is."""
        entries = await world.hub.entries.list({}, limit=1000)
        lanes = await world.hub.lanes.of_connector(world.connector)
        runs = await world.store.find(RUNS, {}, limit=1000)
        fingerprints = await world.store.find(FINGERPRINTS, {}, limit=1000)
        doors = await world.store.find(DOORS, {}, limit=1000)
        waiting = await world.store.find(RINGS, {"due": Is(">", "")}, limit=1000)
        return cls(
            world.connector,
            world.scenario,
            world.sandbox,
            entries,
            lanes,
            published,
            committed,
            runs,
            fingerprints,
            doors,
            waiting,
        )

    @property
    def rests(self) -> bool:
        """A lane waits for its owner."""
        return any(lane.rest is not None and lane.rest.kind == "owner" for lane in self.lanes)

    def books(self) -> dict[str, str]:
        """Our reference -> what the document says, without what the package chose itself."""
        return {row.reference: content(row) for row in self.rows}

    def copies(self) -> int:
        """Of everything the API made and that exists once: how many there are too many."""
        made = [("document", row.reference) for row in self.rows]
        made += [(one.kind, one.key) for one in self.known.records(self.sandbox)]
        made += [("paper", name) for name in self.known.papers(self.sandbox)]
        return len(made) - len(set(made))


def content(row: Booked) -> str:
    """What a document says."""
    return json.dumps([row.administration, row.customer, str(row.total), row.says])


def judge_exports(evidence: Evidence, expected: Mapping[str, str], allowed: Collection[str]) -> Verdict:
    """Exports: every expected document once and with that content, or visibly in one of the `allowed` states."""
    counts = Counter(row.reference for row in evidence.rows)
    entries = {entry.number: entry for entry in evidence.entries}
    lost = [ref for ref in expected if not counts[ref] and not _waits(entries.get(ref), evidence, allowed)]
    unfinished = {entry.number for entry in evidence.entries if entry.in_package and entry.state in allowed}
    problems = [*_different(evidence, expected, unfinished), *_disagreements(evidence, entries), *common(evidence)]
    problems += [f"{ref} is {entries[ref].state if ref in entries else 'unknown'}" for ref in lost]
    visible = frozenset(entry.state for entry in evidence.entries if entry.state in allowed)
    return Verdict(evidence.copies(), len(lost), tuple(problems), evidence.rests, visible)


def _waits(entry: Entry | None, evidence: Evidence, allowed: Collection[str]) -> bool:
    """Not in the books, but somebody is told why, and such an end is one of this case."""
    return entry is not None and (evidence.rests or (entry.state in allowed and bool(entry.reason)))


def _different(evidence: Evidence, expected: Mapping[str, str], unfinished: Collection[str]) -> Iterator[str]:
    """Documents that say something else than they should; of `unfinished` ones it is known that a part is missing."""
    for row in evidence.rows:
        ref = row.reference
        if ref not in expected:
            yield f"{ref} is in the books, and nobody asked for it"
        elif content(row) != expected[ref] and ref not in unfinished:
            yield f"{ref} is in the books with other content"


def _disagreements(evidence: Evidence, entries: Mapping[str, Entry]) -> Iterator[str]:
    """The ledger says of each document what the books say, and the platform was told so last."""
    there = {row.reference: row.id for row in evidence.rows}
    told = _last_told(evidence.published)
    for number, entry in entries.items():
        agreed = entry.vendor_id == there.get(number) if entry.state == "confirmed" else number not in there
        if not agreed and not (entry.in_package and entry.final):
            yield f"the ledger says {entry.state} ({entry.vendor_id}) of {number}, the books {there.get(number)}"
        if entry.follow_ups_due:
            yield f"what follows {number} is not done"
        result = "exported" if entry.state == "confirmed" else _VISIBLE.get(entry.state)
        if entry.final and told.get(entry.document) != result:
            yield f"the platform was told {told.get(entry.document)} of {number}, which is {entry.state}"


def _last_told(published: Sequence[Event]) -> dict[str | None, str]:
    events = [(event, _body(event)) for event in published if event.topic == topics.EXPORT_OUTCOMES]
    return {
        event.key: body["result"] for event, body in sorted(events, key=lambda one: dict(one[0].headers)["ce_sequence"])
    }


def _body(event: Event) -> Any:
    return json.loads(event.record(0).value or b"null")


def common(evidence: Evidence) -> Iterator[str]:
    """What every story promises when it is quiet."""
    if not evidence.committed:
        yield "the offsets were never committed"
    if any(lane.owner is not None for lane in evidence.lanes):
        yield "a lane is still claimed"
    said: dict[str, str | None] = {}
    for event in evidence.published:
        if said.setdefault(dict(event.headers)["ce_id"], event.value) != event.value:
            yield f"one id, two contents: {dict(event.headers)['ce_id']}"
    calls = [call for call in evidence.sandbox.calls if not call.path.startswith("/_sandbox")]
    if overrun(calls, Window("minute", CALLS, MINUTE)):
        yield f"more than {CALLS} vendor calls within a minute"
    errors = Counter(call.path for call in calls if _is_error(call, evidence.connector))
    yield from (f"{number} errors of {path}" for path, number in errors.items() if number >= ERRORS)


def _is_error(call: Call, connector: str) -> bool:
    """That a record looked up is not there, which Multivers says by 404, is an answer, unless the package counts it."""
    counted = connectors.get(connector).limit.errors is not None
    not_there = call.method == "GET" and call.status == HTTPStatus.NOT_FOUND and not counted
    return call.status is not None and call.status >= HTTPStatus.BAD_REQUEST and not not_there
