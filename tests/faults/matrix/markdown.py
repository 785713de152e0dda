"""The matrix as Markdown: for each connector one table a story, points down, scripts across."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tests.faults.matrix.runs import Result
from tests.faults.matrix.stories import Story
from tests.faults.matrix.survey import Survey

_UNMET = "·"


def markdown(survey: Survey, stories: Mapping[str, Sequence[Story]]) -> str:
    """Everything the survey found, worst first within a cell. `stories`: those of each connector, by its title."""
    parts = (_connector(survey, title, told) for title, told in stories.items())
    return "\n\n".join([*filter(None, parts), _pairs(survey)])


def _connector(survey: Survey, title: str, stories: Sequence[Story]) -> str:
    mine = [result for result in survey.results if result.case.story.connector == stories[0].connector]
    killed = [result for result in mine if result.case.act == "kill" and len(result.case.points) < 2]
    tables = (_story(story, [r for r in killed if r.case.story.key == story.key]) for story in stories)
    return "\n\n".join(filter(None, [f"### {title}", *tables, _acts(stories[0], mine)])) if mine else ""


def _story(story: Story, results: Sequence[Result]) -> str:
    if not results:
        return ""
    scripts = list(dict.fromkeys(result.case.script.name for result in results))
    cells: dict[str, dict[str, str]] = {}
    for result in results:
        row = cells.setdefault(_row(result), {})
        script = result.case.script.name
        row[script] = max(row.get(script, ""), cell(result), key=_WORST.index)
    return f"#### {story.name.capitalize()}\n\n{story.title}.\n\n" + "\n".join(_table(scripts, cells))


_WORST = ["", "ok", "refused", "unsure", "asks", "**violation**", "**lost**", "**duplicate**"]


def cell(result: Result) -> str:
    """What was broken; `asks`: the owner had to log in again, then all was well; how it ended visibly; `ok`."""
    verdict = result.verdict
    if verdict.duplicates:
        return "**duplicate**"
    if verdict.lost:
        return "**lost**"
    if verdict.problems:
        return "**violation**"
    return "asks" if result.asked else max(["ok", *verdict.visible], key=_WORST.index)


def _row(result: Result) -> str:
    return str(result.case.points[0].arrow) if result.case.points else "*undisturbed*"


def _table(scripts: Sequence[str], cells: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    yield f"| killed | {' | '.join(scripts)} |"
    yield "|---" * (len(scripts) + 1) + "|"
    for point, row in cells.items():
        yield f"| {point} | {' | '.join(row.get(script, _UNMET) for script in scripts)} |"


def _acts(story: Story, results: Sequence[Result]) -> str:
    """What is done at points instead of killing."""
    said = {
        "arrive": "a second document is taken in at every point of the first one's turn, and nobody sweeps",
        "suspend": "the process is suspended at every point while another takes over, finishes, and then it wakes",
    }
    done = {act: [result for result in results if result.case.act == act] for act in said}
    lines = [f"- {sentence}: {_count(done[act])}" for act, sentence in said.items() if done[act]]
    head = f"#### Not killed, but disturbed\n\nThe story of {story.name} on a quiet day:"
    return "\n\n".join([head, "\n".join(lines)]) if lines else ""


def _pairs(survey: Survey) -> str:
    pairs = [result for result in survey.results if len(result.case.points) > 1]
    if not pairs:
        return "Pairs of points run with `make faults FULL=1`."
    where = "The story of export, killed at every point and again at every point of the next life"
    return f"### Killed twice\n\n{where}: {_count(pairs)}"


def _count(results: Sequence[Result]) -> str:
    broken = [result for result in results if not result.verdict.ok]
    return f"{len(results):,} runs, {len(broken)} broke a promise."
