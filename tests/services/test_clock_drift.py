"""Clocks that differ by a few seconds, as much as services accept: what is due is due by the store's clock alone."""

from datetime import timedelta

import pytest

from shared.hub import Hub
from tests.trial import an_order, trying

DRIFT = timedelta(seconds=4)


@pytest.fixture
async def trial(tmp_path, monkeypatch):
    """A process whose clock is behind the store's."""
    async with trying(tmp_path, monkeypatch) as made:
        world = made.world
        parts = world.settings, world.store, world.hub.keys, world.bus
        behind = Hub(*parts, now=lambda: world.sandbox.clock.now() - DRIFT, transports=world.hub.transports)
        made.hub = world.hub = behind
        yield made


async def test_a_clock_that_is_behind_does_not_spend_the_attempts_of_a_document_in_one_second(trial):
    """Its token may be renewed at a moment: by the store's clock that has come, by the process's clock not quite."""
    connection = await trial.connected()
    trial.world.scenario.revoke(trial.sandbox)
    await trial.publish(an_order())
    entry = await trial.entry()
    assert (entry.state, entry.attempts) == ("waiting", 1)
    assert (await trial.hub.lanes.get(connection.id)).rest is not None


async def test_a_clock_that_is_behind_does_not_spend_the_attempts_of_a_sync_in_one_second(trial):
    connection = await trial.connected()
    trial.world.scenario.revoke(trial.sandbox)
    await trial.world.tick(connection)
    await trial.world.quiet("import", patience=3600)
    assert (await trial.hub.lanes.get(connection.id)).rest is not None
    assert not [line for line in await trial.told() if "could not be read" in line]
