"""Every row of the table: which error leads to what, and what the worker does with it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared import errors
from shared.errors import (
    AlreadyBilled,
    Behind,
    GiveUp,
    LostLease,
    MissingRight,
    NeedsOwner,
    RateLimited,
    Rejected,
    Settling,
    TryLater,
    Unavailable,
    Uncertain,
    Unmappable,
    Unsupported,
    Unsure,
    Withheld,
    WorkError,
)
from shared.fates import LONGEST_PAUSE, Fate, Patience, fate, in_doubt
from shared.lanes import Lane, Lanes
from shared.schemas.connections import Administration, Connection
from shared.store import Store
from shared.turns import PAUSE_AFTER_BUG, PAUSE_AFTER_OUTAGE, Fuse, FuseBlown, Held, Worker

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=7)
PATIENCE = Patience(timedelta(seconds=30), attempts=8)

TABLE: list[tuple[WorkError, Fate]] = [
    (
        TryLater("down", vendor_says="maintenance"),
        Fate("later", "down", at=NOW + timedelta(seconds=30), vendor_says="maintenance", costs_attempt=True),
    ),
    (
        TryLater("down", after=timedelta(minutes=9)),
        Fate("later", "down", at=NOW + timedelta(minutes=9), costs_attempt=True),
    ),
    (Uncertain("cut"), Fate("later", "cut", at=NOW + timedelta(seconds=30), costs_attempt=True)),
    (Settling("may arrive", until=LATER), Fate("later", "may arrive", at=LATER)),
    (RateLimited("slow down", until=LATER), Fate("later", "slow down", at=LATER, whole_lane=True)),
    (Unmappable("vat_codes", "no VAT code"), Fate("wait", "no VAT code", setting="vat_codes")),
    (
        Unmappable("vat_codes", "no VAT code", key="21"),
        Fate("wait", "no VAT code", setting="vat_codes", key="21"),
    ),
    (Behind("invoice", "inv-1", "its invoice first"), Fate("wait", "its invoice first", setting="invoice:inv-1")),
    (Withheld("looked for, not found"), Fate("wait", "looked for, not found", setting="restored")),
    (AlreadyBilled("billed by WO-1"), Fate("skip", "billed by WO-1")),
    (GiveUp("never", vendor_says="nee"), Fate("dead", "never", vendor_says="nee")),
    (Rejected("no", vendor_says="nee"), Fate("dead", "no", vendor_says="nee")),
    (Unsupported("cannot"), Fate("dead", "cannot")),
    (NeedsOwner("log in", vendor_says="expired"), Fate("owner", "log in", vendor_says="expired")),
    (MissingRight("no payroll", vendor_says="403"), Fate("owner", "no payroll", vendor_says="403")),
    (Unsure("two of them"), Fate("unsure", "two of them")),
]


def kinds_of(error: type[Exception]) -> Iterator[type[Exception]]:
    for kind in error.__subclasses__():
        yield kind
        yield from kinds_of(kind)


def named(value: Any) -> str | None:
    return type(value).__name__ if isinstance(value, Exception) else None


@pytest.mark.parametrize(("error", "expected"), TABLE, ids=named)
def test_an_error_is_named_by_what_happens_next(error: WorkError, expected: Fate) -> None:
    assert fate(error, 0, NOW, PATIENCE) == expected


def test_the_table_has_a_row_for_every_work_error() -> None:
    ours = {kind for kind in kinds_of(WorkError) if kind.__module__ == errors.__name__}
    assert {type(error) for error, _ in TABLE} == ours


def test_the_tree_in_the_docstring_shows_every_error() -> None:
    drawn = set(re.findall(r"── (\w+)", errors.__doc__ or ""))
    assert drawn >= {kind.__name__ for kind in kinds_of(errors.FieldledgerError) if kind.__module__ == errors.__name__}


def test_an_error_of_our_own_is_told_by_its_name_only_and_tried_again() -> None:
    decided = fate(KeyError("token=abc123"), 0, NOW, PATIENCE)
    assert (decided.kind, decided.internal, decided.costs_attempt) == ("later", True, True)
    assert "KeyError" in decided.reason
    assert "abc123" not in decided.reason


@pytest.mark.parametrize(
    "error", [TryLater("down", vendor_says="closed"), Uncertain("cut"), KeyError("bug")], ids=named
)
def test_tries_end_in_a_dead_letter(error: Exception) -> None:
    assert [fate(error, attempts, NOW, PATIENCE).kind for attempts in range(8)] == ["later"] * 7 + ["dead"]
    assert "given up after 8 tries" in fate(error, 7, NOW, PATIENCE).reason


@pytest.mark.parametrize(
    ("error", "kind"),
    [(TryLater("down"), "later"), (Uncertain("cut"), "later"), (Rejected("no"), "unsure"), (KeyError("bug"), "unsure")],
    ids=named,
)
def test_what_may_have_arrived_is_never_called_dead(error: Exception, kind: str) -> None:
    dead = fate(error, 7, NOW, PATIENCE)
    decided = in_doubt(dead, error, "e-1|document", "sales order", NOW)
    assert (dead.kind, decided.kind, decided.internal) == ("dead", kind, dead.internal)
    assert (decided.at, decided.step) == ((NOW + LONGEST_PAUSE, None) if kind == "later" else (None, "e-1|document"))
    assert "whether the sales order is in the package" in decided.reason


@pytest.mark.parametrize("error", [row[0] for row in TABLE if not row[1].costs_attempt], ids=named)
def test_what_costs_no_attempt_never_runs_out_of_them(error: WorkError) -> None:
    assert fate(error, 1000, NOW, PATIENCE) == fate(error, 0, NOW, PATIENCE)


def test_pauses_double_up_to_an_hour() -> None:
    pauses = [PATIENCE.pause(attempts) for attempts in range(12)]
    assert pauses[:4] == [timedelta(seconds=seconds) for seconds in (30, 60, 120, 240)]
    assert pauses[-1] == PATIENCE.pause(10_000) == LONGEST_PAUSE


# The worker: what an error means for the lane.


class Lines:
    """A worker over one lane per tenant; `turn` raises what the test put in `errors` for that tenant."""

    def __init__(self, store: Store) -> None:
        self.lanes = Lanes(store, timedelta(seconds=30))
        self.errors: dict[str, Exception | None] = {}
        self.rested: list[tuple[str, NeedsOwner]] = []
        self.worker = Worker(
            self.lanes, "exact_online", "export", self._turn, rest=self._rest, size=1, poll=1, fuse=Fuse(3)
        )

    async def _turn(self, held: Held) -> None:
        if error := self.errors.get(held.lane.tenant):
            raise error
        held.succeeded = held.lane.tenant != "idle"

    async def _rest(self, lane: Lane, error: NeedsOwner) -> None:
        self.rested.append((lane.id, error))

    async def take(self, tenant: str, error: Exception | None = None) -> Lane:
        """One turn of this tenant's lane; the lane afterwards."""
        self.errors[tenant] = error
        await self.lanes.create(
            Connection(
                id=tenant,
                tenant=tenant,
                connector="exact_online",
                grant="g",
                administration=Administration(code="1", name="A"),
                created=NOW,
            )
        )
        await self.lanes._store.update("lanes", tenant, set={"export.due": "2020-01-01T00:00:00.000000Z"})
        lane = await self.lanes.claim("exact_online", "export")
        assert lane is not None
        assert lane.tenant == tenant
        await self.worker.one_turn(lane)
        after = await self.lanes.get(tenant)
        assert after is not None
        return after


