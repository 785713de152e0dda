"""A turn whose lease is over decides nothing of what another turn has taken over meanwhile."""

from pathlib import Path

from services.exporter.fulfil import Made
from services.exporter.turn import _confirm, _end
from shared.fates import Fate
from shared.mapping import Receipt
from tests.connectors.contract import an_order, entry_of, joined, opened, settled
from tests.factories import completed


async def test_a_late_error_of_a_turn_that_was_overtaken_changes_nothing(tmp_path: Path) -> None:
    async with opened("exact_online", tmp_path) as world:
        await joined(world)
        await world.publish(completed(an_order(world)))
        await settled(world)
        done, told = await entry_of(world), len(world.bus.messages)
        before = done.model_copy(update={"state": "ready", "fence": done.fence - 1})
        await _end(world.hub, before, Fate("later", "the package did not answer", at=world.hub.now()), None)
        assert (await entry_of(world), len(world.bus.messages)) == (done, told)


async def test_a_document_that_two_turns_found_is_confirmed_once(tmp_path: Path) -> None:
    async with opened("exact_online", tmp_path) as world:
        connection = await joined(world)
        await world.publish(completed(an_order(world)))
        await settled(world)
        done = await entry_of(world)
        before = done.model_copy(update={"state": "ready", "fence": done.fence - 1})
        found = Made(Receipt(done.vendor_id), done.document_type, done.sent_revision, None, (), more=False)
        await _confirm(world.hub, connection, before, found)
        assert await entry_of(world) == done
