"""What the operator sees of all companies, and does about what failed."""

from playwright.async_api import expect

from shared.sandbox.scenario import scenario
from tests.browser.company import Company, an_order


async def refused(company: Company) -> str:
    """A document that the package refused once, and would take now; its number."""
    number = company.number()
    company.refuse_next("exact_online", "Dit artikel is geblokkeerd")
    await company.complete(an_order("exact_online", number))
    await company.until(number, "refused")
    return number


async def test_the_overview_shows_each_connector_with_its_backlog_and_leads_to_its_reasons(company: Company) -> None:
    known = scenario("moloni_es")
    await company.connected("moloni_es", **known.no_vat.settings)
    number = company.number()
    await company.complete(company.without_vat("moloni_es", number))
    await company.until(number, "waiting")
    page = await company.operator()
    await page.get_by_role("link", name="Operation").click()

    card = page.locator("main .card, main .panel").filter(has=page.get_by_role("heading", name="Moloni Spain"))
    await expect(card).to_contain_text("1")
    await card.get_by_role("link").first.click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Moloni Spain")
    await expect(page.locator("main")).to_contain_text("VAT")


async def test_a_dead_letter_is_previewed_replayed_and_reaches_the_books_once(company: Company) -> None:
    await company.connected()
    number = await refused(company)
    page = await company.operator()
    await page.goto("/operate")
    await page.get_by_role("link", name="Dead letters", exact=True).click()
    await page.get_by_role("link", name="Dead letters of exports to Exact Online").click()
    row = page.get_by_role("row").filter(has_text=company.tenant)
    await expect(row).to_contain_text("Dit artikel is geblokkeerd")

    await row.get_by_role("checkbox").check()
    await page.get_by_role("button", name="Preview a replay").click()
    await page.get_by_role("button", name="Send 1 document on").click()
    await expect(page.get_by_text("Done. The exporters work them off")).to_be_visible()
    await company.until(number, "confirmed")
    assert company.books("exact_online").count(number) == 1


async def test_the_reconciliation_report_says_that_ledger_and_package_agree_and_what_is_missing(
    company: Company,
) -> None:
    connection = await company.connected("moloni_es")
    numbers = [company.number(), company.number()]
    await company.complete(*(an_order("moloni_es", number) for number in numbers))
    for number in numbers:
        await company.until(number, "confirmed")
    scenario("moloni_es").discard(company.sandbox("moloni_es"), numbers[1])
    page = await company.operator()
    await page.goto(f"/operate/connections/{connection.id}")
    await page.get_by_role("main").get_by_role("link", name="Reconciliation").last.click()

    await page.get_by_role("button", name="Compare now").click()
    await page.locator("#runs").get_by_role("link").first.click()
    await expect(page.get_by_text("1 document is in Moloni Spain as it was sent.")).to_be_visible()
    await expect(page.get_by_role("row").filter(has_text=numbers[1])).to_be_visible()


async def test_an_office_worker_cannot_open_the_operators_pages(company: Company) -> None:
    page = await company.office()
    await expect(page.get_by_role("link", name="Operation")).to_have_count(0)
    answer = await page.goto("/operate")
    assert answer
    assert answer.status == 403
