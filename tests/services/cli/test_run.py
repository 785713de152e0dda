"""Services in a process: started, watched and ended; and the pretend package."""

import asyncio
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.cli import failures
from services.cli.running import run_until_told
from shared import connectors
from shared.turns import FuseBlown
from tests.services.cli.support import fieldledger, free_port
from tests.world import World


@dataclass
class Endless:
    """A service that works until it is told to stop, and remembers that it was."""

    name: str = "endless"
    ended: bool = False
    error: Exception | None = None

    async def run(self) -> None:
        if self.error:
            raise self.error
        try:
            await asyncio.Event().wait()
        finally:
            self.ended = True

    async def health(self) -> bool:
        return True


class TestRun:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    async def test_a_signal_ends_every_service_cleanly(self, world: World, number: signal.Signals) -> None:
        parts = [Endless("a"), Endless("b")]
        running = asyncio.create_task(run_until_told(world.hub, parts))
        await asyncio.sleep(0.05)
        os.kill(os.getpid(), number)
        async with asyncio.timeout(5):
            await running
        assert all(part.ended for part in parts)

    async def test_a_blown_fuse_ends_the_others_too(self, world: World) -> None:
        healthy = Endless("a")
        with pytest.raises(ExceptionGroup) as caught:
            await run_until_told(world.hub, [healthy, Endless("b", error=FuseBlown("the bug is ours"))])
        assert failures.report(caught.value) == failures.FUSE

    async def test_a_process_of_all_services_is_healthy_and_ends_with_0(self, with_kafka: str, tmp_path: Path) -> None:
        port = free_port()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", "from services.cli import main; main()", "run", "all",
            env={**os.environ, "FIELDLEDGER_HEALTH_PORT": str(port), "PYTHONPATH": os.pathsep.join(sys.path)},
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            health = await _answer(f"http://127.0.0.1:{port}/health")
            parts = [f"{part}.{name}" for part in ("importer", "exporter") for name in connectors.names()]
            assert health["services"] == ["scheduler", *parts]
            assert (health["store"], health["kafka"]) == (True, True)
            process.terminate()
            _, log = await asyncio.wait_for(process.communicate(), 30)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert process.returncode == 0, log.decode()
        assert b"Traceback" not in log

    async def test_an_unknown_connector_is_said(self) -> None:
        said = await fieldledger("run", "importer", "--connector", "exakt")
        assert said.code == 2
        assert "There is no connector 'exakt'" in said.err


async def _answer(url: str) -> dict[str, Any]:
    async with asyncio.timeout(30), httpx.AsyncClient() as http:
        while True:
            try:
                answer = await http.get(url)
                if answer.status_code == 200:
                    found: dict[str, Any] = answer.json()
                    return found
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)


async def test_the_sandbox_says_how_to_reach_it_and_answers_there() -> None:
    port = free_port()
    arguments = ["sandbox", "--port", str(port), "--set", "accounts=3", "--set", "items=3"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from services.cli import main; main()", *arguments,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), 30)
        assert line.decode().strip() == f"export FIELDLEDGER_CONNECTORS__EXACT_ONLINE__BASE_URL=http://127.0.0.1:{port}"
        asked = "client_id=fieldledger-demo&response_type=code&redirect_uri=http://127.0.0.1:8765/callback"
        page = await _page(f"http://127.0.0.1:{port}/api/oauth2/auth?{asked}")
        assert "Anouk de Vries" in page
    finally:
        process.kill()
        await process.communicate()


@pytest.mark.parametrize(
    ("option", "told"),
    [("floors=3", "The sandbox of exact_online has no floors; it has"), ("accounts=many", "is not NAME=NUMBER")],
)
async def test_an_option_that_the_sandbox_does_not_have_is_said_before_it_serves(option: str, told: str) -> None:
    said = await fieldledger("sandbox", "--set", option)
    assert (said.code, said.out) == (2, "")
    assert told in said.err


async def _page(url: str) -> str:
    async with asyncio.timeout(30), httpx.AsyncClient() as http:
        while True:
            try:
                return (await http.get(url)).text
            except httpx.TransportError:
                await asyncio.sleep(0.1)
