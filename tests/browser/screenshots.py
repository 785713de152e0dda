"""`make screenshots`: the pictures of the README, of companies to whom something happened already."""

import asyncio
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from demo.installation import Installation
from shared import connectors
from shared.memory_kafka import MemoryKafka
from tests.browser.chromium import FLAGS, chromium
from tests.browser.company import Company, an_order
from tests.browser.places import NOTES, ROLES, furnished, whole
from tests.browser.running import start
from tests.factories import make_customer

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
SIZE = {"width": 1280, "height": 800}
CUSTOMERS = ("Bakkerij Het Zonnetje", "Garage Van Loon", "Basisschool De Esdoorn", "Hotel De Zwaan")


async def main() -> None:
    """Take them."""
    FOLDER.mkdir(exist_ok=True)
    async with AsyncExitStack() as stack:
        kafka = stack.enter_context(MemoryKafka())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        installation = await stack.enter_async_context(start(kafka.bootstrap, folder, connectors.names()))
        driver = await stack.enter_async_context(async_playwright())
        browser = await driver.chromium.launch(executable_path=chromium(), args=FLAGS)
        await _of_all(installation, browser)
        await _of_a_preview(installation, browser)
        await browser.close()


async def _of_all(installation: Installation, browser: Browser) -> None:
    company = Company(installation, browser, "jansen-2026")
    places = await furnished(company)
    for name in ("integrations", "connection", "connector"):
        page = await company.window(ROLES[name], viewport=SIZE)
        await page.context.add_init_script(NOTES)
        await places.visit(page, name)
        await _take(page, name)
    await company.close()


async def _of_a_preview(installation: Installation, browser: Browser) -> None:
    company = Company(installation, browser, "bakker-2026")
    connection = await company.connected("exact_online", started=False)
    for name in CUSTOMERS:
        number = company.number()
        await company.complete(an_order("exact_online", number, invoice_customer=make_customer(name=name)))
        await company.until(number, "held")
    page = await company.office(viewport=SIZE)
    await page.goto(f"/connections/{connection.id}/preview?from={company.days_ago(7)}")
    await page.get_by_role("button", name="Try these against").click()
    await page.get_by_text("Ready").first.wait_for()
    await _take(page, "preview")
    await company.close()


async def _take(page: Page, name: str) -> None:
    await whole(page)
    await page.evaluate("scrollTo(0, 0)")
    await page.screenshot(path=FOLDER / f"{name}.png")


if __name__ == "__main__":
    asyncio.run(main())
