"""One running installation and one Chromium for all browser tests; a company and a browser window for each."""

import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from demo.installation import Installation
from shared import connectors
from shared.memory_kafka import MemoryKafka
from tests.browser.chromium import FLAGS, chromium
from tests.browser.company import PATIENCE, Company
from tests.browser.running import start

HERE = Path(__file__).parent
_numbers = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """They all share one event loop: that of the installation they look at."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def installation(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    """Everything that runs."""
    with MemoryKafka() as kafka:
        async with start(kafka.bootstrap, tmp_path_factory.mktemp("installation"), connectors.names()) as running:
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
