"""What every connector promises of new relations that are sent by themselves: one record, whoever asks for it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.preview import preview_export
from shared.schemas.connections import Connection
from shared.store.collections import LEDGER, STEPS
from tests.connectors.contract import (
    CHOICES,
    MAINTENANCE,
    NUMBER,
    RELATIONS,
    an_order,
    case_id,
    entry_of,
    event_of,
    in_books,
    joined,
    opened,
    outcomes,
    settled,
)
from tests.connectors.mortal import MortalStore, ProcessDied
from tests.factories import make_customer, make_relation
from tests.world import World

DEBTOR = make_customer().debtor_number
WORDS = "The field Name is too short for this test"


@pytest.fixture(params=RELATIONS, ids=case_id)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with opened(request.param[0], tmp_path) as made:
        yield made


async def connected(world: World) -> Connection:
    return await joined(world, **{CHOICES["relation"]: "relation"})


async def publish(world: World, *documents: Any) -> None:
    await world.publish(*map(event_of, documents))
    await settled(world)


def made(world: World) -> int:
    return world.scenario.needed(world.sandbox)


async def test_it_becomes_one_record_however_often_it_is_told(world: World) -> None:
    await connected(world)
    for _ in range(3):
        await publish(world, make_relation(), make_relation())
    assert made(world) == 1
    (outcome,) = outcomes(world)
    assert (outcome.result, outcome.document_type, outcome.number) == ("exported", "relation", DEBTOR)
    assert outcome.vendor_id


async def test_it_is_left_out_while_nobody_chose_to_send_relations(world: World) -> None:
    await joined(world, **{CHOICES["relation"]: None})
    await publish(world, make_relation())
    assert made(world) == 0


@pytest.mark.parametrize("first", ["relation", "document", "both"])
async def test_a_document_of_the_same_customer_uses_the_same_record_in_either_order(world: World, first: str) -> None:
    await connected(world)
    both = (make_relation(), an_order(world)) if first == "relation" else (an_order(world), make_relation())
    if first == "both":
        await publish(world, *both)
    else:
        for one in both:
            await publish(world, one)
    assert made(world) == 1
    assert in_books(world) == [NUMBER]
    assert {(await entry_of(world, number)).state for number in (NUMBER, DEBTOR)} == {"confirmed"}


async def test_one_that_the_package_has_already_is_found_and_not_made(world: World) -> None:
    connection = await connected(world)
    await publish(world, make_relation())
    await world.hub.connections.disconnect(connection.id)
    await world.store.delete_many("links", [row["id"] for row in await world.store.find("links", {}, limit=100)])
    await connected(world)
    await publish(world, make_relation("row-again"))
    assert made(world) == 1
    assert (await entry_of(world, DEBTOR)).state == "confirmed"


async def test_a_newer_revision_is_refused_with_a_sentence_and_makes_no_second_record(world: World) -> None:
    await connected(world)
    await publish(world, make_relation())
    await publish(world, make_relation(revision=2, customer=make_customer(name="Bakkerij Berg")))
    entry = await entry_of(world, DEBTOR)
    assert "it was changed (revision 2) after it had been sent" in (entry.reason or "")
    assert made(world) == 1


@pytest.mark.parametrize(
    "trouble",
    [
        {"kind": "cut", "when": "before"},
        {"kind": "cut", "when": "after"},
        {"kind": "delay", "when": "before", "seconds": 100},
        {"status": 503, "when": "after", "body": MAINTENANCE},
        {"status": 200, "when": "after", "body": "{}"},
    ],
    ids=lambda trouble: "-".join(str(trouble[key]) for key in ("kind", "status", "when") if key in trouble),
)
async def test_whatever_happens_to_its_write_it_ends_as_one_record(world: World, trouble: dict[str, Any]) -> None:
    await connected(world)
    calls = world.scenario.writes["relation"]
    world.sandbox.fail_next(match=calls.match, method=calls.method, **trouble)
    await publish(world, make_relation())
    assert made(world) == 1
    assert (await entry_of(world, DEBTOR)).state == "confirmed"


async def test_a_refusal_ends_it_with_the_vendors_own_words(world: World) -> None:
    await connected(world)
    calls = world.scenario.writes["relation"]
    told = world.scenario.refusal(WORDS)
    world.sandbox.script(told.model_copy(update={"match": calls.match, "method": calls.method}))
    await publish(world, make_relation())
    entry = await entry_of(world, DEBTOR)
    assert (entry.state, entry.vendor_says, made(world)) == ("refused", WORDS, 0)


async def test_a_preview_shows_the_one_request_and_sends_nothing(world: World) -> None:
    connection = await connected(world)
    shown = [request async for request in preview_export(world.hub, connection, make_relation())]
    assert (len(shown), made(world)) == (1, 0)
    await publish(world, make_relation())
    assert [request async for request in preview_export(world.hub, connection, make_relation())] == []


POINTS = {
    "sending-stored-nothing-sent": ("after", STEPS, "sending", ""),
    "answered-not-remembered": ("before", STEPS, "confirmed", ""),
    "step-remembered-entry-not": ("before", LEDGER, "confirmed", ""),
    "entry-remembered-outcome-not": ("after", LEDGER, "confirmed", ""),
}


@pytest.mark.parametrize("point", POINTS.values(), ids=POINTS)
async def test_a_worker_that_dies_leaves_one_record_to_the_next(world: World, point: tuple[str, str, str, str]) -> None:
    await connected(world)
    mortal = MortalStore(world.store, *point)
    first = World(mortal, world.sandbox, world.connector, world.settings, world.bus, own_time=True)  # type: ignore[arg-type]
    await first.publish(event_of(make_relation()))
    with pytest.raises(ProcessDied):
        await settled(first)
    await world.wait(timedelta(seconds=world.settings.lease))
    await settled(world)
    assert mortal.died
    assert made(world) == 1
    assert (await entry_of(world, DEBTOR)).state == "confirmed"
