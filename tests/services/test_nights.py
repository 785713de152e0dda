"""Each night every connection is compared with its package once: after its own hour, spread out, never by day."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.scheduler.nights import LATEST, SPREAD, nights
from shared import topics
from shared.connector import Connector
from shared.envelope import RECONCILIATION_REQUESTED
from shared.schemas.connections import Connection
from shared.schemas.messages import ReconciliationRequest
from tests.fakes import FakeClock
from tests.services.test_scheduler import CONNECTOR, Installation, a_connection

NIGHT = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
"""Two o'clock in Amsterdam."""
OVER = SPREAD + LATEST


def started(id: str = "c", **changes: Any) -> Connection:
    return a_connection(id, FakeClock()).model_copy(update={"exports_from": date(2026, 1, 1), **changes})


def hours_of(connection: Connection, hour: int = 2) -> list[int]:
    """The hours of that day, in UTC, in which this connection's time has come."""
    day = datetime(2026, 11, 20, tzinfo=UTC)
    return [n for n in range(24) if nights([connection], day + timedelta(hours=n, minutes=59), hour, 35)]


def test_it_begins_after_the_hour_of_the_administrations_own_time_zone() -> None:
    amsterdam, madeira = hours_of(started()), hours_of(started(timezone="Atlantic/Madeira"))
    assert 1 <= amsterdam[0] <= 1 + SPREAD / timedelta(hours=1)
    assert madeira == [hour + 1 for hour in amsterdam]
    assert hours_of(started(), hour=5) == [hour + 3 for hour in amsterdam]


def test_it_is_never_begun_by_day_when_the_night_was_slept_through() -> None:
    assert not nights([started()], NIGHT + OVER, 2, 35)
    assert not nights([started()], NIGHT - timedelta(minutes=1), 2, 35)


def test_it_can_be_switched_off() -> None:
    assert hours_of(started(), hour=-1) == []


@pytest.mark.parametrize("changes", [{"exports_from": None}, {"state": "paused"}, {"state": "disconnected"}])
def test_only_connections_whose_exports_have_started_are_compared(changes: dict[str, Any]) -> None:
    assert hours_of(started()) != []
    assert hours_of(started(**changes)) == []


def test_a_package_that_cannot_list_its_documents_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Connector, "reconciles", False)
    assert hours_of(started()) == []


def test_connections_are_spread_over_hours() -> None:
    many = [started(f"c{number}") for number in range(300)]
    begun = [len(nights(many, NIGHT + timedelta(hours=n), 2, 35)) for n in range(4)]
    assert [round(count / 100) for count in begun] == [0, 1, 2, 3]


def test_the_days_before_this_one_are_compared() -> None:
    (night,) = nights([started()], NIGHT + SPREAD, 2, 35)
    assert (night.request.first, night.request.last) == (date(2026, 10, 16), date(2026, 11, 19))
    assert (night.request.reason, night.id) == ("schedule", "c@reconcile-2026-11-20")


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Installation]:
    async with Installation(tmp_path / "store.db") as made:
        yield made


def asked(here: Installation) -> list[ReconciliationRequest]:
    messages = here.bus.of(topics.export_requests(CONNECTOR))
    assert {message.headers["ce_type"] for message in messages} <= {RECONCILIATION_REQUESTED}
    return [ReconciliationRequest.model_validate_json(message.body or b"") for message in messages]


async def test_however_many_schedulers_there_are_each_connection_is_asked_for_once_a_night(here: Installation) -> None:
    for connection in await here.connect("a", "b", "c"):
        await here.hub.store.update("connections", connection.id, set={"exports_from": "2026-01-01"})
    many = [await here.new_scheduler() for _ in range(3)]
    here.clock.moment = NIGHT
    for _ in range(2 * 24 * 4):
        for one in many:
            await one.emit_due()
        here.clock.advance(timedelta(minutes=15))
    counts = Counter((one.connection, one.last) for one in asked(here))
    days = (date(2026, 11, 19), date(2026, 11, 20))
    assert counts == {(id, day): 1 for id in "abc" for day in days}
    (first, *_) = here.bus.of(topics.export_requests(CONNECTOR))
    assert first.headers["ce_id"] == f"{first.key}@reconcile-2026-11-20"
