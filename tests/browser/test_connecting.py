"""From nothing to the first document in the books, through the login page of each package."""

import pytest
from playwright.async_api import expect

from shared import connectors
from tests.browser import walk
from tests.browser.company import Company, an_order, enough


@pytest.mark.parametrize("connector", connectors.names())
async def test_a_package_is_connected_read_mapped_previewed_and_gets_its_first_document(
    company: Company, connector: str
) -> None:
    page = await company.office()

    await walk.connect(page, connector)
    await walk.synced(page)
    await walk.fill_settings(page, enough(connector))
    await expect(page.get_by_text("Saved.")).to_be_visible()

    number = company.number()
    await company.complete(an_order(connector, number))
    await company.until(number, "held")
    await page.get_by_role("link", name="See what would be sent").click()
    await page.get_by_label("First day").fill(company.days_ago(7))
    await page.get_by_role("button", name="Show what that means").click()
    await page.get_by_role("button", name="Try these against").click()
    row = page.get_by_role("row").filter(has_text=number)
    await expect(row).to_contain_text("Ready")
    await row.get_by_role("link").click()
    await expect(page.get_by_text("This is how")).to_be_visible()
    assert number not in company.books(connector), "nothing leaves before the user says so"

    await page.go_back()
    await page.get_by_role("button", name="Send documents from").click()
    await page.get_by_role("link", name="See it happen in the log").click()
    await expect(page.locator("#log")).to_contain_text(f"{number} is in {connectors.get(connector).title}")
    assert company.books(connector).count(number) == 1
