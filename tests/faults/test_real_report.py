"""The page shows what the real trials came to; one that fails in whatever way is a violation, and the others go on."""

from collections.abc import Awaitable, Callable

from tests.faults.real import play
from tests.faults.real.books import Findings
from tests.faults.real.ground import Ground
from tests.faults.real.markdown import Played, markdown
from tests.faults.real.trials import Trial
from tests.faults.tally import Tally

GOOD = Findings().after("10 events a second", "2 came late", faults=20)


def ending(found: Findings | Exception) -> Callable[[Ground], Awaitable[Findings]]:
    """What a trial does that ends so."""

    async def played(_: Ground) -> Findings:
        if isinstance(found, Exception):
            raise found
        return found

    return played


async def tried(*ends: Findings | Exception) -> tuple[list[Findings], list[str]]:
    """What is found of trials that end so, and what is said."""
    said: list[str] = []
    chosen = [Trial(f"trial {n}", ending(found)) for n, found in enumerate(ends)]
    played = await play(chosen, None, said.append)  # type: ignore[arg-type]  # they stand on nothing
    return [one.found for one in played], said


def test_a_trial_is_a_line_of_the_page_with_what_there_is_to_say_of_it() -> None:
    page = markdown([Played("20 kills", GOOD, 31)], "Kafka is this, MongoDB is that").splitlines()
    assert page[0].endswith("Kafka is this, MongoDB is that.")
    assert page[-1] == "| 20 kills | 20 | as promised | 31 | 10 events a second; 2 came late |"


def test_a_line_shows_all_that_was_broken() -> None:
    found = Findings(["twice"], ["gone", "gone too"], ["odd"])
    assert "| **1 double, 2 lost, 1 broken** |" in markdown([Played("20 kills", found, 31)], "")


def test_the_numbers_count_what_was_done_and_what_came_of_it() -> None:
    found = Findings(["twice"], ["gone", "gone too"], ["odd"]).after(faults=3)
    assert found.tally == Tally(points=3, runs=1, duplicates=1, lost=2, violations=1)


async def test_a_trial_that_raises_whatever_is_a_violation_and_the_others_go_on() -> None:
    found, said = await tried(AssertionError("not quiet"), TimeoutError("too late"), KeyError("bug"), GOOD)
    assert [one.tally.violations for one in found] == [1, 1, 1, 0]
    assert found[1].broken == ["TimeoutError: too late"]
    assert "too late" in said[1]


async def test_what_there_is_to_say_is_said_at_once_too() -> None:
    _, said = await tried(GOOD)
    assert said == ["trial 0: as promised; 10 events a second; 2 came late (0 s)"]
