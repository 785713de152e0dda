"""One running installation and one Chromium for all browser tests; a company and a browser window for each."""

import itertools
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from demo.installation import Installation
from deploy.local.java import free_port
from shared import connectors
from shared.memory_kafka import MemoryKafka
from shared.sandbox.scenario import Scenario
from tests.browser.chromium import FLAGS, chromium
from tests.browser.company import PATIENCE, Company

HERE = Path(__file__).parent
QUICK: dict[str, Any] = {"poll": 0.05, "retry_first": 0.2, "settle_after": 0.2, "console_rate": 1000.0}
_numbers = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """They all share one event loop: that of the installation they look at."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


def _sized(scenario: Scenario) -> Mapping[str, Any]:
    return {**scenario.options, **scenario.small}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def installation(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    """All services, the pretend packages and the platform's sign-in, as `make demo` runs them."""
    with MemoryKafka() as kafka:
        made = Installation(
            kafka.bootstrap,
            tmp_path_factory.mktemp("installation"),
            connectors.names(),
            real_kafka=False,
            sized=_sized,
            port=lambda _: free_port(),
            **QUICK,
        )
        async with made as running:
            yield running
            running.check()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, without a window."""
    expect.set_options(timeout=PATIENCE)
    async with async_playwright() as playwright:
        made = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield made
        await made.close()


@pytest_asyncio.fixture(loop_scope="session")
async def company(installation: Installation, browser: Browser) -> AsyncIterator[Company]:
    """A company of its own: an office worker is signed in, and nothing is connected yet."""
    made = Company(installation, browser, f"company-{next(_numbers)}")
    yield made
    await made.close()
