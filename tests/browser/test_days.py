"""What an office worker meets once a package is connected: good days and bad ones."""

import pytest
from playwright.async_api import Page, expect

from shared.sandbox.scenario import scenario
from tests.browser import walk
from tests.browser.company import Company, an_order
from tests.factories import make_work_order

EXPIRED = {
    "en-GB": "Authentication expired. Reconnect the integration to sync data.",
    "nl-NL": "Authenticatie verlopen. Verbind de integratie opnieuw om gegevens te synchroniseren.",
}
"""The banner of today's integrations, letter by letter: users know it."""


async def one_order(company: Company, connector: str = "exact_online") -> str:
    """Work was done; the number of its document."""
    number = company.number()
    await company.complete(an_order(connector, number))
    return number


async def in_the_books(page: Page, number: str) -> None:
    """The log says so by itself."""
    await expect(page.locator("#log .log-line").filter(has_text=f"{number} is in")).to_be_visible()


@pytest.mark.parametrize("locale", EXPIRED)
async def test_expired_access_is_said_in_the_words_users_know_and_reconnecting_goes_on_with_what_waited(
    company: Company, locale: str
) -> None:
    connection = await company.connected("billit")
    page = await company.office(locale=locale)
    await page.goto(f"/connections/{connection.id}")
    await expect(page.locator("#control form.row button").first).to_be_visible()

    scenario("billit").revoke(company.sandbox("billit"))
    number = await one_order(company, "billit")
    banner = page.locator("[data-banner=expired]")
    await expect(banner.locator("p")).to_have_text(EXPIRED[locale])

    await banner.get_by_role("link").click()
    await page.locator("main form button.button-main").click()
    await walk.agree(page, "billit")
    await expect(page.locator("#log .log-line").filter(has_text=number).first).to_be_visible()
    await expect(banner).to_have_count(0)
    await company.until(number, "confirmed")
    assert company.books("billit").count(number) == 1


async def test_a_refused_document_shows_the_words_of_the_package_and_is_sent_again_once_it_is_mended(
    company: Company,
) -> None:
    connection = await company.connected()
    page = await company.office()
    await page.goto(f"/connections/{connection.id}")
    company.refuse_next("exact_online", "Dit artikel is geblokkeerd")
    number = await one_order(company)
    line = page.locator("#log .log-line").filter(has_text="Failed")
    await expect(line).to_contain_text(number)
    await line.get_by_text("The package’s own words").click()
    await expect(line.locator("pre")).to_have_text("Dit artikel is geblokkeerd")

    await line.get_by_role("link", name=f"Open {number}").click()
    await expect(page.locator("h1 + .badge")).to_have_text("Failed")
    await page.get_by_text("Send again").click()
    await page.get_by_role("button", name="Yes, send it").click()
    await expect(page.locator("#document .heading .badge")).to_have_text("In the books")
    assert company.books("exact_online").count(number) == 1


async def test_a_document_left_out_is_not_sent_and_can_be_sent_after_all(company: Company) -> None:
    connection = await company.connected(vat_codes={}, vat_default=None)
    number = company.number()
    await company.complete(company.without_vat("exact_online", number))
    await company.until(number, "waiting")
    page = await company.office()
    await page.goto(f"/connections/{connection.id}/documents")
    await page.get_by_role("link", name=number).click()

    await page.get_by_text("Leave out", exact=True).click()
    await page.get_by_role("button", name="Yes, leave it out").click()
    await expect(page.locator("#document .heading .badge")).to_have_text("Left out")
    await page.goto(f"/connections/{connection.id}/documents?group=left_out")
    await expect(page.get_by_role("link", name=number)).to_be_visible()
    assert number not in company.books("exact_online")


async def test_a_missing_vat_code_stands_on_top_and_saving_it_wakes_what_waited(company: Company) -> None:
    known = scenario("exact_online")
    connection = await company.connected(**known.no_vat.settings)
    number = company.number()
    await company.complete(company.without_vat("exact_online", number))
    page = await company.office()
    await page.goto(f"/connections/{connection.id}")
    waits = page.locator("#log").get_by_role("link", name="Choose a code for 21")
    await expect(waits).to_be_visible()
    await page.reload()  # the form was read before the document came

    form = page.locator("#settings-form")
    await expect(form.get_by_text("Documents wait until you choose:")).to_be_visible()
    row = form.locator("#set-vat_codes .pair[role=group]").first
    await expect(row).to_contain_text(number)
    await walk.fill_settings(page, known.no_vat.heals)
    await expect(page.get_by_text("1 document that waited goes on now.")).to_be_visible()
    await in_the_books(page, number)


