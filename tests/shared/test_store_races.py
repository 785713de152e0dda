"""What every store must stand: many processes at once, one winner each; and a process that dies while it writes."""

import asyncio
import multiprocessing
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from shared.store import Store
from shared.store.collections import CONNECTIONS, LANES, LEDGER
from tests.conftest import STORES, serve

CLIENTS = 16
ROUNDS = 1000
KEYS = 200
MEETING = 20
"""So many tries after which all clients wait for each other."""
SPAWN = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Won:
    """What one client won: rounds, unique keys; and how long its rounds took, in seconds."""

    rounds: list[int]
    keys: list[int]
    seconds: float


@pytest.fixture(scope="module", params=STORES)
def race(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Won], Path]:
    """16 processes open one empty store at the same moment and race."""
    adapter, folder = serve(request, request.param), tmp_path_factory.mktemp("race")
    barrier = SPAWN.Barrier(CLIENTS)
    with SPAWN.Pool(CLIENTS, _remember, (barrier,)) as pool:
        won = pool.starmap(_race, [(adapter, folder, number) for number in range(CLIENTS)], chunksize=1)
    slowest = max(client.seconds for client in won)
    print(f"\n{CLIENTS} x {ROUNDS} compare-and-sets: {CLIENTS * ROUNDS / slowest:,.0f}/s, wins {_counts(won)}")  # noqa: T201  # a figure for the reader
    return won, folder


def test_of_16_processes_comparing_and_setting_one_record_exactly_one_wins_each_round(race):
    won, _ = race
    assert sorted(round for client in won for round in client.rounds) == list(range(ROUNDS))


def test_of_16_processes_inserting_one_unique_value_exactly_one_wins_each(race):
    won, _ = race
    assert sorted(key for client in won for key in client.keys) == list(range(KEYS))


async def test_what_the_winners_wrote_is_what_is_stored(race, request):
    won, folder = race
    store = STORES[request.node.callspec.params["race"]](folder)
    await store.open()
    last = next(number for number, client in enumerate(won) if ROUNDS - 1 in client.rounds)
    assert await store.get(LANES, "contested") == {"id": "contested", "fence": ROUNDS, "by": last}
    assert await store.count(CONNECTIONS, {}) == KEYS
    await store.close()


@pytest.mark.parametrize("new_store", STORES, indirect=True)
async def test_every_answered_write_survives_the_death_of_its_process(new_store, tmp_path, request):
    for life in range(3):
        answered = _killed_while_writing(request.node.callspec.params["new_store"], tmp_path, life)
        store = new_store()
        await store.open()
        assert len(answered) > 100
        assert answered <= set(await store.get_many(LEDGER, answered))
        assert await store.insert(LEDGER, {"id": f"after {life}"}) is True
        await store.close()


def _killed_while_writing(adapter: str, folder: Path, life: int) -> set[str]:
    """The ids whose write was answered before the process was killed in the middle of its work."""
    ours, theirs = SPAWN.Pipe(duplex=False)
    process = SPAWN.Process(target=_write_for_ever, args=(adapter, folder, life, theirs))
    process.start()
    theirs.close()
    answered = {ours.recv() for _ in range(200)}
    process.kill()
    process.join()
    while True:
        try:
            answered.add(ours.recv())
        except EOFError:
            ours.close()
            process.close()
            return answered


def _write_for_ever(adapter: str, folder: Path, life: int, answers: Connection) -> None:
    async def lane(store: Store, number: int) -> None:
        for n in range(1_000_000):
            id = f"{life}-{number}-{n}"
            if await store.insert(LEDGER, {"id": id, "payload": "x" * 500}):
                answers.send(id)

    async def lanes() -> None:
        store = STORES[adapter](folder)
        await store.open()
        await asyncio.gather(*(lane(store, number) for number in range(8)))

    asyncio.run(lanes())


_start: list[Barrier] = []
"""Inherited by the clients; a barrier cannot be sent to them as an argument."""


def _remember(barrier: Barrier) -> None:
    _start.append(barrier)


def _race(adapter: str, folder: Path, number: int) -> Won:
    return asyncio.run(_take_part(STORES[adapter](folder), number))


async def _take_part(store: Store, number: int) -> Won:
    await _together()
    await store.open()
    await store.insert(LANES, {"id": "contested", "fence": 0})
    began = time.perf_counter()
    rounds = await _won(range(ROUNDS), lambda n: _claim(store, n, number))
    seconds = time.perf_counter() - began
    keys = await _won(range(KEYS), lambda n: _insert(store, n, number))
    await store.close()
    return Won(rounds, keys, seconds)


async def _together() -> None:
    await asyncio.to_thread(_start[0].wait, 60)


async def _won(tries: range, attempt: Callable[[int], Awaitable[bool]]) -> list[int]:
    """Those of the tries this client wins. All meet again and again, or the first to start would win nearly all."""
    won = []
    for n in tries:
        if n % MEETING == 0:
            await _together()
        if await attempt(n):
            won.append(n)
    return won


async def _claim(store: Store, round: int, number: int) -> bool:
    """Whoever comes first wins the round; everyone else finds it taken, so no round can be skipped or won twice."""
    changed = await store.update(LANES, "contested", where={"fence": round}, set={"by": number}, inc={"fence": 1})
    return changed is not None


async def _insert(store: Store, key: int, number: int) -> bool:
    return await store.insert(CONNECTIONS, {"id": f"{number}-{key}", "live_key": f"key {key}"})


def _counts(won: list[Won]) -> list[int]:
    return [len(client.rounds) for client in won]
