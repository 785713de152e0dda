"""Keeps programs running, each as a process of its own: what dies is started again, and all end together.

Each has a file for its output, and one for its process id; its lines also appear on the screen, behind its name.
"""

import asyncio
import contextlib
import itertools
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from deploy.local.java import ends_with_its_input

GRACE = 10.0
"""Seconds a process gets to end by itself when it is told to; then it is killed."""

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds before a dead process is started again; doubled while it dies young."""

_COLOURS = itertools.cycle((36, 33, 35, 32, 34, 96, 93, 95, 92, 94))
_CHUNK = 65_536


@dataclass(frozen=True)
class Program:
    """What to run, and the whole environment it gets.

    `once`: it is not started again when it ends, and what it says goes to the screen as it is, into no file.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    once: bool = False


@dataclass(frozen=True)
class Places:
    """Where output (`<name>.log`) and process ids (`<name>.pid`) are written."""

    logs: Path
    ids: Path


class Screen:
    """Lines for people, on standard error: each behind the name of who said it, in a colour of its own."""

    def __init__(self, width: int) -> None:
        """`width`: of the longest name."""
        self._width = width
        self._coloured = sys.stderr.isatty()

    def voice(self, name: str) -> Callable[[str], None]:
        """Give one program its colour."""
        shown = f"{name:{self._width}} |"
        if self._coloured:
            shown = f"\x1b[{next(_COLOURS)}m{shown}\x1b[0m"
        return lambda line: print(shown, line, file=sys.stderr, flush=True)  # noqa: T201  # this is the screen


class Process:
    """One running process. It never outlives us: a watcher ends it when we are gone, however that happened."""

    def __init__(self, inner: asyncio.subprocess.Process, watcher: asyncio.subprocess.Process) -> None:
        self._inner = inner
        self._watcher = watcher

    @classmethod
    async def start(cls, program: Program) -> Self:
        """Start it. In a session of its own: Ctrl-C reaches us first, and we say in which order all end."""
        output = None if program.once else asyncio.subprocess.PIPE
        inner = await asyncio.create_subprocess_exec(
            *program.command, env=program.environment, stdout=output, stderr=output and asyncio.subprocess.STDOUT,
            stdin=asyncio.subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        # The pipe ends with us, and the process with the pipe.
        watcher = await asyncio.create_subprocess_exec(
            *ends_with_its_input(inner.pid), stdin=asyncio.subprocess.PIPE, start_new_session=True
        )
        return cls(inner, watcher)

    @property
    def id(self) -> int:
        """The process id."""
        return self._inner.pid

    async def output(self, file: Path, show: Callable[[str], None]) -> None:
        """Write what it says to a file and line by line to `show`, until it ends."""
        if self._inner.stdout is None:
            return
        rest = b""
        with file.open("ab", buffering=0) as log:
            # By chunks: a line may be longer than any limit.
            while chunk := await self._inner.stdout.read(_CHUNK):
                log.write(chunk)
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    show(line.decode(errors="replace"))

    async def ended(self) -> int:
        """Wait for its end; the exit code, negative for a signal."""
        code = await self._inner.wait()
        with contextlib.suppress(ProcessLookupError):
            self._watcher.kill()  # or it might meet another process with the number of the dead one
        await self._watcher.wait()
        return code

    async def stop(self) -> None:
        """Tell it to end; kill it when it does not within the grace."""
        self._signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(GRACE):
                await self.ended()
        except TimeoutError:
            self._signal(signal.SIGKILL)
            await self.ended()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._inner.send_signal(number)


class Kept:
    """A program and its present process. `deaths`: how often it ended without being told to; `log`: its file."""

    def __init__(self, program: Program, places: Places, screen: Screen) -> None:
        """Runs from now on."""
        self.deaths = 0
        self._program = program
        self.log = places.logs / f"{program.name}.log"
        self._id = places.ids / f"{program.name}.pid"
        self._say = screen.voice(program.name)
        self._process: Process | None = None
        self._told = asyncio.Event()
        self._lives = asyncio.create_task(self._live(), name=program.name)

    async def over(self) -> int:
        """Wait until it is not started again; its exit code."""
        return await asyncio.shield(self._lives)

    async def stop(self) -> None:
        """End it for good."""
        self._told.set()
        if self._process is not None:
            await self._process.stop()
        await asyncio.wait([self._lives])
        self._id.unlink(missing_ok=True)

    async def _live(self) -> int:
        now = asyncio.get_running_loop().time
        pause: float | None = None
        while True:
            began = now()
            code = await self._one_life()
            if self._program.once or self._told.is_set():
                break
            self.deaths += 1
            pause = pause_after(now() - began, pause)
            self._say(f"ended {_how(code)}; it is started again in {pause:.0f} s")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), pause)
                break
        return code

    async def _one_life(self) -> int:
        self._process = await Process.start(self._program)
        if self._told.is_set():  # while it was being started
            await self._process.stop()
        self._note(self._process.id)
        await self._process.output(self.log, self._say)
        code = await self._process.ended()
        self._process = None
        return code

    def _note(self, process: int) -> None:
        """In one step, so that nobody reads a file without its number."""
        begun = self._id.with_suffix(".new")
        begun.write_text(f"{process}\n")
        begun.replace(self._id)


def pause_after(lived: float, before: float | None) -> float:
    """Seconds to wait before a program that lived so long is started again; `before`: the pause before that life."""
    if before is None or lived > LONGEST_PAUSE:
        return FIRST_PAUSE
    return min(2 * before, LONGEST_PAUSE)


def _how(code: int) -> str:
    return f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"


class Supervisor:
    """Programs that run while the block does. Leaving it ends them all, at the same time and for good."""

    def __init__(self, places: Places, screen: Screen) -> None:
        self._places = places
        self._screen = screen
        self._kept: list[Kept] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *why: object) -> None:
        await asyncio.gather(*(kept.stop() for kept in self._kept))

    def start(self, program: Program) -> Kept:
        """Run a program from now on."""
        self._kept.append(Kept(program, self._places, self._screen))
        return self._kept[-1]
