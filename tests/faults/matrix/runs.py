"""One run: an installation is made, its victim lives, dies and lives again until all is quiet, and is judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from shared.ledger.states import MAX_RESENDS, EntryState
from tests.faults.flows import login_may_be_lost
from tests.faults.matrix.oracle import Evidence, Verdict
from tests.faults.matrix.plan import Act, Event, Plan, Point, read_points, read_published
from tests.faults.matrix.scripts import Script
from tests.faults.matrix.stage import AWAKE_AGAIN, Stage, ahead
from tests.faults.matrix.stories import Story
from tests.faults.matrix.victim import FileBus
from tests.faults.names import LOGIN
from tests.world import KEY, World

LIVES = 6
"""More than any run needs: whoever dies oftener dies of something else."""
TRIES = 3
"""How often a run is made whose point is not met; then that is said, because such a run proves nothing. What passes
within milliseconds of a moment that decides, does so by chance."""


@dataclass(frozen=True)
class Case:
    """One run to make. `points`: where the first, the second ... life ends; the next one ends by itself."""

    story: Story
    script: Script
    points: tuple[Point, ...] = ()
    act: Act = "kill"
    mutation: str | None = None

    @property
    def allowed(self) -> frozenset[EntryState]:
        """How a document may end that is not in the books: refused, or (after three tries in doubt) unsure."""
        puzzled = self.script.wasted + len(self.points) > MAX_RESENDS
        refused: set[EntryState] = {"refused"} if self.script.may_refuse else set()
        return frozenset(refused | {"unsure"} if puzzled else refused)

    def __str__(self) -> str:
        """For people."""
        where = " and ".join(map(str, self.points)) or "undisturbed"
        return f"{self.story.connector}, {self.story.name}, {self.script.name}, {self.act}: {where}"


@dataclass(frozen=True)
class Result:
    """What a run came to.

    `lives`: the points that each life passed; `books`: what is in the books at the end; `asked`: the owner had to log
    in again; `missed`: points it should have died at and did not pass, though nothing else was wrong.
    """

    case: Case
    verdict: Verdict
    lives: Sequence[Sequence[Point]] = ()
    books: Mapping[str, str] = field(default_factory=dict)
    asked: bool = False
    missed: tuple[Point, ...] = ()


async def run(stage: Stage, case: Case, expected: Mapping[str, str] | None = None) -> Result:
    """Make one run. Without `expected` it is the measure for others: what is in the books then is expected."""
    for _ in range(TRIES):
        made = await _once(stage, case, expected)
        missed = [point for point, life in zip(case.points, made.lives, strict=False) if point not in life]
        if not missed or not made.verdict.ok:
            return made
    verdict = made.verdict.but(*(f"it never came to {point}" for point in missed))
    return replace(made, verdict=verdict, missed=tuple(missed))


async def _once(stage: Stage, case: Case, expected: Mapping[str, str] | None) -> Result:
    async with stage.world(case.story.connector, case.story.size, case.story.public) as (world, folder):
        await world.hub.open()
        try:
            return await _Run(stage, case, world, folder).judged(expected)
        finally:
            await world.hub.close()


class _Run:
    def __init__(self, stage: Stage, case: Case, world: World, folder: Path) -> None:
        self._stage = stage
        self._case = case
        self._world = world
        self._folder = folder
        self._lives: list[Sequence[Point]] = []
        self._events: tuple[Event, ...] = ()
        self._later: tuple[Event, ...] = ()

    async def judged(self, expected: Mapping[str, str] | None) -> Result:
        story, script = self._case.story, self._case.script
        connection = await story.prepare(self._world)
        await FileBus(self._folder / "published").publish(self._world.bus.messages)
        self._events = tuple(map(Event.of, story.events(self._world, connection)))
        self._later = tuple(map(Event.of, story.later(self._world, connection)))
        script.play(self._world.sandbox, self._world.scenario, story.calls)
        before = self._world.sandbox.scripted
        problems = await self._live()
        if before and self._world.sandbox.scripted == before:
            problems += ["the script was never played"]
        verdict, books = await self._verdict(expected)
        if asked := verdict.asks:
            problems += self._must_not_ask()
            await self._world.connected(exports_from=None)
            problems += await self._live()
            verdict, books = await self._verdict(expected)
            if verdict.asks:
                problems += ["the owner logged in again, and the lane still rests"]
        return Result(self._case, verdict.but(*problems), self._lives, books, asked)

    async def _verdict(self, expected: Mapping[str, str] | None) -> tuple[Verdict, Mapping[str, str]]:
        plan = self._plan(0)
        evidence = await Evidence.of(self._world, read_published(plan.published), committed=plan.committed.exists())
        books, case = evidence.books(), self._case
        verdict = case.story.judge(evidence, books if expected is None else expected, case.allowed)
        if expected is None and len(books) != len(evidence.entries):
            verdict = verdict.but("what others are measured by is not whole itself")
        return verdict, books

    async def _live(self) -> list[str]:
        """Lives until one ends by itself; what went wrong."""
        for _ in range(LIVES):
            plan = self._plan(len(self._lives))
            plan.arrows.unlink(missing_ok=True)
            end = await self._stage.forks.live(plan)
            self._lives.append(read_points(plan.arrows))
            if end == "broken":
                return [f"it broke: {plan.log.read_text()[-1500:]}"]
            if end == "quiet":
                return []
            self._world.sandbox.clock.advance(AWAKE_AGAIN)
        return [f"it died {LIVES} times"]

    def _plan(self, life: int) -> Plan:
        case, points = self._case, self._case.points
        return Plan(
            connector=case.story.connector,
            folder=self._folder,
            url=self._stage.url,
            keys=KEY,
            offset=ahead(self._world.sandbox),
            kind=case.story.kind,
            events=self._events,
            later=self._later,
            point=points[life] if life < len(points) else None,
            act=case.act,
            mutation=case.mutation,
            sweeps=case.act != "arrive",
            public=case.story.public,
        )

    def _must_not_ask(self) -> list[str]:
        """A renewed token can only be lost between the package and the store, and only where it ends the old one."""
        lost = any(point.arrow in _TOKEN_MAY_BE_LOST for point in self._case.points)
        may = login_may_be_lost(self._case.story.connector) and (lost or self._case.script.loses_login)
        return [] if may else ["the owner is asked to log in, and need not be"]


_TOKEN_MAY_BE_LOST = {(LOGIN, "after"), ("token stored", "before")}
