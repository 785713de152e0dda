"""A comparison while nobody knows whether a document arrived: nobody is told to delete what may be ours."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from shared.ledger.entry import document_step
from shared.login import disconnect
from shared.schemas.connections import Connection
from shared.schemas.messages import Finding
from shared.store.collections import STEPS
from tests.books import ORDERS, findings, reconciled, told
from tests.connectors.contract import an_order, entry_of, joined, opened, settled
from tests.factories import completed
from tests.world import World

MAY_BE_OURS = (
    "It may be this very document: it was sent, and no answer came. It is looked up, or you are asked. "
    "Leave it there until then."
)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with opened("exact_online", tmp_path) as made:
        yield made


async def sent(world: World, when: Any = "after") -> Connection:
    """An order was sent, its answer was lost, and it is not looked up yet."""
    connection = await joined(world)
    world.sandbox.fail_next(match=ORDERS, method="POST", kind="cut", when=when)
    await world.publish(completed(an_order(world)))
    await world.quiet("export", patience=0.0)
    return connection


async def only_finding(world: World, connection: Connection) -> Finding:
    await reconciled(world, connection)
    (found,) = await findings(world)
    return found


async def in_state(world: World, state: str) -> None:
    step = document_step((await entry_of(world)).id)
    assert await world.store.update(STEPS, step, set={"state": state})


@pytest.mark.parametrize("state", ["sending", "uncertain", "unsure"])
async def test_a_document_that_may_be_the_one_we_sent_is_left_where_it_is(world: World, state: str) -> None:
    connection = await sent(world)
    await in_state(world, state)
    found = await only_finding(world, connection)
    assert (found.kind, found.ours, found.to_do) == ("unknown", "waiting", MAY_BE_OURS)
    assert [(one.result, one.agreeing, one.differing) for one in told(world)] == [("differences", 0, 1)]


async def test_once_it_is_settled_the_books_agree(world: World) -> None:
    connection = await sent(world)
    await reconciled(world, connection)
    await settled(world)
    run = await reconciled(world, connection, "r-2")
    assert (run.agreeing, run.differing) == (1, 0)
    assert [one.result for one in told(world)] == ["differences", "agree"]


async def test_of_one_in_doubt_nobody_says_that_it_is_not_there(world: World) -> None:
    """It may appear between the list and the look-up."""
    found = await only_finding(world, await sent(world, when="before"))
    assert (found.kind, found.ours) == ("not_exported", "waiting")
    assert "It is not in" not in found.to_do
    assert "whether the sales order is in the package is looked up" in found.to_do


async def test_a_second_one_under_a_number_is_no_double_while_it_may_be_another_of_ours(world: World) -> None:
    connection = await joined(world)
    await world.publish(completed(an_order(world)))
    await settled(world)
    number = (await entry_of(world)).number
    world.sandbox.fail_next(match=ORDERS, method="POST", kind="cut", when="after")
    await world.publish(completed(an_order(world, id="another", number=number)))
    await world.quiet("export", patience=0.0)
    found = await only_finding(world, connection)
    assert (found.kind, found.to_do) == ("unknown", MAY_BE_OURS)


async def test_what_an_ended_connection_to_the_same_books_may_have_sent_is_left_there_too(world: World) -> None:
    first = await sent(world)
    await disconnect(world.hub, first.id)
    second = first.model_copy(update={"id": str(uuid4())})
    await world.hub.connections.add(second)
    await world.publish(completed(an_order(world)))
    await world.quiet("export", patience=0.0)
    found = await only_finding(world, second)
    assert (found.kind, found.to_do) == ("unknown", MAY_BE_OURS)


async def test_one_typed_by_hand_while_ours_was_not_sent_is_still_to_be_deleted(world: World) -> None:
    connection = await joined(world)
    await world.publish(completed(an_order(world)))
    await settled(world)
    await in_state(world, "planned")
    forgotten = {"state": "waiting", "vendor_id": None}
    await world.hub.entries.change((await entry_of(world)).id, lambda now: now.model_copy(update=forgotten))
    found = await only_finding(world, connection)
    assert (found.kind, "Delete it there" in found.to_do) == ("unknown", True)
