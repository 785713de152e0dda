"""Where the time goes: looks at all threads of this process every few milliseconds and counts what they are doing.

The standard profiler sees one thread and slows each call down; half of our work is done by the threads of the store.
"""

import sys
import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Self

INTERVAL = 0.004
TOP = 25
_WAITING = frozenset(
    {("selectors.py", "select"), ("threading.py", "wait"), ("thread.py", "_worker"), ("sampling.py", "_look")}
)
"""Innermost functions of threads that wait for something: no time of ours."""
_HERE = Path(__file__).parent.parent

Place = tuple[str, str]
"""File and function."""


class Sampler:
    """Use as `with`. Without a file it does nothing."""

    def __init__(self, file: str | None) -> None:
        self._file = file
        self._stop = threading.Event()
        self._own: Counter[Place] = Counter()
        self._total: Counter[Place] = Counter()
        self._looks = 0
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        if self._file:
            self._thread.start()
        return self

    def __exit__(self, *why: object) -> None:
        if self._file:
            self._stop.set()
            self._thread.join()
            Path(self._file).write_text(report(self._looks, self._own, self._total))

    def _look(self) -> None:
        while not self._stop.wait(INTERVAL):
            self._looks += 1
            for frame in sys._current_frames().values():  # noqa: SLF001  # the documented way, whatever its name
                self._count(stack(frame))

    def _count(self, places: Sequence[Place]) -> None:
        file, function = places[0]
        if (Path(file).name, function.rpartition(".")[2]) in _WAITING:
            return
        self._own[places[0]] += 1
        self._total.update(set(places))


def stack(frame: FrameType | None) -> list[Place]:
    """Where a thread is, innermost first."""
    places = []
    while frame is not None:
        places.append((frame.f_code.co_filename, frame.f_code.co_qualname))
        frame = frame.f_back
    return places


def report(looks: int, own: Counter[Place], total: Counter[Place]) -> str:
    """Two lists: functions by their own time, and ours by theirs with all they call; shares of the looks."""
    ours = Counter({place: count for place, count in total.items() if place[0].startswith(f"{_HERE}/")})
    lists = (("Time of a function itself", own), ("Time of our functions with all they call", ours))
    return "\n".join(f"{title}\n{_lines(counts, looks)}\n" for title, counts in lists)


def _lines(counts: Counter[Place], looks: int) -> str:
    return "\n".join(
        f"{count / max(looks, 1):6.1%}  {name}  ({_short(file)})" for (file, name), count in counts.most_common(TOP)
    )


def _short(file: str) -> str:
    return file.removeprefix(f"{_HERE}/").rpartition("site-packages/")[2]
