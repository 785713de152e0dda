"""What the platform knows of a connection is how it stands, also after Kafka was away or the process died."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from services.exporter.app import exporter
from shared import login, pausing, topics
from shared.errors import EXPIRED, NeedsOwner
from shared.resting import rest, works_again
from shared.schemas.messages import ConnectionChanged
from shared.telling import acknowledged, tell
from tests.trial import Trial

Act = Callable[[Trial], Awaitable[Any]]


def told(trial: Trial) -> list[ConnectionChanged]:
    published = trial.world.bus.of(topics.CONNECTIONS_CHANGED)
    return [ConnectionChanged.model_validate_json(one.body or b"") for one in published]


async def expires(trial: Trial) -> None:
    lane = await trial.hub.lanes.get(trial.connection.id)
    assert lane is not None
    await rest(trial.hub, lane, NeedsOwner(EXPIRED, vendor_says="invalid_grant"))


async def works(trial: Trial) -> None:
    lane = await trial.hub.lanes.get(trial.connection.id)
    assert lane is not None
    await works_again(trial.hub, lane)


async def pauses(trial: Trial) -> None:
    await pausing.pause(trial.hub, trial.connection)


async def goes_on(trial: Trial) -> None:
    await pausing.resume(trial.hub, await trial.hub.connections.get(trial.connection.id))


async def ends(trial: Trial) -> None:
    await login.disconnect(trial.hub, trial.connection.id)


async def logs_in(trial: Trial) -> None:
    await trial.world.log_in()


async def swept(trial: Trial) -> None:
    await exporter(trial.hub, trial.connection.connector)._sweep()


async def lines(trial: Trial, event: str) -> list[dict[str, Any]]:
    return [line for line in await trial.hub.journal.read(trial.connection.id) if line["event"] == event]


CHANGES: dict[str, tuple[list[Act], Act, str]] = {
    "access expires": ([], expires, "needs_owner"),
    "it works again": ([expires], works, "connected"),
    "the owner logs in again": ([expires], logs_in, "connected"),
    "it is paused": ([], pauses, "paused"),
    "it goes on": ([pauses], goes_on, "connected"),
    "it is ended": ([], ends, "disconnected"),
}


@pytest.fixture(params=CHANGES.values(), ids=list(CHANGES))
async def change(request: pytest.FixtureRequest, trial: Trial) -> tuple[Act, str]:
    before, act, state = request.param
    await trial.connected()
    for one in before:
        await one(trial)
    return act, state


async def test_a_change_while_kafka_was_away_is_told_when_it_is_back(trial: Trial, change: tuple[Act, str]) -> None:
    act, state = change
    before = len(told(trial))
    trial.world.bus.fail_next(1)
    await act(trial)
    assert len(told(trial)) == before
    await swept(trial)
    assert [one.state for one in told(trial)[before:]] == [state]


async def test_a_change_behind_which_the_process_died_is_told(trial: Trial, change: tuple[Act, str]) -> None:
    act, state = change
    before = len(told(trial))
    with pytest.MonkeyPatch.context() as patch:
        for module in ("shared.resting", "shared.pausing", "shared.login"):
            patch.setattr(f"{module}.tell", _nothing)
        await act(trial)
    await swept(trial)
    assert [one.state for one in told(trial)[before:]] == [state]


async def _nothing(*_: Any) -> None:
    """The process died here."""


async def test_what_was_told_is_told_no_second_time(trial: Trial, change: tuple[Act, str]) -> None:
    act, state = change
    before = len(told(trial))
    await act(trial)
    await swept(trial)
    await tell(trial.hub, trial.connection.id)
    assert [one.state for one in told(trial)[before:]] == [state]


async def test_the_owner_reads_why_once_though_the_process_died_behind_the_rest(trial: Trial) -> None:
    await trial.connected()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shared.resting.tell", _nothing)
        await expires(trial)
    trial.world.bus.fail_next(1)
    for _ in range(3):
        await swept(trial)
    (line,) = await lines(trial, "connection.needs_owner")
    assert (line["text"], line["level"], line["vendor_says"]) == (EXPIRED, "error", "invalid_grant")
    assert (told(trial)[-1].state, told(trial)[-1].reason) == ("needs_owner", EXPIRED)


async def test_a_second_rest_for_the_same_reason_is_told_anew(trial: Trial) -> None:
    await trial.connected()
    for _ in range(2):
        await expires(trial)
        await expires(trial)
        await logs_in(trial)
    assert [one.state for one in told(trial)][-4:] == ["needs_owner", "connected"] * 2
    assert len(await lines(trial, "connection.needs_owner")) == 2


async def test_what_two_told_at_once_is_told_anew(trial: Trial) -> None:
    """Nobody knows which of the two came last on the topic."""
    await trial.connected()
    before, published = await trial.hub.connections.get(trial.connection.id), len(told(trial))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shared.pausing.tell", _nothing)
        await pauses(trial)
    await acknowledged(trial.hub, before, "disconnected")
    await acknowledged(trial.hub, before, "paused")
    await swept(trial)
    assert [one.state for one in told(trial)[published:]] == ["paused"]
