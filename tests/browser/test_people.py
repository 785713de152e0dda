"""Signing in, language and appearance."""

from playwright.async_api import Page, expect

from services.console.texts import LANGUAGES, texts
from tests.browser.company import Company


async def prefer(page: Page, name: str, value: str) -> None:
    """Through the menu at the top."""
    await page.locator("details.person summary").click()
    await page.locator(f"details.person [name={name}]").select_option(value)
    await page.locator("details.person form[action='/preferences'] button").click()


async def test_one_click_on_the_platform_of_the_demo_signs_somebody_in(company: Company) -> None:
    page = await company.stranger()
    await page.goto("/")
    await page.get_by_role("button", name="Nora").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Integrations")
    await expect(page.locator("details.person summary")).to_contain_text("Nora")

    await page.locator("details.person summary").click()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("heading", level=1)).not_to_have_text("Integrations")
    await page.goto("/")
    await expect(page.get_by_role("button", name="Nora")).to_be_visible()


async def test_the_language_is_the_browsers_until_the_user_chooses_another(company: Company) -> None:
    page = await company.office(locale="fr-FR")
    await expect(page.locator("html")).to_have_attribute("lang", "fr")
    for language in [*sorted(LANGUAGES), "en"]:
        await prefer(page, "language", language)
        await expect(page.locator("html")).to_have_attribute("lang", language)
        await expect(page.get_by_role("heading", level=1)).to_have_text(texts(language)("Integrations"))


async def test_the_appearance_is_the_devices_until_the_user_chooses_another(company: Company) -> None:
    page = await company.office(color_scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = await page.evaluate(ground)
    await prefer(page, "theme", "light")
    await expect(page.locator("html")).to_have_attribute("data-theme", "light")
    assert await page.evaluate(ground) != dark
    await page.emulate_media(color_scheme="light")
    await prefer(page, "theme", "dark")
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert await page.evaluate(ground) == dark
