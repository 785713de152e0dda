"""What an ended connection left behind, on the command line."""

from datetime import timedelta

import pytest

from shared import topics
from shared.ledger.entry import Entry, document_step
from shared.ledger.writes import Step
from shared.login import connect, disconnect
from shared.schemas.connections import Connection
from shared.store.collections import LEDGER, STEPS
from tests.factories import completed, make_work_order
from tests.services.cli.support import fieldledger
from tests.world import World


@pytest.fixture
async def left(world: World, connection: Connection) -> list[Entry]:
    """Two documents of an ended connection: WO-1 was never sent, WO-2 may have been."""
    await world.publish(completed(make_work_order("WO-1")), completed(make_work_order("WO-2")))
    entries = sorted(await world.hub.entries.list({}), key=lambda one: one.number)
    doubtful = Step(id=document_step(entries[1].id), entry=entries[1].id, what="order", state="uncertain")
    await world.store.insert(STEPS, doubtful.stored())
    await disconnect(world.hub, connection.id)
    return entries


async def other(world: World) -> str:
    login = await world.log_in()
    return (await connect(world.hub, "acme", login, world.scenario.second_administration)).id


async def states(world: World, connection: str) -> dict[str, str]:
    return {one.number: one.state for one in await world.hub.entries.list({"connection": connection})}


async def test_it_is_listed_and_nothing_happens(world: World, connection: Connection, left: list[Entry]) -> None:
    rows = (await fieldledger("exports", "move", connection.id, "--json")).rows
    assert [(row["number"], row["may_be_in_the_old_books"]) for row in rows] == [
        ("WO-1", "no"),
        ("WO-2", "yes, look there first"),
    ]
    assert await states(world, connection.id) == {"WO-1": "ready", "WO-2": "ready"}


async def test_all_are_those_that_are_surely_not_in_the_old_books(
    world: World, connection: Connection, left: list[Entry]
) -> None:
    to = await other(world)
    said = await fieldledger("exports", "move", connection.id, "--to", to, "--all")
    assert (said.code, said.err.endswith("now: 1.")) == (0, True)
    assert await states(world, to) == {"WO-1": "held"}
    assert await states(world, connection.id) == {"WO-1": "skipped", "WO-2": "ready"}


async def test_one_that_may_be_there_goes_after_the_word_that_it_is_not(
    world: World, connection: Connection, left: list[Entry]
) -> None:
    to = await other(world)
    refused = await fieldledger("exports", "move", connection.id, "WO-2", "--to", to)
    assert (refused.code, "Look there first" in refused.err) == (2, True)
    assert (await fieldledger("exports", "not-there", left[1].id)).code == 0
    assert (await fieldledger("exports", "move", connection.id, "WO-2", "--to", to)).code == 0
    assert await states(world, to) == {"WO-2": "held"}


async def test_one_that_is_there_stays_in_the_old_books(
    world: World, connection: Connection, left: list[Entry]
) -> None:
    said = await fieldledger("exports", "it-is-there", "WO-2", "--number", "26000007")
    assert (said.code, "is in the books of a connection that was ended" in said.err) == (0, True)
    assert await states(world, connection.id) == {"WO-1": "ready", "WO-2": "confirmed"}
    assert world.bus.of(topics.export_requests("exact_online")) == []


async def test_none_are_left_out_but_those_to_look_for(world: World, connection: Connection, left: list[Entry]) -> None:
    said = await fieldledger("exports", "move", connection.id, "--none")
    assert "left out: 1." in said.err
    assert "to be looked for in the old books: 1." in said.err
    assert await states(world, connection.id) == {"WO-1": "skipped", "WO-2": "ready"}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--to", "NEW"), "Say which documents"),
        (("--to", "NEW", "--all", "WO-1"), "Say which documents"),
        (("--none", "--all"), "With --none nothing is sent"),
        (("--to", "NEW", "WO-9"), "WO-9: not left behind there"),
        (("--to", "ENDED", "--all"), "is not a live connection"),
    ],
)
async def test_what_cannot_be_meant_is_said(
    world: World, connection: Connection, left: list[Entry], words: tuple[str, ...], sentence: str
) -> None:
    ids = {"NEW": await other(world) if "NEW" in words else "", "ENDED": connection.id}
    said = await fieldledger("exports", "move", connection.id, *[ids.get(word, word) for word in words])
    assert (said.code, sentence in said.err) == (2, True)


async def test_what_was_moved_is_sent_although_it_is_from_before_the_first_day_there(
    world: World, connection: Connection, left: list[Entry]
) -> None:
    to = await other(world)
    assert (await fieldledger("exports", "move", connection.id, "WO-1", "--to", to)).code == 0
    await world.hub.connections.start_exports(to, left[0].day + timedelta(days=1))
    await world.quiet("export")
    assert await states(world, to) == {"WO-1": "waiting"}  # nobody has chosen a VAT code there
    await world.publish(completed(make_work_order("WO-1", revision=2)), completed(make_work_order("WO-3")))
    assert await states(world, to) == {"WO-1": "ready", "WO-3": "skipped"}


async def test_what_was_left_out_there_for_its_day_is_sent_once_it_is_moved(
    world: World, connection: Connection, left: list[Entry]
) -> None:
    to = await other(world)
    await world.hub.connections.start_exports(to, left[0].day + timedelta(days=1))
    await world.publish(completed(make_work_order("WO-1")))
    assert await states(world, to) == {"WO-1": "skipped"}
    assert (await fieldledger("exports", "move", connection.id, "WO-1", "--to", to)).code == 0
    assert await states(world, to) == {"WO-1": "ready"}
    await world.publish(completed(make_work_order("WO-1", revision=2)))
    assert await states(world, to) == {"WO-1": "ready"}


async def test_what_was_moved_away_can_be_moved_back(world: World, connection: Connection, left: list[Entry]) -> None:
    there = await other(world)
    assert (await fieldledger("exports", "move", connection.id, "WO-1", "--to", there)).code == 0
    await disconnect(world.hub, there)
    back = (await connect(world.hub, "acme", await world.log_in(), world.scenario.administration)).id
    assert back == connection.id
    assert (await fieldledger("exports", "move", there, "WO-1", "--to", back)).code == 0
    assert (await states(world, there))["WO-1"] == "skipped"
    assert (await states(world, back))["WO-1"] == "ready"


async def test_a_revision_that_came_after_the_one_in_the_old_books_is_not_said_to_be_there(
    world: World, connection: Connection, left: list[Entry]
) -> None:
    await world.store.update(STEPS, document_step(left[1].id), set={"revision": 1})
    await world.store.update(LEDGER, left[1].id, set={"revision": 2})
    await fieldledger("exports", "it-is-there", "WO-2", "--number", "26000007")
    (entry,) = await world.hub.entries.list({"number": "WO-2"})
    assert (entry.state, entry.revision, entry.sent_revision) == ("confirmed", 2, 1)
    assert entry.reason == "revision 2 came later: change it there by hand"
