"""The matrix as Markdown: one table a story, points down, scripts across."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tests.faults.matrix.runs import Result
from tests.faults.matrix.stories import EXPORT, Story
from tests.faults.matrix.survey import Survey

_UNMET = "·"


def markdown(survey: Survey, stories: Sequence[Story]) -> str:
    """Everything the survey found, worst first within a cell."""
    killed = [result for result in survey.results if result.case.act == "kill" and len(result.case.points) < 2]
    tables = (_story(story.name, story.title, [r for r in killed if r.case.story is story]) for story in stories)
    return "\n\n".join([*filter(None, tables), _acts(survey), _pairs(survey)])


def _story(name: str, title: str, results: Sequence[Result]) -> str:
    if not results:
        return ""
    scripts = list(dict.fromkeys(result.case.script.name for result in results))
    cells: dict[str, dict[str, str]] = {}
    for result in results:
        row = cells.setdefault(_row(result), {})
        script = result.case.script.name
        row[script] = max(row.get(script, ""), cell(result), key=_WORST.index)
    return f"### {name.capitalize()}\n\n{title}.\n\n" + "\n".join(_table(scripts, cells))


_WORST = ["", "ok", "asks", "**violation**", "**lost**", "**duplicate**"]


def cell(result: Result) -> str:
    """`ok`; `asks`: once the owner had logged in again, all was well; else what was broken."""
    verdict = result.verdict
    if verdict.duplicates:
        return "**duplicate**"
    if verdict.lost:
        return "**lost**"
    if verdict.problems:
        return "**violation**"
    return "asks" if result.asked else "ok"


def _row(result: Result) -> str:
    return str(result.case.points[0].arrow) if result.case.points else "*undisturbed*"


def _table(scripts: Sequence[str], cells: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    yield f"| killed | {' | '.join(scripts)} |"
    yield "|---" * (len(scripts) + 1) + "|"
    for point, row in cells.items():
        yield f"| {point} | {' | '.join(row.get(script, _UNMET) for script in scripts)} |"


def _acts(survey: Survey) -> str:
    """What is done at points instead of killing."""
    said = {
        "arrive": "a second work order is taken in at every point of the first one's turn, and nobody sweeps",
        "suspend": "the process is suspended at every point while another takes over, finishes, and then it wakes",
    }
    lines = [
        f"- {sentence}: {_count([result for result in survey.results if result.case.act == act])}"
        for act, sentence in said.items()
    ]
    return f"### Not killed, but disturbed\n\nThe story of {EXPORT.name} on a quiet day:\n\n" + "\n".join(lines)


def _pairs(survey: Survey) -> str:
    pairs = [result for result in survey.results if len(result.case.points) > 1]
    if not pairs:
        return "Pairs of points run with `make faults FULL=1`."
    where = f"The story of {EXPORT.name}, killed at every point and again at every point of the next life"
    return f"### Killed twice\n\n{where}: {_count(pairs)}"


def _count(results: Sequence[Result]) -> str:
    broken = [result for result in results if not result.verdict.ok]
    return f"{len(results):,} runs, {len(broken)} broke a promise."
