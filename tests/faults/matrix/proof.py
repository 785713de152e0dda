"""The part of `make faults` that kills: which stories under which scripts, short and full."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shared import connectors
from tests.faults.matrix.callbacks import called_back
from tests.faults.matrix.imports import importing
from tests.faults.matrix.markdown import markdown
from tests.faults.matrix.plan import Point
from tests.faults.matrix.scripts import LOST, TELLING, UNLIKE, Script
from tests.faults.matrix.stories import REFERENCE, Story, export, exporting, relation, two_documents
from tests.faults.matrix.survey import Say, Survey, Surveyor, surveyed
from tests.faults.tally import Tally

FEW = 7
"""So many scripts has a renewal, and reading fewer: in a full run everybody goes through all of them."""
MAIN = ("export", "relation")


def stories(connector: str) -> Sequence[Story]:
    """Everything that one connector goes through."""
    return [*exporting(connector), *importing(connector), *called_back(connector)]


async def run(full: bool, say: Say) -> Tally:
    """The matrix; what broke is said as it happens. `full`: under all scripts, and pairs of points."""
    return (await survey(full, say)).tally


async def report(full: bool, say: Say) -> tuple[Tally, str]:
    """The matrix, and its tables for the published report."""
    made = await survey(full, say)
    titles = {connector.name: connector.title for connector in connectors.all_connectors()}
    return made.tally, markdown(made, {title: stories(name) for name, title in titles.items()})


async def survey(full: bool, say: Say) -> Survey:
    """The matrix with its results, for the report."""

    async def work(surveyor: Surveyor) -> None:
        for connector in connectors.names():
            await one_connector(surveyor, connector, full=full)
            say(f"{connector}: done")

    return await surveyed(work, say)


async def one_connector(surveyor: Surveyor, connector: str, *, full: bool) -> None:
    """All of its stories, and what else than death can happen at a point."""
    for story in stories(connector):
        await surveyor.story(story, scripts_of(story, full=full), pairs=_pairs(story) if full else ())
    if full or connector == REFERENCE:
        await arrivals(surveyor, connector)
        await suspensions(surveyor, connector)
    if full and (story := relation(connector)):
        await surveyor.acted("suspend", story, story, outside_the_window)


def scripts_of(story: Story, *, full: bool) -> Sequence[Script]:
    """What the core does by itself around a document is the same for every package.

    Under all scripts, six packages would take two hours; so in a full run the longest stories of the others, and what
    is around a document, go through the scripts that tell most.
    """
    if not full:
        return story.brief or story.scripts
    reference = story.connector == REFERENCE
    if len(story.scripts) <= FEW or (reference and story.name in MAIN):
        return story.scripts
    return story.among(UNLIKE if reference or story.name == "export" else TELLING)


async def arrivals(surveyor: Surveyor, connector: str = REFERENCE) -> None:
    """A second event is taken in at every point of the first one's turn; nobody sweeps."""
    await surveyor.acted("arrive", export(connector), two_documents(connector))


async def suspensions(surveyor: Surveyor, connector: str = REFERENCE) -> None:
    """The process stands still at every point while another takes its work over; then it wakes."""
    story = export(connector)
    await surveyor.acted("suspend", story, story, outside_the_window)


def _pairs(story: Story) -> Sequence[Script]:
    return (LOST,) if story.name == "export" and story.connector == REFERENCE else ()


def outside_the_window(life: Sequence[Point]) -> Iterator[Point]:
    """Not between the stored `sending` and its first byte: the package cannot check our fence.

    That window remains for a machine whose own clock stands still meanwhile (docs/exactly-once.md, "Windows that
    remain"). One whose clock goes on ends the call.
    """
    sending = False
    for point in life:
        sending = sending or (point.side == "after" and point.name.endswith("step sending"))
        if not sending:
            yield point
        elif point.name.startswith("vendor"):
            sending = False  # behind this point its first byte leaves
