"""Runs one seed, from its birth to its verdict."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

import structlog

from shared import clock, connectors, service
from shared.errors import FieldledgerError
from tests.faults import virtual_time
from tests.faults.simulation.oracle import Oracle, until_quiet
from tests.faults.simulation.process import HERE, Killed, adopting
from tests.faults.simulation.service_bus import started_as
from tests.faults.simulation.world import World

SILENT = 50
"""The level above all that is logged: nobody reads the log of thousands of installations."""


@dataclass(frozen=True)
class Verdict:
    """What one seed came to. `story` is the whole of it, `broken` the promises that were not kept."""

    seed: int
    story: str
    broken: tuple[str, ...]
    duplicates: int
    lost: int

    @property
    def violations(self) -> int:
        """Broken promises that are neither a duplicate nor a loss."""
        return len(self.broken) - self.duplicates - self.lost


def simulate(seed: int, connector: str | None = None) -> Verdict:
    """The same seed gives the same story, byte for byte, in every process with the same hash seed.

    It draws the connector too, unless one is named.
    """
    return virtual_time.run(_judged(seed, connector))


def drawn(random: Random) -> str:
    """The connector of a seed: the first thing that is drawn from it."""
    return random.choice(connectors.names())


async def _judged(seed: int, connector: str | None) -> Verdict:
    world = await lived(seed, connector)
    Oracle(world).judge()
    story = world.story
    return Verdict(seed, story.text, tuple(story.broken), story.duplicates, story.lost)


async def lived(seed: int, connector: str | None = None) -> World:
    """The world of a seed after all is quiet, not judged yet. To be awaited in virtual time."""
    random = Random(seed)
    first = drawn(random)
    loop = asyncio.get_running_loop()
    loop.set_task_factory(adopting)
    world: World | None = None
    with _ours(random, lambda: world):
        world = World(random, connector or first)
        loop.set_exception_handler(_unexpected(world))
        await world.live()
        world.calm_down()
        await until_quiet(world)
        await world.end()
    return world


def _unexpected(world: World) -> Callable[[asyncio.AbstractEventLoop, dict[str, Any]], None]:
    def handle(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if not isinstance(error, Killed | FieldledgerError):
            world.story.broke(f"nobody met {error!r}: {context['message']}")

    return handle


@contextmanager
def _ours(random: Random, world: Callable[[], World | None]) -> Iterator[None]:
    """Clock, randomness and Kafka of this Python are the simulation's, as long as it runs."""
    chance, right = Random(random.random()), virtual_time.clock_of(asyncio.get_running_loop())

    def now() -> Any:
        process = HERE.get()
        return process.now() if process is not None else right()

    def broker(*_: Any, **__: Any) -> Any:
        process, here = HERE.get(), world()
        assert process is not None, "only processes have a broker"
        assert here is not None, "processes live in a world"
        return here.broker(process)

    with ExitStack() as changes:
        changes.enter_context(_swapped(clock, "now", now))
        changes.enter_context(_swapped(os, "urandom", chance.randbytes))
        changes.enter_context(_swapped(service, "broker", broker))
        changes.enter_context(
            _swapped(service, "subscribe", lambda broker, *how, **more: broker.subscribe(*how, **more))
        )
        changes.enter_context(_swapped(service, "started", started_as))
        changes.callback(structlog.configure, **structlog.get_config())
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(SILENT))
        yield


@contextmanager
def _swapped(thing: Any, name: str, value: Any) -> Iterator[None]:
    before = getattr(thing, name)
    setattr(thing, name, value)
    try:
        yield
    finally:
        setattr(thing, name, before)
