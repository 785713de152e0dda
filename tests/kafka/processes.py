"""Services as processes of one installation: started, stopped, killed, and waited for with their logs at hand."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

T = TypeVar("T")

COMMAND = (sys.executable, "-c", "from services.cli import main; main()", "run")
PATIENCE = 18.0
LOOK = 0.02


def environment(fields: Mapping[str, Any]) -> dict[str, str]:
    """Fields of `Settings` as the environment variables a process is started with."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FIELDLEDGER_")}
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}
    return kept | {f"FIELDLEDGER_{name.upper()}": text for name, text in texts.items()}


class Process(Protocol):
    """What a service's process must do: asyncio's own does, and so does a forked one."""

    @property
    def pid(self) -> int: ...

    @property
    def returncode(self) -> int | None: ...

    def send_signal(self, signal: int, /) -> None: ...

    async def wait(self) -> int: ...


Spawn = Callable[[Sequence[str], Mapping[str, str], Path], Awaitable[Process]]
"""Services, environment and log file -> the running process."""


async def executed(names: Sequence[str], environment: Mapping[str, str], file: Path) -> Process:
    """A process as an operator starts it: `fieldledger run NAMES`."""
    with file.open("wb") as log:
        return await asyncio.create_subprocess_exec(*COMMAND, *names, stdout=log, stderr=log, env=environment)


class Service:
    """One running process. `log` is what it wrote to standard error and output."""

    def __init__(self, title: str, process: Process, file: Path) -> None:
        self.title = title
        self.expected_to_run = True
        self._process = process
        self._file = file

    @property
    def log(self) -> str:
        return self._file.read_text(errors="replace")

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        return self._process.returncode

    @property
    def running(self) -> bool:
        """It serves: Kafka gave it its share of the topics."""
        return '"event": "running"' in self.log

    def freeze(self) -> None:
        """Stop it in the middle of whatever it does (SIGSTOP)."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on, unaware of the time it was frozen (SIGCONT)."""
        self._process.send_signal(signal.SIGCONT)

    async def kill(self) -> None:
        """End it as a power cut would (SIGKILL)."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """Ask it to end (SIGTERM); its exit code."""
        await self._end(signal.SIGTERM)
        assert self.exit_code is not None
        return self.exit_code

    async def _end(self, how: signal.Signals) -> None:
        self.expected_to_run = False
        if self.exit_code is None:
            self._process.send_signal(how)
        try:
            async with asyncio.timeout(PATIENCE):
                await self._process.wait()
        except TimeoutError:
            self._process.send_signal(signal.SIGKILL)
            await self._process.wait()
            raise AssertionError(f"{self.title} did not end after {how.name}.\n{self.log}") from None


@dataclass
class Services:
    """Starts services and waits for what they do. What still runs when the block ends is killed."""

    fields: Mapping[str, Any]
    folder: Path
    spawn: Spawn = executed
    _started: list[Service] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for service in self._started:
            await service.kill()

    @property
    def alive(self) -> Sequence[Service]:
        """Those that were started and have not ended."""
        return [service for service in self._started if service.exit_code is None]

    async def start(self, *names: str, **fields: Any) -> Service:
        """`fieldledger run NAMES`; `fields` of `Settings` differ for this process only."""
        title = f"{'+'.join(names)} {len(self._started) + 1}"
        file = self.folder / f"{title}.log"
        process = await self.spawn(names, environment({**self.fields, **fields}), file)
        self._started.append(Service(title, process, file))
        return self._started[-1]

    async def running(self, *names: str, **fields: Any) -> Service:
        """`start`, then wait until it serves."""
        service = await self.start(*names, **fields)
        await self.until_running(service)
        return service

    async def until_running(self, *services: Service) -> None:
        """Wait until each of them serves."""

        async def running() -> bool:
            return all(service.running for service in services)

        await self.until(running, f"{' and '.join(service.title for service in services)} serve")

    async def until(self, claim: Callable[[], Awaitable[T]], what: str, patience: float = PATIENCE) -> T:
        """Wait until `claim` is true; its value. Fails, logs included, when it takes too long or a process ends."""
        deadline = asyncio.get_running_loop().time() + patience
        while not (found := await claim()):
            ended = [service for service in self._started if service.expected_to_run and service.exit_code is not None]
            assert not ended, f"While waiting until {what}, {ended[0].title} ended by itself.\n{_logs(ended)}"
            late = asyncio.get_running_loop().time() > deadline
            assert not late, f"Not within {patience:.0f} s: {what}.\n{_logs(self._started)}"
            await asyncio.sleep(LOOK)
        return found


def _logs(services: Sequence[Service]) -> str:
    return "\n".join(f"--- {service.title}\n{service.log[-6000:]}" for service in services)
