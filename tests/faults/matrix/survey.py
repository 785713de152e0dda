"""All runs of the matrix, a few at a time, and what they came to: cells of points and scripts."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace

from tests.faults.matrix.plan import Act, Point
from tests.faults.matrix.runs import Case, Result, run
from tests.faults.matrix.scripts import QUIET, Script
from tests.faults.matrix.stage import Stage, open_stage
from tests.faults.matrix.stories import Story
from tests.faults.tally import Tally

STAGES = 3
"""Runs at a time: one more than processors, because a run waits for its disk now and then."""
PROGRESS = 200
"""Runs after which the person who waits hears something."""
Say = Callable[[str], None]
Keep = Callable[[Sequence[Point]], Iterable[Point]]


@dataclass
class Survey:
    """Results so far."""

    results: list[Result] = field(default_factory=list)

    @property
    def tally(self) -> Tally:
        """The numbers; points and scripts are counted by name, however many stories pass them."""
        verdicts = [result.verdict for result in self.results]
        return Tally(
            points=len({point.arrow for result in self.results for point in result.case.points}),
            scripts=len({result.case.script.name for result in self.results}),
            runs=len(self.results),
            duplicates=sum(verdict.duplicates for verdict in verdicts),
            lost=sum(verdict.lost for verdict in verdicts),
            violations=sum(len(verdict.problems) for verdict in verdicts),
        )

    @property
    def failures(self) -> Sequence[Result]:
        """The runs that broke a promise."""
        return [result for result in self.results if not result.verdict.ok]


def places(life: Sequence[Point]) -> Iterator[Point]:
    """Each place of a life once.

    Between the end of one write and the beginning of the next nothing durable changes, so for a process that dies only
    one of the two is a place: the other one would give the same run again.
    """
    previous = None
    for point in life:
        if previous is None or previous.side == "before" or point.side == "after":
            yield point
        previous = point


def silent(_: str) -> None:
    """Nobody listens."""


class Surveyor:
    """Makes runs on its stages. Runs that others are measured by come first: undisturbed, each script once."""

    def __init__(self, stages: Sequence[Stage], say: Say = silent, mutation: str | None = None) -> None:
        self._stages = stages
        self._say = say
        self._mutation = mutation
        self._made = 0
        self.survey = Survey()

    async def story(self, story: Story, scripts: Sequence[Script], *, pairs: Sequence[Script] = ()) -> None:
        """One story under each script, killed at each of its places; of `pairs` also at each two places."""
        (measure,) = await self.make([Case(story, QUIET)])
        undisturbed = await self.make([Case(story, script) for script in scripts], measure)
        once = await self.killed(undisturbed, measure)
        await self.killed([result for result in once if result.case.script in pairs], measure)
        self._say(f"{story.connector}, {story.name}: done")

    async def killed(self, results: Sequence[Result], measure: Result) -> list[Result]:
        """Each of these runs once more, killed at each of its places.

        On which side of a moment something happens can change how often a place is passed. A place that the same run,
        made again, does not pass either was such a chance: nobody can die there.
        """
        made = await self.make(list(_killed(results)), measure)
        missed = [result for result in made if result.missed]
        again = await self.make([replace(one.case, points=one.case.points[:-1]) for one in missed], measure)
        chances = [one for one, other in zip(missed, again, strict=True) if one.missed[-1] not in _last(other)]
        for one in chances:
            self._say(f"passed by chance: {one.case}")
            self.survey.results.remove(one)
        return [one for one in made if one not in chances]

    async def acted(self, act: Act, story: Story, whole: Story, keep: Keep = tuple) -> None:
        """One story on a quiet day, with something else than death at each of its points. `whole` is the measure.

        Both sides of each write: what the process has read in between lives on, so they are not the same place.
        """
        (measure,) = await self.make([Case(whole, QUIET)])
        (undisturbed,) = await self.make([Case(story, QUIET)])
        await self.make([Case(story, QUIET, (point,), act) for point in keep(undisturbed.lives[0])], measure)

    async def make(self, cases: Sequence[Case], measure: Result | None = None) -> list[Result]:
        """Make these runs on all stages; the results in their order."""
        waiting = deque(enumerate(replace(case, mutation=self._mutation) for case in cases))
        results: dict[int, Result] = {}

        async def work(stage: Stage) -> None:
            while waiting:
                place, case = waiting.popleft()
                results[place] = await run(stage, case, measure.books if measure else None)
                self._note(results[place])

        await asyncio.gather(*map(work, self._stages))
        made = [results[place] for place in range(len(cases))]
        self.survey.results += made
        return made

    def _note(self, result: Result) -> None:
        self._made += 1
        if self._made % PROGRESS == 0:
            self._say(f"{self._made:,} runs")
        verdict = result.verdict
        if not verdict.ok:
            why = f"{verdict.duplicates} duplicates, {verdict.lost} lost: {'; '.join(verdict.problems)}"
            self._say(f"BROKEN {result.case}: {why}")


def _killed(results: Iterable[Result]) -> Iterator[Case]:
    """Each run once more, killed at each place of its last life that ended by itself."""
    for result in results:
        case = result.case
        yield from (replace(case, points=(*case.points, point)) for point in places(_last(result)))


def _last(result: Result) -> Sequence[Point]:
    """The life that ended by itself."""
    deaths = len(result.case.points)
    return result.lives[deaths] if len(result.lives) > deaths else ()


Work = Callable[[Surveyor], Awaitable[None]]


async def surveyed(work: Work, say: Say) -> Survey:
    """Do `work` with a surveyor on stages of its own."""
    async with AsyncExitStack() as opened:
        surveyor = Surveyor(await open_stages(opened), say)
        await work(surveyor)
        return surveyor.survey


async def open_stages(opened: AsyncExitStack) -> Sequence[Stage]:
    """Stages that end with `opened`: several, because they serve one victim at a time."""
    return [await opened.enter_async_context(open_stage()) for _ in range(STAGES)]
