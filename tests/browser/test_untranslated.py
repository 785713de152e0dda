"""No page shows a text that went past the catalogs."""

import re
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from demo.installation import Installation
from services.console.texts import LANGUAGES
from shared import connectors
from shared.sandbox.scenario import scenario
from shared.store.collections import CONNECTIONS, REFERENCE
from tests.browser.company import Company
from tests.browser.marked import LANGUAGE, TEXTS, marked, unmarked
from tests.browser.places import NOTES, REFUSAL, ROLES, Places, furnished
from tests.factories import make_customer

DATA = re.compile(
    r"exports\.exact_online\.dead|ledger:workorder|[A-Z]{2,}-[A-Z0-9]+|\([A-Z]+\)"
    r"|[0-9a-f]{8}-[0-9a-f-]{27}|(row-)?WB-\w+-\d+|3811 AB Amersfoort · NL|UTC|EUR|€"
    r"|\d+ \w{3,4}\.? \d{4}(, \d\d:\d\d(:\d\d)?)?|\d[\d.,:/ -]*"
)
"""Numbers, days, moments, ids, codes, places and currencies: the same in every language, or written by the locale."""

SHORTEST = 4
"""Letters of a name that is looked for inside texts."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def places(installation: Installation, browser: Browser) -> AsyncIterator[Places]:
    company = Company(installation, browser, "company-words")
    yield await furnished(company)
    await company.close()


async def known(places: Places) -> set[str]:
    """Names that nobody translates: of packages, people, languages, and what the books have."""
    names = {how.title for how in connectors.all_connectors()} | set(LANGUAGES.values())
    names |= {"Fieldledger", "Olivia Office", "Oscar Operator", places.company.tenant}
    names |= {
        make_customer().name,
        str(make_customer().address.street),
        REFUSAL,
        *scenario("moloni_es").materials,
        *(scenario(name).user for name in connectors.names()),
    }
    store = places.company.hub.store
    rows = await store.find(CONNECTIONS, {})  # the operator sees those of all tenants
    tables = await store.find(REFERENCE, {})
    titles = {row["title"] for table in tables for row in table["rows"]}
    names |= {title for title in titles if len(title) >= SHORTEST and not title.isdigit()}  # no year
    return names | {name for row in rows for name in (*_books(row), row["tenant"])}


def _books(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["administration"]["name"], row["administration"]["code"]


async def shown(page: Page, names: set[str]) -> list[str]:
    """What stands outside of all marks, as far as it has letters and is no data."""
    texts = await page.evaluate(TEXTS)
    for name in sorted(names, key=len, reverse=True):
        texts = [text.replace(name, "") for text in texts]
    return [text for text in texts if re.search(r"[^\W\d_]", DATA.sub("", unmarked(text)))]


async def test_every_text_of_every_page_comes_from_the_catalogs(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = await known(places)
    wrong: defaultdict[str, set[str]] = defaultdict(set)
    with marked(tmp_path, monkeypatch):
        for role in ("office", "operator"):
            page = await places.company.window(role, locale=LANGUAGE)
            await page.context.add_init_script(NOTES)
            for name in (one for one in ROLES if ROLES[one] == role):
                await places.visit(page, name)
                wrong[name] |= set(await shown(page, names))
    assert [f"{name}: {text}" for name, texts in wrong.items() for text in sorted(texts)] == []
