"""The fork server: everything is imported once, then each victim is a fork of a process without loop or threads."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Literal

from tests.faults.matrix.plan import Plan

ROOT = Path(__file__).parents[3]
COMMAND = (sys.executable, "-c", "from tests.faults.matrix.forks import serve; serve()")

_LATE_IMPORTS = ("sniffio", "httpcore", "anyio._backends._asyncio", "httpcore._backends.auto", "httpcore._async.http11")

End = Literal["quiet", "killed", "broken"]
"""How a victim's life ended: by itself, at its point, or by an error of ours (its log tells)."""


class ForkServer:
    """The asking side."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def live(self, plan: Plan) -> End:
        """One life from birth to death."""
        asks, answers = self._process.stdin, self._process.stdout
        assert asks is not None
        assert answers is not None
        asks.write(plan.model_dump_json().encode() + b"\n")
        await asks.drain()
        code = int((await answers.readline()).decode() or "1")
        return "quiet" if code == 0 else "killed" if code == -signal.SIGKILL else "broken"


@asynccontextmanager
async def fork_server() -> AsyncIterator[ForkServer]:
    """A fork server of its own process; it ends with the block."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*COMMAND, stdin=pipe, stdout=pipe, cwd=ROOT)
    try:
        yield ForkServer(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


def serve() -> None:
    """The serving side: a plan a line comes in, the exit code of its victim (negative: the signal) goes out."""
    _import_all()
    gc.collect()
    gc.freeze()
    for line in sys.stdin.buffer:
        plan = Plan.model_validate_json(line)
        child = os.fork()
        if child == 0:
            _live(plan)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _import_all() -> None:
    """The dear part, before the first fork: also what is imported or read only when it is first used."""
    from shared import connectors, hub
    from shared.sandbox.scenario import scenario
    from tests.faults.matrix import victim  # noqa: F401  # for its own imports

    for connector in connectors.names():
        connectors.get(connector)
        scenario(connector)
    for name in _LATE_IMPORTS:
        import_module(name)
    hub.tls()


def _live(plan: Plan) -> None:
    """In the child: it never returns, and never touches the pipes of its parent."""
    from tests.faults.matrix import mutations, victim

    log = os.open(plan.log, os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(log, stream)
    try:
        mutations.apply(plan.mutation)
        victim.live(plan)
    except BaseException:  # noqa: BLE001  # whatever it is, the log must tell and the parent must know
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)
