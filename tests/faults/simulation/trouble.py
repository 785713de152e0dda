"""What goes wrong around the installation, drawn from the seed: the package's bad days, outages, and what users do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import TYPE_CHECKING, Any

from shared.sandbox import Fault
from shared.sandbox.scenario import Calls, Scenario
from tests.faults.simulation.package import UNAVAILABLE

if TYPE_CHECKING:
    from tests.faults.simulation.world import World

LATE = (35.0, 60.0, 110.0)
"""Seconds after which a delayed write is done: later than the time-out, within the longest processing time."""


def bad_days(random: Random, known: Scenario) -> list[Fault]:
    """A few faults of the package, for the calls to come."""
    return [_bad_day(random, known) for _ in range(random.choice([0, 1, 1, 2, 3]))]


def _bad_day(random: Random, known: Scenario) -> Fault:
    skip, times = random.choice([0, 0, 1, 2, 3]), random.choice([1, 1, 2, 4])
    calls = random.choices([known.logins, Calls("", "POST"), random.choice([*known.writes.values()])], [15, 28, 57])[0]
    where: dict[str, Any] = {"match": calls.match, "method": calls.method}
    match random.randrange(6):
        case 0:
            return Fault(kind="cut", when=random.choice(["before", "after"]), skip=skip, times=times, **where)
        case 1:
            return Fault(kind="stall", when=random.choice(["before", "after"]), skip=skip, times=times, **where)
        case 2:
            return Fault(kind="delay", when="before", seconds=random.choice(LATE), skip=skip, times=times, **where)
        case 3:
            return Fault(status=random.choice([500, 503, 504]), when="after", body=UNAVAILABLE, skip=skip, **where)
        case 4:
            return Fault(status=503, when="before", body=UNAVAILABLE, skip=skip, times=times)
        case _:
            method = random.choice(["GET", "POST"])
            return Fault(kind=random.choice(["cut", "stall"]), skip=skip, times=times, method=method)


async def troubles(world: World) -> None:
    """A few of the troubles below, at moments of the seed's choice, until the world calms down."""
    kinds: list[Callable[[World], Awaitable[None]]] = [
        _store_away,
        _kafka_away,
        _maintenance,
        _search_lags,
        _access_withdrawn,
        _settings_saved,
        _rewound,
        _rebalanced,
        _reconnected,
        _switched,
    ]
    kinds = kinds if world.sweeps else [_settings_saved, _rewound, _rebalanced, _maintenance]
    chosen = [world.random.choice(kinds) for _ in range(world.random.choice([0, 1, 1, 2, 3]))]
    await asyncio.gather(*(_later(world, kind) for kind in chosen))


async def _later(world: World, trouble: Callable[[World], Awaitable[None]]) -> None:
    await asyncio.sleep(world.random.random() * world.span)
    await trouble(world)


async def _store_away(world: World) -> None:
    seconds = world.random.choice([3.0, 30.0, 120.0])
    world.story.say("store", f"does not answer for {seconds:.0f} s", loud=True)
    world.store_down_until = asyncio.get_running_loop().time() + seconds


async def _kafka_away(world: World) -> None:
    seconds = world.random.choice([3.0, 60.0])
    world.story.say("kafka", f"does not answer for {seconds:.0f} s", loud=True)
    world.kafka_down_until = asyncio.get_running_loop().time() + seconds


async def _maintenance(world: World) -> None:
    world.story.say("package", "is closed for maintenance", loud=True)
    world.closed = True
    await asyncio.sleep(world.random.choice([20.0, 300.0]))
    world.closed = False
    world.story.say("package", "is open again", loud=True)


async def _search_lags(world: World) -> None:
    world.story.say("package", "shows in searches only after 20 s what is new", loud=True)
    world.sandbox.lag(seconds=20)


async def _access_withdrawn(world: World) -> None:
    world.story.say("owner", "withdraws our access in the package", loud=True)
    world.owner.withdraw()


async def _settings_saved(world: World) -> None:
    world.story.say("owner", "saves settings without VAT codes", loud=True)
    vat = world.known.no_vat
    await world.owner.choose(**vat.settings)
    await asyncio.sleep(world.random.random() * 120)
    world.story.say("owner", "saves settings with VAT codes", loud=True)
    await world.owner.choose(**vat.heals)


async def _rewound(world: World) -> None:
    world.story.say("operator", "sets the exporters' group back to the beginning", loud=True)
    world.exporters.rewind()


async def _rebalanced(world: World) -> None:
    world.story.say("kafka", "shares the exporters' partitions out anew", loud=True)
    world.exporters.rebalance()


async def _reconnected(world: World) -> None:
    await world.owner.reconnect()


async def _switched(world: World) -> None:
    await world.owner.switch()
