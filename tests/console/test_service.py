"""The console as a service, and the platform that the demo pretends."""

import asyncio
from pathlib import Path

import httpx
import pytest

from demo.issuer import Issuer, people
from deploy.local.java import free_port
from services.cli.running import build
from services.console.app import Console
from services.console.identity import Platform
from shared.clock import now
from shared.errors import Misconfigured
from shared.settings import Settings
from tests.console.desk import Desk

ISSUER = "http://127.0.0.1:8471"


def names(desk: Desk, *wanted: str) -> list[str]:
    return [service.name for service in build(desk.hub, wanted, ["billit"])]


async def test_it_runs_along_with_everything_else_only_where_a_port_is_set(console: Desk) -> None:
    assert "console" in names(console, "console")
    assert "console" not in names(console, "all", "scheduler", "console")
    console.hub.settings = console.hub.settings.model_copy(update={"console_port": 8470})
    assert "console" in names(console, "all", "scheduler", "console")


async def test_without_a_port_it_says_which_setting_is_missing(console: Desk) -> None:
    with pytest.raises(Misconfigured, match="FIELDLEDGER_CONSOLE_PORT"):
        await Console(console.hub).run()


async def test_it_answers_on_its_port_until_it_is_told_to_end(console: Desk) -> None:
    port = free_port()
    console.hub.settings = console.hub.settings.model_copy(update={"console_port": port})
    service = Console(console.hub)
    running = asyncio.create_task(service.run())
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        while True:
            try:
                answer = await client.get("/session")
                break
            except httpx.ConnectError:
                await asyncio.sleep(0)
    assert answer.status_code == 200
    assert "server" not in answer.headers
    assert await service.health()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_one_click_on_the_pretended_platform_signs_somebody_in(tmp_path: Path) -> None:
    issuer = Issuer(ISSUER, "http://console.test", "fieldledger")
    transport = httpx.ASGITransport(issuer.app)
    settings = Settings(
        _env_file=None, platform_issuer=ISSUER, platform_audience="fieldledger", platform_jwks=f"{ISSUER}/jwks"
    )
    platform = Platform(settings, now, transport)
    roles = {(await platform.user(issuer.token(person))).role for person in people()}
    assert roles == {"office", "operator"}
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as client:
        page = (await client.get("/login", params={"next": '/x"><script>'})).text
    assert 'action="http://console.test/session"' in page
    assert "<script>" not in page
