"""Every page, as it looks: on a desk and on a phone, by day and by night. axe says whether everybody can use it."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from demo.installation import Installation
from tests.browser.company import DESKTOP, PHONE, Company
from tests.browser.places import NOTES, ROLES, Places, furnished

PICTURES = Path(os.environ.get("FIELDLEDGER_SCREENSHOTS", ".fieldledger/screenshots"))
THEMES = ("light", "dark")
TALLEST = 6000
"""Pixels of a page that a picture shows."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def places(installation: Installation, browser: Browser) -> AsyncIterator[Places]:
    company = Company(installation, browser, "installatiebedrijf-jansen")
    yield await furnished(company)
    await company.close()


async def look(places: Places, name: str, size: dict[str, int]) -> Page:
    """The page in a window of that size."""
    page = await places.company.window(ROLES[name], viewport=size)
    await page.context.add_init_script(NOTES)
    await places.visit(page, name)
    return page


async def picture(page: Page, name: str) -> None:
    """The whole page, not only what fits in the window."""
    size = page.viewport_size or DESKTOP
    tall = min(TALLEST, await page.evaluate("document.documentElement.scrollHeight"))
    await page.set_viewport_size({"width": size["width"], "height": max(size["height"], tall)})
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / f"{name}.png")
    await page.set_viewport_size(size)


async def findings(page: Page) -> list[str]:
    """What axe finds serious or worse, with where."""
    found = (await Axe().run(page)).response["violations"]
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


async def test_axe_finds_what_some_cannot_use(company: Company) -> None:
    page = await company.stranger()
    await page.set_content('<html lang="en"><title>x</title><h1>x</h1><img src="x"><p style="color:#ddd">faint</p>')
    assert {one.partition(":")[0] for one in await findings(page)} == {"color-contrast", "image-alt"}


@pytest.mark.parametrize("name", ROLES)
async def test_everybody_can_use_the_page_by_day_and_by_night(places: Places, name: str) -> None:
    page = await look(places, name, DESKTOP)
    for theme in THEMES:
        await page.emulate_media(color_scheme=theme)
        await picture(page, f"{name}-desktop-{theme}")
        assert await findings(page) == [], theme


@pytest.mark.parametrize("name", ROLES)
async def test_nothing_sticks_out_of_the_page_on_a_phone(places: Places, name: str) -> None:
    page = await look(places, name, PHONE)
    for theme in THEMES:
        await page.emulate_media(color_scheme=theme)
        await picture(page, f"{name}-phone-{theme}")
    wide, window = await page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide <= window
