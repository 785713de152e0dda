"""A company whose people use the console: what they see, and what happens to them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sized
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, Literal

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page

from demo.installation import Installation
from demo.issuer import Person
from shared import clock, connectors
from shared.envelope import Message
from shared.hub import Hub
from shared.login import connect
from shared.sandbox import Sandbox
from shared.sandbox.scenario import scenario
from shared.sandbox.visit import log_in
from shared.schemas.connections import Connection
from shared.schemas.documents import HoursLine, MaterialLine, WorkOrder
from tests.factories import completed, make_work_order

Role = Literal["office", "operator"]
DESKTOP = {"width": 1280, "height": 900}
PATIENCE = 90_000
"""Milliseconds that a busy machine may take for what happens in a blink."""
PHONE = {"width": 360, "height": 740}
_EXPECTED = "Failed to load resource"
"""Chromium's own words for any answer from 400 on. Everything else it complains about is our mistake."""


@dataclass
class Company:
    """Use `office` or `operator` to look at a page as somebody of it. Close it when the test is over."""

    installation: Installation
    browser: Browser
    tenant: str
    complaints: list[str] = field(default_factory=list)
    _documents: int = 0
    _contexts: list[BrowserContext] = field(default_factory=list)

    @property
    def hub(self) -> Hub:
        """What the services see."""
        return self.installation.hub

    def sandbox(self, connector: str) -> Sandbox:
        """The pretend package."""
        return self.installation.sandboxes[connector]

    async def office(self, **options: Any) -> Page:
        """A window of an office worker."""
        return await self.window("office", **options)

    async def operator(self, **options: Any) -> Page:
        """A window of an operator."""
        return await self.window("operator", **options)

    async def window(self, role: Role, **options: Any) -> Page:
        """A browser of its own, signed in, at the first page; `options` are those of a Playwright context."""
        page = await self.stranger(**options)
        person = Person("Olivia Office" if role == "office" else "Oscar Operator", self.tenant, role, "")
        answer = await page.request.post("/session", form={"token": self.installation.issuer.token(person)})
        assert answer.ok, await answer.text()
        await page.goto("/")
        return page

    async def stranger(self, **options: Any) -> Page:
        """A browser in which nobody is signed in. What it complains about fails the test."""
        usual = {"viewport": DESKTOP, "locale": "en-GB", "timezone_id": "Europe/Amsterdam"}
        context = await self.browser.new_context(
            base_url=self.installation.console,
            reduced_motion="reduce",  # colours half-way from one theme to the other are nobody's
            **usual | options,
        )
        context.set_default_timeout(PATIENCE)
        self._contexts.append(context)
        page = await context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and _EXPECTED not in message.text:
            self.complaints.append(message.text)

    async def connected(self, connector: str = "exact_online", *, started: bool = True, **settings: Any) -> Connection:
        """A live connection to the administration of the scenario, without a browser; with settings that suffice."""
        known = scenario(connector)
        login = await log_in(self.hub, connector)
        made = await connect(self.hub, self.tenant, login, known.administration, enough(connector) | settings)
        if started:
            first_day = (self.hub.now() - timedelta(days=30)).date()
            made = await self.hub.connections.start_exports(made.id, first_day)
        return made

    async def complete(self, *orders: WorkOrder) -> None:
        """The platform says that work was done."""
        await self.publish(*(completed(order, self.tenant) for order in orders))

    def refuse_next(self, connector: str, words: str) -> None:
        """The package will not take the next document of work, and says so in these words."""
        known = scenario(connector)
        calls = known.writes[enough(connector)["work_order_document"]]
        fault = known.refusal(words).model_copy(update={"match": calls.match, "method": calls.method})
        self.sandbox(connector).script(fault)

    async def publish(self, *messages: Message) -> None:
        """The platform speaks, and says it twice."""
        await self.hub.bus.publish([*messages, *messages])

    def number(self) -> str:
        """The number of a new document, which nobody else has."""
        self._documents += 1
        return f"WB-{self.tenant.partition('-')[2]}-{self._documents:04d}"

    async def until(self, number: str, state: str) -> None:
        """That document of this company is in this state."""
        where = {"tenant": self.tenant, "number": number, "state": state}
        await _until(lambda: self.hub.entries.list(where, limit=1))

    async def neighbour(self) -> Page:
        """A window of somebody of another company."""
        other = replace(self, tenant=f"{self.tenant}-neighbour", _contexts=self._contexts)
        return await other.office()

    def without_vat(self, connector: str, number: str) -> WorkOrder:
        """Work whose VAT the scenario's settings without codes cannot decide."""
        line = MaterialLine(
            code=scenario(connector).no_vat.material,
            quantity=Decimal(1),
            unit_price=Decimal("42.50"),
            vat_percentage=Decimal(21),
        )
        return an_order(connector, number, materials=(line,), hours=())

    def days_ago(self, days: int) -> str:
        """A day as a date field takes it."""
        return (self.hub.now() - timedelta(days=days)).date().isoformat()

    def books(self, connector: str) -> list[str]:
        """Our references on the documents in the package."""
        return list(scenario(connector).references(self.sandbox(connector)))

    async def close(self) -> None:
        """Close the windows; what a browser complained about is a failure."""
        for sandbox in self.installation.sandboxes.values():
            sandbox.heal()
        for context in self._contexts:
            await context.close()
        assert self.complaints == []


async def _until(met: Callable[[], Awaitable[Sized]]) -> None:
    async with asyncio.timeout(PATIENCE / 1000):
        while not await met():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


def enough(connector: str) -> dict[str, Any]:
    """Settings that let work be billed in this package."""
    becomes = next(name for model, name in connectors.get(connector).exports if model is WorkOrder)
    return {"work_order_document": becomes, **scenario(connector).settings}


def an_order(connector: str, number: str, **changes: Any) -> WorkOrder:
    """Work that this package can bill with `enough`: a material it knows, and an hour and a half."""
    known = scenario(connector)
    done = clock.now() - timedelta(hours=1)
    lines: dict[str, Any] = {
        "materials": (MaterialLine(code=known.materials[0], quantity=Decimal(2), unit_price=Decimal("42.50")),),
        "hours": (HoursLine(date=done.date(), minutes=90, hour_type=known.hour_type, unit_price=Decimal("62.50")),),
    }
    when = {"work_date": done.date(), "completed_at": done}
    return make_work_order(number, **{**when, **lines, **changes})
