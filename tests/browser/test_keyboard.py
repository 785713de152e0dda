"""Everything can be done by somebody who has no mouse, and sees where they are."""

from playwright.async_api import Locator, Page, expect

from shared.sandbox.scenario import scenario
from tests.browser import walk
from tests.browser.company import Company, an_order

MOST = 250
"""Presses of the Tab key until something must have been met."""

SHOWN = """(one) => {
  const look = getComputedStyle(one);
  return look.outlineStyle !== "none" && parseFloat(look.outlineWidth) >= 2;
}"""


async def reach(page: Page, wanted: Locator) -> None:
    """Go there with the Tab key alone; whoever gets there sees it."""
    for _ in range(MOST):
        await page.keyboard.press("Tab")
        if await wanted.evaluate("(one) => one === document.activeElement"):
            assert await wanted.evaluate(SHOWN), "the focus is not to be seen"
            return
    raise AssertionError(f"the keyboard does not lead to {wanted}")


async def press(page: Page, wanted: Locator, key: str = "Enter") -> None:
    """Go there, and press that key."""
    await expect(wanted).to_be_visible()
    await reach(page, wanted)
    await page.keyboard.press(key)


async def test_the_first_tab_leads_past_the_menu_to_the_content(company: Company) -> None:
    page = await company.office()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    focused = page.locator("main :focus")
    await expect(focused).to_have_count(1)


async def test_a_package_is_connected_with_the_keyboard_alone(company: Company) -> None:
    page, known = await company.office(), scenario("multivers")
    await press(page, page.get_by_role("link", name="Connect Multivers"))
    await press(page, page.get_by_role("button", name="Go to the login page"))
    await walk.agree(page, "multivers")
    first = page.locator("input[name=administration]").first
    await expect(first).to_be_visible()
    await reach(page, first)
    chosen = page.locator(f"input[value='{known.administration}']")
    while not await chosen.is_checked():
        await page.keyboard.press("ArrowDown")
    await press(page, page.get_by_role("button", name="Connect this administration"))
    await expect(page.get_by_role("heading", level=1)).to_have_text("Multivers")


async def test_settings_are_changed_and_saved_with_the_keyboard_alone(company: Company) -> None:
    connection = await company.connected("billit")
    page = await company.office()
    await page.goto(f"/connections/{connection.id}")
    form = page.locator("#settings-form")
    switch = form.get_by_role("switch", name="Products")
    await expect(switch).to_be_checked()
    await press(page, switch, "Space")
    part = form.locator("#part-vat summary").first
    await press(page, part)
    await press(page, form.locator("#set-vat_codes").get_by_role("button", name="Add a row"))
    await expect(form.locator("#set-vat_codes [name='vat_codes.key']").last).to_be_focused()
    await page.keyboard.type("19")
    await page.keyboard.press("Tab")
    await page.keyboard.type("2")
    code = await form.locator("#set-vat_codes [name='vat_codes.code']").last.input_value()
    await press(page, form.locator(".bar").get_by_role("button", name="Save"))

    await expect(page.get_by_text("Saved.")).to_be_visible()
    saved = (await company.hub.connections.get(connection.id)).settings
    assert "product" not in saved["import_kinds"]
    assert code
    assert saved["vat_codes"]["19"] == code


async def test_a_failed_document_is_sent_again_with_the_keyboard_alone(company: Company) -> None:
    connection = await company.connected()
    number = company.number()
    company.refuse_next("exact_online", "Dit artikel is geblokkeerd")
    await company.complete(an_order("exact_online", number))
    await company.until(number, "refused")
    page = await company.office()
    await page.goto(f"/connections/{connection.id}/log")
    await press(page, page.get_by_role("link", name=f"Open {number}"))
    await press(page, page.locator("summary").filter(has_text="Send again"))
    await press(page, page.get_by_role("button", name="Yes, send it"))
    await expect(page.locator("#document .heading .badge")).to_have_text("In the books")


async def test_a_connection_is_ended_with_the_keyboard_alone(company: Company) -> None:
    connection = await company.connected()
    page = await company.office()
    await page.goto(f"/connections/{connection.id}")
    await press(page, page.get_by_role("link", name="Disconnect"))
    await press(page, page.get_by_role("button", name="Disconnect"))
    await page.wait_for_url(lambda url: not url.endswith("/disconnect"))
    assert (await company.hub.connections.get(connection.id)).state == "disconnected"


async def test_the_menu_opens_and_closes_with_the_keyboard(company: Company) -> None:
    page = await company.office()
    menu = page.locator("details.person")
    await press(page, menu.locator("summary"))
    await expect(menu.get_by_label("Language")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(menu.get_by_label("Language")).to_be_hidden()
    await expect(menu.locator("summary")).to_be_focused()
