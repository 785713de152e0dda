"""The ledger alone, led through random days: crashes, lost answers, refusals, late arrivals and a person's word.

The package is a list. What must hold at every call: a confirmed document is never made again, nothing is made after
`sending` without a look-up or a clear answer, and no more than two resends without a person.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.exporter import effects
from shared.asking import why_not_left_out
from shared.clock import EPOCH
from shared.errors import Rejected, TryLater, Uncertain, WorkError
from shared.fates import Fate
from shared.lanes import Lane
from shared.ledger.entry import Conflict, Entry, Wanted, asked_again, at_gate, first_entry, merged, replayed, set_aside
from shared.ledger.gates import Gate
from shared.ledger.states import ENTRY_TRANSITIONS, IllegalTransition
from shared.ledger.steps import Steps
from shared.ledger.writes import Write
from shared.mapping import Draft, Receipt, Request
from shared.schemas.connections import Administration, Connection
from shared.store.sqlite import SqliteStore
from tests.fakes import FakeClock

SETTLE = timedelta(minutes=2)
TOTAL = Decimal("85.00")
ANSWERS = [
    "done",
    "lost before",
    "lost after",
    "late",
    "busy",
    "refused",
    "500 before",
    "500 after",
    "dies",
    "dies late",
]
EVENTS = [*ANSWERS, *["lost before"] * 6, "person"]
MOST_RESENDS = 2


PAUSES = [timedelta(0), SETTLE / 3, SETTLE * 2, SETTLE * 2, SETTLE * 2]


class Died(BaseException):
    """The worker was killed."""


@dataclass
class Holder:
    """Holds the lane for one turn, as `Held` does, for as long as the turn likes."""

    lane: Lane

    async def room_for(self, call: timedelta) -> None:
        """The lease is long enough."""


@dataclass
class Package:
    """Records, those still on their way, and the rules of the protocol as seen from the other side of the line."""

    clock: FakeClock
    records: list[Receipt] = field(default_factory=list)
    arriving: list[datetime] = field(default_factory=list)
    answer: str = "done"
    sends: int = 0
    since_word: int = 0
    may_send: bool = True
    """Nothing was sent yet, or since then: a clear no, two look-ups, or a person's word."""
    looks: int = 0

    def arrive(self) -> None:
        for due in [one for one in self.arriving if one <= self.clock()]:
            self.arriving.remove(due)
            self._make()

    def _make(self) -> Receipt:
        self.records.append(Receipt(f"id-{len(self.records)}", "26000001", total_excl=TOTAL))
        return self.records[-1]

    async def find(self) -> Sequence[Receipt]:
        self.arrive()
        self.looks += 1
        return list(self.records)

    async def send(self, _: Request) -> Receipt:
        self.arrive()
        assert self.may_send or self.looks >= 2, "sent again without a look-up"
        assert not self.records, "made a second time"
        assert self.since_word <= MOST_RESENDS, "sent again and again without a person"
        self.sends, self.since_word = self.sends + 1, self.since_word + 1
        self.may_send, self.looks = False, 0
        return self._answered()

    def _answered(self) -> Receipt:
        match self.answer:
            case "lost before":
                raise Uncertain("cut")
            case "busy":
                self._clear_no()
                raise TryLater("busy")
            case "refused":
                self._clear_no()
                raise Rejected("no")
            case "500 before" | "500 after":
                self.since_word -= 1
                if self.answer == "500 after":
                    self._make()
                error = Rejected("no, perhaps")
                error.look_up_first = True
                raise error
            case "late":
                self.arriving.append(self.clock() + SETTLE / 2)
                raise Uncertain("no answer")
            case "dies":
                raise Died
        made = self._make()
        if self.answer == "lost after":
            raise Uncertain("cut")
        if self.answer == "dies late":
            raise Died
        return made

    def _clear_no(self) -> None:
        self.may_send, self.since_word = True, self.since_word - 1


@dataclass
class Day:
    """One document through a list of events."""

    steps: Steps
    package: Package
    fence: int = 0

    def write(self) -> Write:
        async def prepare() -> Draft:
            return Draft(Request("POST", "/orders", {}), total_excl=TOTAL)

        return Write(
            id="doc",
            entry="entry",
            revision=1,
            what="order",
            scope="scope",
            find=self.package.find,
            prepare=prepare,
            send=self.package.send,
            timeout=timedelta(seconds=30),
            settle_after=SETTLE,
        )

    async def turn(self, answer: str) -> None:
        self.fence += 1
        lane = Lane(id="c", tenant="t", connector="x", fence=self.fence, taken_over=True, previous_lease=EPOCH)
        self.package.answer = answer
        before = await self.steps.get("doc")
        sends = self.package.sends
        try:
            receipt = await self.steps.once(self.write(), Holder(lane))  # type: ignore[arg-type]
            assert [receipt.vendor_id] == [one.vendor_id for one in self.package.records]
        except (WorkError, Died):
            pass
        if before is not None and before.state in ("confirmed", "unsure"):
            assert self.package.sends == sends, f"sent while {before.state}"

    async def person(self) -> None:
        """Looks into the package, and tells the truth."""
        step = await self.steps.get("doc")
        if step is None or step.state != "unsure":
            return
        self.package.clock.advance(SETTLE)
        self.package.arrive()
        there = self.package.records[0] if self.package.records else None
        await self.steps.decide("doc", "there" if there else "again", "scope", there)
        self.package.may_send, self.package.since_word = True, 0

    async def happen(self, event: str, pause: timedelta) -> None:
        self.package.clock.advance(pause)
        await (self.person() if event == "person" else self.turn(event))

    async def end(self) -> None:
        """Whatever happened, enough quiet turns and a person's word bring it to one document."""
        for _ in range(12):
            await self.person()
            await self.happen("done", SETTLE * 2)
        assert len(self.package.records) == 1


