"""What an operator says after a restore."""

from shared.errors import RESTORED
from shared.schemas.connections import Connection
from tests.factories import completed, make_work_order
from tests.services.cli.support import fieldledger, in_state, waits
from tests.world import World


async def test_a_restored_ledger_says_what_to_do_next_until_it_is_trusted_again(
    world: World, connection: Connection
) -> None:
    said = await fieldledger("ledger", "restored", "--since", "2026-11-20T03:00")
    assert said.code == 0, said.err
    assert "fieldledger replay --connector NAME --from 2026-11-20" in said.err
    await waits(world, "WO-1", RESTORED)
    (facts,) = (await fieldledger("ledger", "status", "--json")).rows
    assert (facts["to_look_for"], facts["looked_for_and_not_there"]) == (0, 1)
    assert "fieldledger ledger go-on" in (await fieldledger("ledger", "status")).err
    assert "fieldledger ledger status" in (await fieldledger("exports", "show", "WO-1")).out
    assert "sent now: 1" in (await fieldledger("ledger", "go-on")).err
    assert "fieldledger ledger trust" in (await fieldledger("ledger", "status")).err
    assert (await fieldledger("ledger", "trust")).code == 0
    assert "Nothing is held back" in (await fieldledger("ledger", "status")).err
    (entry,) = await world.hub.entries.list({})
    assert entry.state == "ready"


async def test_going_on_while_some_are_still_looked_for_takes_a_yes(world: World, connection: Connection) -> None:
    await fieldledger("ledger", "restored", "--since", "2026-11-20")
    await world.publish(completed(make_work_order()))
    said = await fieldledger("ledger", "go-on")
    assert (said.code, "1 documents are still to be looked for" in said.err) == (2, True)
    assert "Wait until none is left" in (await fieldledger("ledger", "status")).err
    assert (await fieldledger("ledger", "go-on", "--yes")).code == 0


async def test_trusting_it_lets_what_was_held_back_go(world: World, connection: Connection) -> None:
    await fieldledger("ledger", "restored", "--since", "2026-11-20")
    await waits(world, "WO-1", RESTORED)
    await fieldledger("ledger", "trust")
    assert (await world.hub.entries.list({}))[0].state == "ready"


async def test_a_backup_of_tomorrow_and_going_on_without_a_restore_are_said(world: World) -> None:
    assert "still to come" in (await fieldledger("ledger", "restored", "--since", "2099-01-01")).err
    assert "trusted already" in (await fieldledger("ledger", "go-on")).err


async def test_it_is_there_needs_an_id_or_a_number(world: World, connection: Connection) -> None:
    await in_state(world, "WO-U", state="unsure", due=None)
    said = await fieldledger("exports", "it-is-there", "WO-U")
    assert (said.code, "--vendor-id, or --number" in said.err) == (2, True)