async def test_a_wrong_setting_is_said_beside_its_field_and_nothing_is_saved(company: Company) -> None:
    connection = await company.connected("e_boekhouden")
    page = await company.office()
    await page.goto(f"/connections/{connection.id}")

    await walk.fill_settings(page, {"payment_term": "soon"})
    field = page.locator("#set-payment_term")
    await expect(field.locator("[name=payment_term]")).to_have_attribute("aria-invalid", "true")
    await expect(field.locator(".error")).to_be_visible()
    await expect(field.locator("[name=payment_term]")).to_have_value("soon")
    assert (await company.hub.connections.get(connection.id)).settings["payment_term"] == 30


async def test_kinds_that_are_read_only_by_hand_are_read_when_somebody_asks(company: Company) -> None:
    await company.connected("multivers")
    page = await company.office()
    await page.get_by_role("link", name="Open Multivers").click()
    await walk.synced(page)
    await expect(page.locator(".sync-kinds")).not_to_contain_text("Products")

    await page.get_by_text("Sync only one kind").click()
    await page.get_by_role("button", name="Products only by hand").click()
    await expect(page.locator(".sync-kinds li").filter(has_text="Products")).to_contain_text("20 read")
    await walk.synced(page)


async def test_in_manual_mode_documents_collect_and_a_button_sends_the_chosen(company: Company) -> None:
    connection = await company.connected()
    page = await company.office()
    await page.goto(f"/connections/{connection.id}")
    await walk.fill_settings(page, {"manual_exports": True})
    await expect(page.get_by_text("Saved.")).to_be_visible()
    chosen, other = await one_order(company), await one_order(company)
    await company.until(chosen, "collected")
    await company.until(other, "collected")

    await page.reload()
    await expect(page.get_by_role("heading", name="2 documents were collected")).to_be_visible()
    await page.get_by_role("checkbox", name=f"Work order {chosen}").check()
    await page.get_by_role("button", name="Send the chosen").click()
    await expect(page.get_by_text("1 document is on its way.")).to_be_visible()
    await in_the_books(page, chosen)
    assert [company.books("exact_online").count(one) for one in (chosen, other)] == [1, 0]


async def test_a_paused_connection_keeps_what_comes_and_sends_it_when_it_goes_on(company: Company) -> None:
    connection = await company.connected()
    page = await company.office()
    await page.goto(f"/connections/{connection.id}")
    control = page.locator("#control")
    await control.get_by_text("Pause", exact=True).click()
    await control.get_by_role("button", name="Yes, pause").click()
    await expect(control).to_contain_text("Paused: nothing is read or sent.")

    number = await one_order(company)
    await company.until(number, "ready")
    assert number not in company.books("exact_online")
    await control.get_by_role("button", name="Go on").click()
    await in_the_books(page, number)


async def test_disconnecting_says_what_happens_and_the_same_administration_goes_on_where_it_ended(
    company: Company,
) -> None:
    connection = await company.connected()
    number = await one_order(company)
    page = await company.office()
    await page.goto(f"/connections/{connection.id}")
    await in_the_books(page, number)

    await page.get_by_role("link", name="Disconnect").click()
    await expect(page.locator("main")).to_contain_text("1 document that was sent stays in the books.")
    await page.get_by_role("button", name="Disconnect").click()
    await page.goto("/")
    await expect(page.get_by_role("link", name="Connect Exact Online")).to_be_visible()

    await walk.connect(page, "exact_online")
    await company.complete(an_order("exact_online", number), an_order("exact_online", later := company.number()))
    await in_the_books(page, later)
    assert [company.books("exact_online").count(one) for one in (number, later)] == [1, 1]


async def test_another_company_sees_nothing_of_it(company: Company) -> None:
    connection = await company.connected()
    stranger = await company.neighbour()
    answer = await stranger.goto(f"/connections/{connection.id}")
    assert answer
    assert answer.status == 404
    await expect(stranger.locator("body")).not_to_contain_text(connection.administration.name)


async def test_script_in_a_customers_name_is_shown_as_text(company: Company) -> None:
    connection = await company.connected(started=False)
    customer = make_work_order().invoice_customer.model_copy(update={"name": "<script>alert(1)</script>"})
    number = company.number()
    await company.complete(an_order("exact_online", number, invoice_customer=customer))
    await company.until(number, "held")
    page = await company.office()
    await page.goto(f"/connections/{connection.id}/preview?from={company.days_ago(7)}")
    await expect(page.get_by_role("cell", name="<script>alert(1)</script>")).to_be_visible()
