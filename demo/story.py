"""The story: connect, import, complete work orders, send invoices, meet bad luck, and count what is in the books."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Protocol

from rich.console import Console

from demo import platform
from demo.result import Result, table
from shared import connectors, licences, topics
from shared.errors import FieldledgerError
from shared.hub import Hub
from shared.ledger.entry import Entry
from shared.login import connect
from shared.sandbox import Sandbox
from shared.sandbox.scenario import Scenario, scenario
from shared.sandbox.visit import log_in
from shared.schemas.connections import Connection
from shared.schemas.documents import Invoice, WorkOrder
from shared.schemas.messages import ExportOutcome, LicenseChanged
from shared.words import plural, singular

WORK_ORDERS = 40
_PATIENCE = 90.0
_CAN_BE_INVOICED = ("customer", None)
"""Types of relations. Not every package tells customers from others."""
_BILLED = 3
"""Work orders that the office bills a second time, by an invoice: those invoices must not reach the books."""


class StoryStuck(FieldledgerError):
    """Something that should have happened by now did not."""


class Installation(Protocol):
    """What the story needs: the pretend packages by connector name, and a hub to read store and Kafka with."""

    @property
    def hub(self) -> Hub:
        """What a service sees."""

    @property
    def sandboxes(self) -> Mapping[str, Sandbox]:
        """By connector name, in this process."""

    def check(self) -> None:
        """Raise what ended a service, if one ended for good."""


async def tell(installation: Installation, console: Console, work_orders: int) -> dict[str, Result]:
    """The story for every connector, side by side."""
    names = list(installation.sandboxes)
    told = await asyncio.gather(*(_Chapter(installation, console, name).tell(work_orders) for name in names))
    results = dict(zip(names, told, strict=True))
    console.print(table(results))
    return results


class _Chapter:
    def __init__(self, installation: Installation, console: Console, name: str) -> None:
        self._installation = installation
        self._hub = installation.hub
        self._console = console
        self._connector = connectors.get(name)
        self._sandbox = installation.sandboxes[name]
        self._scenario: Scenario = scenario(name)
        self._published: defaultdict[str, list[WorkOrder | Invoice]] = defaultdict(list)
        """By what they become. Work orders and invoices may become the same."""
        self._billed_twice: list[Invoice] = []
        self._invoices = 0

    def _say(self, text: str) -> None:
        self._console.print(f"[bold]{self._connector.title}[/bold]  {text}")

    async def tell(self, work_orders: int) -> Result:
        """Work orders first, so that some invoices bill what is in the books already."""
        connection = await self._connect()
        expected = dict(self._scenario.expected(self._sandbox))
        imported = await self._import(connection, expected)
        called = await self._called(connection)
        customers, articles = await self._learn(connection)
        orders = platform.complete_work_orders(work_orders, customers, articles, self._scenario.hour_type)
        types = self._types(WorkOrder)
        billed: list[WorkOrder] = []
        for place, document_type in enumerate(types):
            share = orders[place :: len(types)]
            await self._complete(connection, document_type, share)
            billed += share if self._connector.exports[WorkOrder, document_type].bills else []
        for document_type in self._types(Invoice):
            await self._invoice(connection, document_type, customers, billed)
        return replace(await self._count(connection, imported, expected), webhooks=called)

    def _types(self, source: type[WorkOrder | Invoice]) -> list[str]:
        return [name for model, name in self._connector.exports if model is source]

    async def _connect(self) -> Connection:
        name = self._connector.name
        login = await log_in(self._hub, name)
        connection = await connect(
            self._hub, f"demo-{name}", login, self._scenario.administration, self._scenario.settings
        )
        self._say(f"{self._scenario.user} logged in and chose [cyan]{connection.administration.name}[/cyan].")
        await self._license(connection)
        first_day = (self._hub.now() - timedelta(days=30)).date()
        return await self._hub.connections.start_exports(connection.id, first_day)

    async def _license(self, connection: Connection) -> None:
        """The tenant has the largest licence there is."""
        if self._connector.tiers:
            largest = self._connector.tiers[-1]
            told = LicenseChanged(connector=connection.connector, active=True, tier=largest, changed_at=self._hub.now())
            await licences.change(self._hub, connection.tenant, told)
            self._say(f"The licence is {self._connector.title} {largest.capitalize()}.")

    async def _import(self, connection: Connection, expected: Mapping[str, int]) -> Mapping[str, int]:
        await self._synced(connection, "the first sync", 1)
        if by_hand := [kind for kind in expected if self._connector.import_of(kind).manual_only]:
            self._say(
                f"{', '.join(map(plural, by_hand)).capitalize()} are read only when somebody asks: that is done now."
            )
            await platform.ask(self._hub, connection, by_hand)
            await self._synced(connection, "the sync by hand", 2)
        bootstrap = self._hub.settings.kafka
        imported = {kind: len(await platform.present(bootstrap, kind, connection.id)) for kind in expected}
        counted = ", ".join(f"{count:,} {plural(kind)}" for kind, count in imported.items())
        self._say(f"The first sync brought {counted}.")
        return imported

    async def _called(self, connection: Connection) -> int | None:
        """Somebody changes records in the package, and they arrive without a sync; how many. None: it calls nobody."""
        hooks, bootstrap = self._connector.webhooks, self._hub.settings.kafka
        if hooks is None or self._hub.settings.public_url is None:
            return None
        kinds = sorted({kinds[0] for kinds in hooks.topics.values()})
        before = {kind: await platform.sequences(bootstrap, kind, connection.id) for kind in kinds}
        changed = {kind: self._scenario.change(self._sandbox, kind) for kind in kinds}

        async def arrived() -> bool:
            after = {kind: await platform.sequences(bootstrap, kind, connection.id) for kind in kinds}
            return all(after[kind][id] > before[kind][id] for kind, id in changed.items())

        await self._until(arrived, "the callbacks")
        self._say(f"Changed there, and here at once, by webhook: a {' and a '.join(map(singular, kinds))}.")
        return len(changed)

    async def _synced(self, connection: Connection, what: str, times: int) -> None:
        async def finished() -> bool:
            lines = await self._hub.journal.read(connection.id)
            return len([line for line in lines if line["event"] == "sync.finished"]) >= times

        await self._until(finished, what)

    async def _learn(self, connection: Connection) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Customers that can be invoiced, and articles with a price, as the platform knows them from events."""
        bootstrap = self._hub.settings.kafka
        customers = (await platform.present(bootstrap, "relation", connection.id)).values()
        articles = (await platform.present(bootstrap, "product", connection.id)).values()
        return (
            [one for one in customers if one["record"]["relation_type"] in _CAN_BE_INVOICED and one["record"]["code"]],
            [one for one in articles if one["record"]["price"] is not None and one["record"]["active"]],
        )

    async def _complete(self, connection: Connection, document_type: str, orders: Sequence[WorkOrder]) -> None:
        await self._hub.connections.change_settings(connection.id, {"work_order_document": document_type})
        self._bad_luck(document_type)
        self._published[document_type].extend(orders)
        await platform.publish(self._hub, orders, connection)
        self._say(
            f"{len(orders)} work orders were completed and published, each message twice; they become "
            f"{plural(document_type)}. Meanwhile {self._connector.title} loses answers, drops a call, and is down for "
            "a moment."
        )
        await self._settled(connection, document_type)

    async def _invoice(
        self, connection: Connection, document_type: str, customers: list[dict[str, Any]], orders: Sequence[WorkOrder]
    ) -> None:
        await self._hub.connections.change_settings(connection.id, {"invoice_document": document_type})
        rates, billed = list(self._scenario.settings["vat_codes"]), orders[:_BILLED]
        invoices = platform.finalize_invoices(len(billed) + 6, customers, rates, billed, self._invoices)
        self._invoices += len(invoices)
        self._billed_twice += [invoice for invoice in invoices if invoice.work_order]
        self._published[document_type].extend(invoice for invoice in invoices if not invoice.work_order)
        self._bad_luck(document_type)
        await platform.publish(self._hub, invoices, connection)
        self._say(
            f"{len(invoices)} final invoices were published, each twice; one is a credit note that comes before its "
            f"invoice{_already(len(billed))}."
        )
        await self._settled(connection, document_type)

    def _bad_luck(self, document_type: str) -> None:
        """The package makes a document and its answer is lost, twice; drops a call; is down for a moment."""
        # What was left of it by few documents must not come on top: other documents may go by the same call.
        self._sandbox.heal()
        calls = self._scenario.writes[document_type]
        where: dict[str, Any] = {"match": calls.match, "method": calls.method}
        self._sandbox.fail_next(kind="cut", when="after", skip=1, **where)
        self._sandbox.fail_next(status=500, when="after", skip=2, **where)
        self._sandbox.fail_next(kind="cut", when="before", skip=3, **where)
        self._sandbox.fail_next(status=503, body="<html>Maintenance</html>", skip=4, **where)

    async def _settled(self, connection: Connection, document_type: str) -> None:
        count = sum(len(documents) for documents in self._published.values()) + len(self._billed_twice)

        async def finished() -> bool:
            entries = await self._entries(connection)
            return len(entries) == count and all(entry.final and entry.outcome_due is None for entry in entries)

        await self._until(finished, f"the exports as {plural(document_type)}")
        states = Counter(entry.state for entry in await self._entries(connection))
        self._say("In the ledger: " + ", ".join(f"{number} {state}" for state, number in states.items()) + ".")

    async def _entries(self, connection: Connection) -> list[Entry]:
        return list(await self._hub.entries.list({"connection": connection.id}, limit=100_000))

    async def _count(self, connection: Connection, imported: Mapping[str, int], expected: Mapping[str, int]) -> Result:
        in_books = Counter(self._scenario.references(self._sandbox))
        records = await platform.records_of(self._hub.settings.kafka, topics.EXPORT_OUTCOMES)
        told = [ExportOutcome.model_validate_json(record.value or b"") for record in records]
        mine = {one.document: one.result for one in told if one.connection == connection.id}
        numbers = {name: [one.number for one in documents] for name, documents in self._published.items()}
        every = [number for mine in numbers.values() for number in mine]
        return Result(
            imported=imported,
            expected=expected,
            wanted={name: len(mine) for name, mine in numbers.items()},
            exported={name: sum(in_books[number] > 0 for number in mine) for name, mine in numbers.items()},
            duplicates=sum(max(0, in_books[number] - 1) for number in every),
            lost=sum(in_books[number] == 0 for number in every),
            billed_twice=sum(in_books[one.number] for one in self._billed_twice),
            outcomes=sum(result == "exported" for result in mine.values()),
        )

    async def _until(self, condition: Callable[[], Awaitable[bool]], what: str) -> None:
        deadline = asyncio.get_running_loop().time() + _PATIENCE
        while not await condition():
            self._installation.check()
            if asyncio.get_running_loop().time() > deadline:
                raise StoryStuck(f"{self._connector.title}: {what} did not finish within {_PATIENCE:.0f} seconds.")
            await asyncio.sleep(0.2)


def _already(billed: int) -> str:
    return f", and {billed} bill work orders that are in the books already" if billed else ""