@pytest.fixture
def lines(store: Store) -> Lines:
    return Lines(store)


async def test_a_limit_rests_the_lane_until_the_moment_the_vendor_named(lines: Lines) -> None:
    lane = await lines.take("a", RateLimited("slow down", until=LATER))
    assert (lane.export.due, lane.owner) == (LATER, None)


async def test_an_owner_who_must_act_is_told_and_what_is_due_stays_due(lines: Lines) -> None:
    before, error = await lines.lanes.now(), NeedsOwner("log in")
    lane = await lines.take("a", error)
    assert lines.rested == [("a", error)]
    assert lane.export.due is not None
    assert (before <= lane.export.due, lane.owner) == (True, None)


@pytest.mark.parametrize(
    ("error", "pause"), [(Unavailable("the store is away"), PAUSE_AFTER_OUTAGE), (ValueError("bug"), PAUSE_AFTER_BUG)]
)
async def test_an_outage_or_a_bug_frees_the_lane_and_tries_again_after_a_pause(
    lines: Lines, error: Exception, pause: timedelta
) -> None:
    before = await lines.lanes.now()
    lane = await lines.take("a", error)
    assert lane.export.due is not None
    assert lane.export.due >= before + pause
    assert lane.owner is None


async def test_a_lost_lease_touches_nothing(lines: Lines) -> None:
    with pytest.raises(LostLease):
        await lines.take("a", LostLease("taken over"))
    lane = await lines.lanes.get("a")
    assert lane is not None
    assert lane.owner == lines.lanes.owner


async def test_our_own_exceptions_over_three_tenants_blow_the_fuse(lines: Lines) -> None:
    await lines.take("a", ValueError("bug"))
    await lines.take("b", ValueError("bug"))
    with pytest.raises(FuseBlown, match="3 internal errors in a row over 3 tenants, the last one a KeyError"):
        await lines.take("c", KeyError("bug"))
    lane = await lines.lanes.get("c")
    assert lane is not None
    assert lane.owner is None, "the lane is free for a repaired worker"


async def test_one_tenants_poison_stops_nobody(lines: Lines) -> None:
    for _ in range(10):
        await lines.take("a", ValueError("bug"))
    await lines.take("b", ValueError("bug"))


async def test_a_success_in_between_resets_the_fuse(lines: Lines) -> None:
    await lines.take("a", ValueError("bug"))
    await lines.take("b", ValueError("bug"))
    await lines.take("c")
    await lines.take("d", ValueError("bug"))
    await lines.take("e", ValueError("bug"))


async def test_a_turn_that_found_nothing_to_do_does_not_reset_the_fuse(lines: Lines) -> None:
    await lines.take("a", ValueError("bug"))
    await lines.take("b", ValueError("bug"))
    await lines.take("idle")
    await lines.take("c", RateLimited("slow", until=LATER))
    with pytest.raises(FuseBlown):
        await lines.take("d", ValueError("bug"))


@pytest.mark.parametrize(
    "error", [Unavailable("store"), RateLimited("slow", until=LATER), NeedsOwner("log in")], ids=named
)
async def test_what_is_no_bug_of_ours_never_blows_the_fuse(lines: Lines, error: Exception) -> None:
    for tenant in "abcde":
        await lines.take(tenant, error)
