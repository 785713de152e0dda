"""Every page there is, on a company to whom everything has happened already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from playwright.async_api import Page

from shared.ledger.entry import Entry
from shared.sandbox.scenario import scenario
from shared.schemas.connections import Connection
from tests.browser import walk
from tests.browser.company import PATIENCE, Company, Role, an_order

OFFICE: Mapping[str, str] = {
    "integrations": "/",
    "changes": "/changes",
    "connect": "/connect/moloni_pt",
    "connect-credentials": "/connect/e_boekhouden",
    "connect-sites": "/connect/multivers",
    "reconnect": "/connect/exact_online",
    "choose": "/connect/logins/{login}",
    "connect-failed": "/connect/callback?state=foreign&code=x",
    "connection": "/connections/{live}",
    "embedded": "/embed/connections/{live}",
    "settings": "/connections/{live}/settings",
    "log": "/connections/{live}/log",
    "control": "/connections/{live}/control",
    "documents": "/connections/{live}/documents",
    "document": "/connections/{live}/documents/{refused}",
    "disconnect": "/connections/{live}/disconnect",
    "move": "/connections/{live}/move",
    "reconciliations": "/connections/{live}/reconciliations",
    "preview": "/connections/{held}/preview",
    "preview-document": "/connections/{held}/preview/documents/{draft}",
    "nowhere": "/nowhere",
    "signed-out": "/session?stay=1",
}
"""What office workers see: name -> where it is. In braces: what the company of these tests has."""

OPERATOR: Mapping[str, str] = {
    "operation": "/operate",
    "connector": "/operate/connectors/exact_online",
    "connections": "/operate/connections",
    "one-connection": "/operate/connections/{live}",
    "dead-letters": "/operate/dead",
    "dead-letters-of": "/operate/dead/exports?connector=exact_online",
    "dead-letter": "/operate/dead/exports/{letter}?connector=exact_online",
    "replays": "/operate/replays",
    "replay": "/operate/replays/{replay}",
    "comparisons": "/operate/reconciliations",
    "comparisons-of": "/operate/connections/{live}/reconciliations",
    "report": "/operate/reconciliations/{report}",
}
"""What operators see besides."""

ROLES: Mapping[str, Role] = {**dict.fromkeys(OFFICE, "office"), **dict.fromkeys(OPERATOR, "operator")}

REFUSAL = "Dit artikel is geblokkeerd"
"""What the package says of the document that failed."""

NOTES = """
addEventListener("htmx:afterSettle", (event) => event.target.setAttribute("data-settled", ""), true);
"""
"""So that a test knows when everything has come that a page asks for by itself."""

WHOLE = """() => document.fonts.status === "loaded" && !document.querySelector(".htmx-request")
  && [...document.querySelectorAll('[hx-trigger="load"]')].every((one) => one.hasAttribute("data-settled"))"""


@dataclass(frozen=True)
class Places:
    """Where the pages of this company are."""

    company: Company
    known: Mapping[str, str]

    def path(self, name: str) -> str:
        """Of a page by its name."""
        return {**OFFICE, **OPERATOR}[name].format(**self.known)

    async def visit(self, page: Page, name: str) -> None:
        """Go there, and wait until it is whole."""
        await page.goto(self.path(name))
        await whole(page)


async def whole(page: Page) -> None:
    """Nothing is still on its way."""
    await page.wait_for_function(WHOLE, timeout=PATIENCE)


async def furnished(company: Company) -> Places:
    """The company after a good deal has happened to it: synced, exported, refused, waiting, collected, on hold."""
    live = await company.connected()
    held = await company.connected("moloni_es", started=False)
    await _documents(company, live)
    draft = company.number()
    await company.complete(an_order("moloni_es", draft))
    await company.until(draft, "held")
    office, operator = await company.office(), await company.operator()
    known = {
        "live": live.id,
        "held": held.id,
        "refused": await _key(office, live, "refused"),
        "draft": (await _entry(company, draft)).id,
        "login": await _login(office),
        **await _operated(operator, live),
    }
    return Places(company, known)


async def _documents(company: Company, live: Connection) -> None:
    known = scenario("exact_online")
    numbers = [company.number() for _ in range(6)]
    await company.complete(*(an_order("exact_online", number) for number in numbers[:3]))
    for number in numbers[:3]:
        await company.until(number, "confirmed")
    company.refuse_next("exact_online", REFUSAL)
    await company.complete(an_order("exact_online", numbers[3]))
    await company.until(numbers[3], "refused")
    await company.hub.connections.change_settings(live.id, known.no_vat.settings)
    await company.complete(company.without_vat("exact_online", numbers[4]))
    await company.until(numbers[4], "waiting")
    await company.hub.connections.change_settings(live.id, {"manual_exports": True})
    await company.complete(an_order("exact_online", numbers[5]))
    await company.until(numbers[5], "collected")


async def _entry(company: Company, number: str) -> Entry:
    return (await company.hub.entries.list({"tenant": company.tenant, "number": number}, limit=1))[0]


async def _key(page: Page, live: Connection, group: str) -> str:
    """How the console names the failed document in its addresses."""
    await page.goto(f"/connections/{live.id}/documents?group=failed")
    href = await page.locator("main table a").first.get_attribute("href")
    return str(href).rsplit("/", 1)[-1]


async def _login(page: Page) -> str:
    """A login that waits for the choice of administration."""
    await walk.to_login_page(page, "billit")
    await walk.agree(page, "billit")
    await page.wait_for_url("**/connect/logins/*")
    return page.url.rsplit("/", 1)[-1]


async def _operated(page: Page, live: Connection) -> dict[str, str]:
    """A dead letter, a replay and a comparison that the operator can look at."""
    await page.goto("/operate/dead/exports?connector=exact_online")
    letter = str(await page.locator("main table a").first.get_attribute("href"))
    await page.locator("main table [type=checkbox]").first.check()
    await page.get_by_role("button", name="Preview a replay").click()
    await page.get_by_role("button", name="Send 1 document on").wait_for()
    replay = page.url.rsplit("/", 1)[-1]
    await page.goto(f"/operate/connections/{live.id}/reconciliations")
    await page.get_by_role("button", name="Compare now").click()
    report = str(await page.locator("#runs a").first.get_attribute("href"))
    return {
        "letter": letter.partition("?")[0].removeprefix("/operate/dead/exports/"),
        "replay": replay,
        "report": report.removeprefix("/operate/reconciliations/"),
    }