async def lead(events: Sequence[tuple[str, timedelta]], path: Path) -> None:
    clock = FakeClock()
    store = SqliteStore(path, clock=clock)
    await store.open()
    try:
        day = Day(Steps(store), Package(clock))
        await store.delete_many("steps", ["doc"])
        for event in events:
            await day.happen(*event)
        await day.end()
    finally:
        await store.close()


@settings(max_examples=100, deadline=None, derandomize=True)
@given(events=st.lists(st.tuples(st.sampled_from(EVENTS), st.sampled_from(PAUSES)), max_size=20))
def test_whatever_happens_to_a_write_there_is_one_document_and_no_blind_second_try(
    events: list[tuple[str, timedelta]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    asyncio.run(lead(events, tmp_path_factory.getbasetemp() / "model.db"))


# Entries: pure.

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=EPOCH.tzinfo)
CONNECTION = Connection(
    id="c", tenant="t", connector="x", grant="g", administration=Administration(code="1", name="One"), created=NOW
)
HELD, OPEN, BY_HAND = Gate(None), Gate(NOW.date()), Gate(NOW.date(), manual=True)
FATES = [Fate(kind, "because", at=NOW, setting="vat_codes") for kind in get_args(Fate.__annotations__["kind"])]


def wanted(revision: int, total: int = 1) -> Wanted:
    return Wanted("workorder", "d", "WO-1", NOW.date(), revision, {"revision": revision, "total": total})


entry_events = st.one_of(
    st.tuples(st.just("event"), st.integers(1, 4), st.sampled_from([HELD, OPEN, BY_HAND])),
    st.tuples(st.just("fate"), st.sampled_from(FATES), st.none()),
    st.tuples(st.sampled_from(["confirm", "again", "replay", "release", "leave out"]), st.none(), st.none()),
)


def step_of(entry: Entry, what: str, one: Any, gate: Any) -> Entry | None:  # noqa: PLR0911  # a table
    """The entry after an event that may happen to it now."""
    match what:
        case "event":
            return merged(entry, wanted(one), gate, NOW)
        case "again":
            return asked_again(entry, alone=False)
        case "replay":
            return replayed(entry, OPEN, NOW)
        case "release" if entry.state == "held":
            return at_gate(entry, OPEN, NOW)
        case "leave out" if why_not_left_out(entry, None) is None:
            return set_aside(entry, NOW)
        case "fate" if entry.due is not None:
            return effects.after(entry, one, NOW)
        case "confirm" if entry.due is not None and entry.sent_revision is None:
            return effects.confirmed(entry, Receipt("id-1", "26000001"), entry.revision, NOW)
    return None


@settings(max_examples=400, deadline=None, derandomize=True)
@given(first=st.sampled_from([HELD, OPEN, BY_HAND]), events=st.lists(entry_events, max_size=20))
def test_whatever_happens_to_an_entry_it_moves_by_the_table_and_is_confirmed_once(
    first: Gate, events: list[Any]
) -> None:
    entry = first_entry(CONNECTION, wanted(1), first, NOW)
    for what, one, gate in events:
        newer = step_of(entry, what, one, gate)
        if newer is None:
            continue
        moves = {after for (before, _), after in ENTRY_TRANSITIONS.items() if before == entry.state}
        held_again = {"ready", "collected", "skipped", "held"} if entry.state in ("skipped", "held") else set()
        assert newer.state in moves | held_again | {entry.state}
        assert newer.revision >= entry.revision
        if entry.state == "confirmed" and newer.state != "confirmed":
            assert newer.revision > entry.revision, "only a newer revision moves what is in the books"
        if entry.unwanted and what != "again":
            assert newer.state == "skipped", "what a person left out stays out"
        if newer.state in ("held", "collected"):
            assert newer.due is None, "nothing is sent before somebody says so"
        if entry.sent_revision is not None:
            assert newer.sent_revision == entry.sent_revision, "in the books once"
        entry = newer


def test_the_same_revision_with_other_content_is_a_conflict_in_every_state() -> None:
    for state in {state for state, _ in ENTRY_TRANSITIONS}:
        entry = first_entry(CONNECTION, wanted(1), OPEN, NOW).model_copy(update={"state": state})
        with pytest.raises(Conflict):
            merged(entry, wanted(1, total=2), OPEN, NOW)


def test_no_entry_moves_where_the_table_has_no_row() -> None:
    entry = first_entry(CONNECTION, wanted(1), OPEN, NOW)
    for state in {state for state, _ in ENTRY_TRANSITIONS}:
        for event in {event for _, event in ENTRY_TRANSITIONS}:
            if (state, event) not in ENTRY_TRANSITIONS:
                with pytest.raises(IllegalTransition):
                    entry.model_copy(update={"state": state}).moved(event)
