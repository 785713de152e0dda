"""What each error means for one document: the same table, seen through the exporter's turn and the ledger."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from services.exporter.turn import turn as export_turn
from shared import topics
from shared.errors import (
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
)
from shared.hub import Hub
from shared.keys import KeyRing
from shared.lanes import Lane
from shared.ledger.entry import Entry
from shared.resting import rest
from shared.store import Store
from shared.turns import Fuse, Worker
from tests.factories import completed, make_work_order
from tests.world import World, make_world

LATER = datetime(2026, 11, 20, 12, 7, tzinfo=UTC)


def named(value: Any) -> str | None:
    return type(value).__name__ if isinstance(value, Exception) else None


class Broken(httpx.AsyncBaseTransport):
    """A package that every call to ends in one error."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise self._error


async def exported(store: Store, error: Exception) -> tuple[World, Entry, Lane]:
    """One export turn against a package that answers with `error`; the entry and the lane afterwards."""
    world = make_world(store, settings={"retry_first": 30})
    await world.connected()
    await world.publish(completed(make_work_order()))
    hub = Hub(
        world.settings,
        store,
        KeyRing.from_settings(world.settings),
        world.bus,
        now=world.hub.now,
        transports={world.connector: Broken(error)},
    )
    worker = Worker(
        hub.lanes,
        world.connector,
        "export",
        lambda held: export_turn(held, hub),
        rest=lambda lane, error: rest(hub, lane, error),
        size=1,
        poll=1,
        fuse=Fuse(3),
    )
    lane = await hub.lanes.claim(world.connector, "export")
    assert lane is not None
    await worker.one_turn(lane)
    (entry,) = await hub.entries.list({})
    after = await hub.lanes.get(lane.id)
    assert after is not None
    for client in hub._clients.values():
        await client.aclose()
    return world, entry, after


@pytest.mark.parametrize("error", [TryLater("down"), Uncertain("cut"), ZeroDivisionError("our bug")], ids=named)
async def test_a_document_that_may_work_later_is_due_again_and_has_one_try_less(store: Store, error: Exception) -> None:
    world, entry, lane = await exported(store, error)
    assert (entry.state, entry.attempts) == ("waiting", 1)
    assert entry.due is not None
    assert entry.due > await store.now() + timedelta(seconds=20)
    assert (lane.export.due, lane.rest) == (entry.due, None)
    assert world.bus.of(topics.EXPORT_OUTCOMES) == []


async def test_a_named_moment_is_kept_and_costs_nothing(store: Store) -> None:
    _, entry, lane = await exported(store, Settling("later", until=LATER))
    assert (entry.state, entry.attempts, entry.due) == ("waiting", 0, LATER)
    assert lane.export.due == LATER


async def test_a_limit_pauses_the_lane_and_the_document_keeps_its_place(store: Store) -> None:
    _, entry, lane = await exported(store, RateLimited("slow", until=LATER))
    assert (entry.state, entry.attempts, entry.due) == ("waiting", 0, entry.planned)
    assert lane.export.due == LATER


async def test_a_missing_setting_is_waited_for_without_a_moment(store: Store) -> None:
    world, entry, lane = await exported(store, Unmappable("journal", "Choose one"))
    assert (entry.state, entry.waits_for, entry.due, entry.attempts) == ("waiting", "journal", None, 0)
    assert (lane.export.due, lane.rest) == (None, None)
    assert b'"waits_for":"journal"' in (world.bus.of(topics.EXPORT_OUTCOMES)[-1].body or b"")


@pytest.mark.parametrize(
    "error", [Rejected("no", vendor_says="Nee!"), Unsupported("cannot", vendor_says="Nee!")], ids=named
)
async def test_what_will_never_work_is_a_dead_letter_and_a_line_in_the_log_at_once(
    store: Store, error: Exception
) -> None:
    world, entry, _ = await exported(store, error)
    assert (entry.state, entry.due, entry.vendor_says) == ("refused", None, "Nee!")
    (letter,) = world.bus.of(topics.exports_dead(world.connector))
    assert b"Nee!" in (letter.body or b"")
    line = (await world.hub.journal.read(entry.connection))[0]
    assert (line["event"], line["level"], line["vendor_says"]) == ("document.refused", "error", "Nee!")


async def test_an_owner_who_must_act_leaves_the_document_due_behind_a_resting_lane(store: Store) -> None:
    _, entry, lane = await exported(store, NeedsOwner("Log in again"))
    assert (entry.state, entry.attempts, entry.due) == ("waiting", 0, entry.planned)
    assert lane.rest is not None
    assert (lane.rest.kind, lane.rest.reason) == ("owner", "Log in again")


async def test_what_only_a_person_can_tell_waits_for_that_person(store: Store) -> None:
    world, entry, lane = await exported(store, Unsure("two of them"))
    assert (entry.state, entry.due, lane.rest) == ("unsure", None, None)
    assert b'"result":"unsure"' in (world.bus.of(topics.EXPORT_OUTCOMES)[-1].body or b"")


async def test_an_outage_of_our_own_costs_the_document_nothing(store: Store) -> None:
    _, entry, lane = await exported(store, Unavailable("Kafka is away"))
    assert (entry.state, entry.attempts, entry.crashes) == ("ready", 0, 0)
    assert lane.export.due is not None
