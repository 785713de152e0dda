"""What somebody does in the console, in the words of its pages."""

from collections.abc import Mapping
from typing import Any

from playwright.async_api import Locator, Page, expect

from shared import connectors
from shared.access import OAuth2
from shared.sandbox.scenario import scenario


async def to_login_page(page: Page, connector: str) -> None:
    """From the first page to the package's own login page; where it has none, past the credentials."""
    how, known = connectors.get(connector), scenario(connector)
    await page.goto("/")
    await page.get_by_role("link", name=f"Connect {how.title}", exact=True).click()
    site = page.locator(f"input[name=site][value={known.site}]")
    if await site.count():
        await site.check()
    for name, value in known.credentials.items():
        await page.locator(f"[name={name}]").fill(value)
    await page.get_by_role("button", name="Check and go on" if known.credentials else "Go to the login page").click()


async def agree(page: Page, connector: str) -> None:
    """Log in at the package's login page, and allow us what we ask for."""
    if not isinstance(connectors.get(connector).auth, OAuth2):
        return
    await page.locator("button[name=user]", has_text=scenario(connector).user).click()
    await page.locator("button[value=allow]").click()


async def choose(page: Page, administration: str) -> None:
    """Whose books it is about."""
    await expect(page.get_by_role("heading", level=1)).to_have_text("Choose your administration")
    await page.locator(f"input[name=administration][value='{administration}']").check()
    await page.get_by_role("button", name="Connect this administration").click()


async def connect(page: Page, connector: str) -> None:
    """All of it; ends at the page of the new connection."""
    await to_login_page(page, connector)
    await agree(page, connector)
    await choose(page, scenario(connector).administration)
    await expect(page.locator(".badge", has_text="Connected").first).to_be_visible()


async def synced(page: Page) -> None:
    """The page says by itself that a sync is over."""
    await expect(page.locator("#control")).to_contain_text("Last sync:")


async def fill_settings(page: Page, settings: Mapping[str, Any]) -> None:
    """Type all of them into the form, and save it."""
    form = page.locator("#settings-form")
    await expect(form).to_be_visible()
    for name, value in settings.items():
        await _fill(form, name, value)
    save = form.locator(".bar").get_by_role("button", name="Save")
    await save.click()
    final = form.get_by_label("Yes, save it all the same")
    await expect(form.locator(".banner[role]")).to_be_visible()
    if await final.count():  # the form asks before what nobody can undo
        await final.first.check()
        await save.click()


async def _fill(form: Locator, name: str, value: Any) -> None:
    field = form.locator(f"#set-{name}")
    part = form.locator("details.part").filter(has=form.page.locator(f"#set-{name}"))
    if await part.get_attribute("open") is None:
        await part.locator("summary").first.click()
    if isinstance(value, Mapping):
        for key, code in value.items():
            await _pair(field, name, key, code)
    elif isinstance(value, bool):
        await field.locator(f"[name={name}]").set_checked(value)
    else:
        await put(field.locator(f"[name={name}]"), str(value))


async def _pair(field: Locator, name: str, key: str, code: str) -> None:
    """A row of a mapping: the one that is there, else one more."""
    keys = field.locator(f"[name='{name}.key']")
    shown = [await one.input_value() for one in await keys.all()]
    place = next((at for at, text in enumerate(shown) if text == key), None)
    if place is None:
        place = next((at for at, text in enumerate(shown) if not text), len(shown))
        if place == len(shown):
            await field.get_by_role("button", name="Add a row").click()
            await expect(keys).to_have_count(place + 1)
        await keys.nth(place).fill(key)
    await put(field.locator(f"[name='{name}.code']").nth(place), code)


async def put(control: Locator, value: str) -> None:
    """Choose it, tick it or type it."""
    kind = await control.first.evaluate("one => one.type")
    if kind == "select-one":
        await control.select_option(value)
    elif kind == "checkbox":
        await control.check()
    else:
        await control.fill(value)
