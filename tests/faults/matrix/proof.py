"""The part of `make faults` that kills: which stories under which scripts, short and full."""

from __future__ import annotations

from collections.abc import Sequence

from tests.faults.matrix.imports import IMPORTS
from tests.faults.matrix.markdown import markdown
from tests.faults.matrix.plan import Point
from tests.faults.matrix.scripts import LOST, QUIET, Script
from tests.faults.matrix.stories import EXPORT, RELATION, STORIES, TWO_ORDERS, Story
from tests.faults.matrix.survey import Say, Survey, Surveyor, surveyed
from tests.faults.tally import Tally

ALL: Sequence[Story] = (*STORIES, *IMPORTS)


async def run(full: bool, say: Say) -> Tally:
    """The matrix; what broke is said as it happens. `full`: every story under all its scripts, and pairs of points."""
    return (await survey(full, say)).tally


async def report(full: bool, say: Say) -> tuple[Tally, str]:
    """The matrix, and its tables for the published report."""
    made = await survey(full, say)
    return made.tally, markdown(made, ALL)


async def survey(full: bool, say: Say) -> Survey:
    """The matrix with its results, for the report."""

    async def work(surveyor: Surveyor) -> None:
        for story in ALL:
            await surveyor.story(story, story.scripts_of(full=full), pairs=_pairs(story) if full else ())
        await arrivals(surveyor)
        await suspensions(surveyor)
        if full:
            await surveyor.acted("suspend", RELATION, RELATION, outside_the_window)
        say("a second event at every point, and a process suspended at every point: done")

    return await surveyed(work, say)


async def arrivals(surveyor: Surveyor) -> None:
    """A second event is taken in at every point of the first one's turn; nobody sweeps."""
    await surveyor.acted("arrive", EXPORT, TWO_ORDERS)


async def suspensions(surveyor: Surveyor) -> None:
    """The process stands still at every point while another takes its work over; then it wakes."""
    await surveyor.acted("suspend", EXPORT, EXPORT, outside_the_window)


def _pairs(story: Story) -> Sequence[Script]:
    return (QUIET, LOST) if story is EXPORT else ()


_SENT_SOON = {"document step sending", "relation step sending"}
_BEING_SENT = {"vendor POST salesorder/SalesOrders", "vendor POST crm/Accounts"}


def outside_the_window(point: Point) -> bool:
    """Not between the stored `sending` and its first byte: the package cannot check our fence.

    That window remains for a machine whose own clock stands still meanwhile (docs/exactly-once.md, "Windows that
    remain"). One whose clock goes on ends the call.
    """
    if point.side == "after":
        return point.name not in _SENT_SOON
    return point.name not in _BEING_SENT
