from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.scheduler.due import due, offset, slot
from shared.clock import EPOCH, from_stamp
from shared.schemas.connections import Administration, Connection

INTERVAL = timedelta(minutes=15)
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def connection(id: str, state: str = "connected") -> Connection:
    return Connection(
        id=id,
        tenant="t",
        connector="exact_online",
        grant="g",
        administration=Administration(code="1", name="A"),
        created=EPOCH,
        state=state,  # type: ignore[arg-type]  # spelled out by each test
    )


@given(st.text(min_size=1), st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2040, 1, 1)))  # noqa: DTZ001  # hypothesis wants naive bounds
def test_the_slot_contains_the_moment(id: str, moment: datetime) -> None:
    now = moment.replace(tzinfo=UTC)
    began = from_stamp(slot(id, now, INTERVAL))
    assert began <= now < began + INTERVAL


@given(st.text(min_size=1))
def test_a_connection_has_exactly_one_slot_per_interval(id: str) -> None:
    slots = {slot(id, NOON + timedelta(minutes=minute), INTERVAL) for minute in range(60)}
    assert 4 <= len(slots) <= 5


def test_connections_are_spread_over_the_interval() -> None:
    minutes = {int(offset(f"connection-{n}", INTERVAL).total_seconds() // 60) for n in range(300)}
    assert minutes == set(range(15))


def test_after_downtime_only_the_present_slot_is_due() -> None:
    assert len(due([connection("c")], NOON + timedelta(days=3), INTERVAL, busy=())) == 1


def test_a_connection_whose_run_is_still_going_gets_no_tick() -> None:
    assert due([connection("c")], NOON, INTERVAL, busy={"c"}) == []


def test_a_paused_connection_gets_no_tick() -> None:
    assert due([connection("c", "paused")], NOON, INTERVAL, busy=()) == []


def test_two_schedulers_name_the_same_slot() -> None:
    first = due([connection("c")], NOON, INTERVAL, busy=())[0].tick
    second = due([connection("c")], NOON + timedelta(milliseconds=300), INTERVAL, busy=())[0].tick
    assert first.slot == second.slot
