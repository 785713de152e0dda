"""What goes wrong inside the installation, drawn from the seed: at an arrow a process dies, freezes or is not heard.

`trouble.py` has what goes wrong around it.
"""

from __future__ import annotations

import asyncio
from random import Random

import httpx

from shared.bus import BusUnavailable
from shared.errors import StoreUnavailable
from tests.faults.arrows import OFFSETS, Arrow
from tests.faults.names import LOGIN
from tests.faults.simulation.process import Killed, Process
from tests.faults.simulation.service_bus import SESSION, MemoryBroker
from tests.faults.simulation.story import Story

LEASE = 90.0
"""Of a lane, in seconds."""
FOCUS = (
    ("vendor POST", "step sending", "step confirmed"),
    ("document step", "entry confirmed"),
    ("step", "link"),
    ("entry", "claim", "outcome published"),
    ("run ", "entities", "fingerprints", "cursor"),
    ("lane released", "lane woken", "lane renewed", "offsets"),
    ("token", LOGIN),
    ("vendor",),
)
"""Words in the names of arrows. Each seed has one such focus: there a fault comes much more often."""


class Chaos:
    """Strikes while `striking`, at most `left` times in all.

    `gentle`: it only pauses processes for a moment, mostly where a turn ends; `paused` is set then.
    """

    def __init__(self, random: Random, story: Story, *, gentle: bool) -> None:
        self._random = random
        self._story = story
        self._hazard = random.choice([0.0005, 0.002, 0.008])
        self._focus = random.choice(FOCUS)
        self.left = 100 if gentle else random.choice([0, 1, 2, 2, 3, 4, 6])
        self._gentle = gentle
        self.striking = True
        self.paused = asyncio.Event()
        self.brokers: dict[str, MemoryBroker] = {}

    async def at(self, process: Process, arrow: Arrow) -> None:
        """What happens to this process at this arrow; mostly nothing."""
        if arrow.side == "after":
            self._story.say(process.name, arrow.name)
        if not self.striking or not self.left or process.frozen or self._random.random() >= self._odds(process, arrow):
            return
        self.left -= 1
        strikes = [self._pause] if self._gentle else [self._kill, self._freeze, self._lose]
        strike = self._random.choices(strikes, [5, 2, 3][: len(strikes)])[0]
        await strike(process, arrow)

    def _odds(self, process: Process, arrow: Arrow) -> float:
        if self._gentle:
            return 0.6 if process.name.startswith("exporter") and arrow == Arrow("lane released", "before") else 0.0
        return self._hazard * (25 if any(word in arrow.name for word in self._focus) else 1)

    async def _kill(self, process: Process, arrow: Arrow) -> None:
        self._story.say(process.name, f"dies {arrow}", loud=True)
        process.kill()
        raise Killed

    async def _freeze(self, process: Process, arrow: Arrow) -> None:
        seconds = self._random.choice([5.0, SESSION * 2, LEASE * 0.9, LEASE * 1.5, LEASE * 4])
        self._story.say(process.name, f"freezes for {seconds:.0f} s {arrow}", loud=True)
        process.freeze(seconds)
        if seconds > SESSION and process.name in self.brokers:
            asyncio.get_running_loop().call_later(SESSION, self.brokers[process.name].silent)
        await process.reach()

    async def _pause(self, process: Process, arrow: Arrow) -> None:
        seconds = self._random.choice([0.5, 2.0, 5.0])
        self._story.say(process.name, f"pauses for {seconds} s {arrow}", loud=True)
        process.freeze(seconds)
        self.paused.set()
        await process.reach()

    async def _lose(self, process: Process, arrow: Arrow) -> None:
        if arrow.name == OFFSETS:
            return
        lost = "request" if arrow.side == "before" else "answer"
        self._story.say(process.name, f"loses the {lost}: {arrow}", loud=True)
        raise _loss(arrow)


def _loss(arrow: Arrow) -> Exception:
    """The error by which the other side's silence is met."""
    if arrow.name.endswith("published"):
        return BusUnavailable("Kafka does not answer (a line cut by the simulation).")
    if not arrow.name.startswith("vendor"):
        return StoreUnavailable("The store does not answer (a line cut by the simulation).")
    if arrow.side == "before":
        return httpx.ConnectError("The line is down (cut by the simulation).")
    return httpx.RemoteProtocolError("The line was cut (by the simulation).")
