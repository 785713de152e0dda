"""A paused connection neither reads nor sends; nothing is lost, and it goes on where it was."""

from datetime import date

import pytest

from shared import login, pausing, topics
from shared.errors import Misconfigured
from shared.runs import Runs
from shared.schemas.messages import ConnectionChanged
from tests.services.cli.support import second_connection
from tests.trial import Trial, an_order


async def paused(trial: Trial) -> None:
    await trial.connected()
    await pausing.pause(trial.hub, trial.connection)


async def resumed(trial: Trial) -> None:
    await pausing.resume(trial.hub, await trial.hub.connections.get(trial.connection.id))


async def test_nothing_is_sent_while_it_is_paused_and_all_of_it_afterwards(trial: Trial) -> None:
    await paused(trial)
    await trial.publish(an_order(), an_order("WO-2"))
    assert trial.orders == []
    assert (await trial.entry("WO-2")).state == "ready"
    await resumed(trial)
    await trial.settled()
    assert sorted(trial.orders) == ["WO-1", "WO-2"]


async def test_nothing_is_read_while_it_is_paused_and_the_sync_goes_on_afterwards(trial: Trial) -> None:
    await trial.connected()
    world = trial.world
    await world.tick(trial.connection, kinds=["relation"])
    await pausing.pause(trial.hub, trial.connection)
    calls = len(trial.sandbox.calls)
    await world.quiet("import")
    assert len(trial.sandbox.calls) == calls
    assert await Runs(trial.hub.store).active(trial.connection.id)
    await resumed(trial)
    await world.quiet()
    assert await Runs(trial.hub.store).active(trial.connection.id) is None
    assert any("Sync finished" in text for text in await trial.told())


async def test_a_tick_starts_nothing_while_it_is_paused(trial: Trial) -> None:
    await paused(trial)
    await trial.world.tick(trial.connection, kinds=["relation"], reason="manual")
    assert await Runs(trial.hub.store).active(trial.connection.id) is None


async def test_the_platform_and_the_log_are_told_of_both(trial: Trial) -> None:
    await paused(trial)
    await resumed(trial)
    told = [
        ConnectionChanged.model_validate_json(one.body or b"") for one in trial.world.bus.of(topics.CONNECTIONS_CHANGED)
    ]
    assert [one.state for one in told][-2:] == ["paused", "connected"]
    assert [text.split(":")[0] for text in await trial.told()][-2:] == [
        "The connection is paused",
        "The connection goes on. What waited is sent now, oldest first.",
    ]


async def test_what_is_paused_already_or_was_ended_is_not_paused(trial: Trial) -> None:
    await paused(trial)
    with pytest.raises(Misconfigured, match="is paused"):
        await pausing.pause(trial.hub, trial.connection)
    await login.disconnect(trial.hub, trial.connection.id)
    with pytest.raises(Misconfigured, match="is disconnected"):
        await pausing.pause(trial.hub, trial.connection)
    with pytest.raises(Misconfigured, match="was ended"):
        await resumed(trial)


async def test_what_goes_on_already_is_not_resumed(trial: Trial) -> None:
    await trial.connected()
    with pytest.raises(Misconfigured, match="changes nothing"):
        await resumed(trial)


async def test_a_paused_connection_keeps_its_days(trial: Trial) -> None:
    await paused(trial)
    other = await second_connection(trial.world, trial.connection)
    await trial.hub.store.update("connections", other, set={"connector": "exact_online"})
    with pytest.raises(Misconfigured, match="already"):
        await trial.hub.connections.start_exports(other, date(2026, 6, 1))
