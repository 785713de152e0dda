"""The story: connect, import, complete work orders, meet some bad luck, and count what is in the books."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from rich.console import Console
from rich.table import Table

from demo import platform
from demo.installation import Installation
from shared import connectors, topics
from shared.errors import FieldledgerError
from shared.ledger.entries import Entry
from shared.login import connect, finish_login
from shared.sandbox import sandbox_approve
from shared.sandbox.scenario import Scenario, scenario
from shared.schemas.connections import Connection
from shared.schemas.messages import ExportOutcome

_PATIENCE = 90.0


class StoryStuck(FieldledgerError):
    """Something that should have happened by now did not."""


@dataclass(frozen=True)
class Result:
    """What one connector did, counted on both sides: our events, and the package's own books."""

    imported: Mapping[str, int]
    expected: Mapping[str, int]
    wanted: int
    exported: int
    duplicates: int
    lost: int
    outcomes: int

    @property
    def as_promised(self) -> bool:
        """Everything imported, every work order exactly one document, none lost, every outcome told."""
        complete = self.exported == self.wanted == self.outcomes
        return complete and self.imported == self.expected and not self.duplicates and not self.lost

    @property
    def counts(self) -> dict[str, Any]:
        """For the last line of output."""
        return {
            "imported": dict(self.imported),
            "exported": self.exported,
            "duplicates": self.duplicates,
            "lost": self.lost,
        }


async def tell(installation: Installation, console: Console, work_orders: int) -> dict[str, Result]:
    """The story for every connector, side by side."""
    names = list(installation.sandboxes)
    told = await asyncio.gather(*(_Chapter(installation, console, name).tell(work_orders) for name in names))
    results = dict(zip(names, told, strict=True))
    console.print(_table(results))
    return results


class _Chapter:
    def __init__(self, installation: Installation, console: Console, name: str) -> None:
        self._installation = installation
        self._hub = installation.hub
        self._console = console
        self._connector = connectors.get(name)
        self._sandbox = installation.sandboxes[name]
        self._scenario: Scenario = scenario(name)

    def _say(self, text: str) -> None:
        self._console.print(f"[bold]{self._connector.title}[/bold]  {text}")

    async def tell(self, work_orders: int) -> Result:
        connection = await self._connect()
        expected = dict(self._scenario.expected(self._sandbox))
        imported = await self._import(connection, expected)
        orders = await self._complete(connection, work_orders)
        await self._export(connection, len(orders))
        return await self._count(connection, imported, expected, [order.number for order in orders])

    async def _connect(self) -> Connection:
        name, site = self._connector.name, self._scenario.site
        url = self._hub.token_endpoint(name, site).authorize_url("demo-state")
        async with httpx.AsyncClient() as browser:
            callback = await sandbox_approve(browser, url, self._scenario.user)
        login = await finish_login(self._hub, name, site, parse_qs(urlsplit(callback).query)["code"][0])
        connection = await connect(
            self._hub, f"demo-{name}", login, self._scenario.administration, self._scenario.settings
        )
        self._say(f"{self._scenario.user} logged in and chose [cyan]{connection.administration.name}[/cyan].")
        first_day = (self._hub.now() - timedelta(days=30)).date()
        return await self._hub.connections.start_exports(connection.id, first_day)

    async def _import(self, connection: Connection, expected: Mapping[str, int]) -> Mapping[str, int]:
        async def finished() -> bool:
            lines = await self._hub.journal.read(connection.id)
            return any(line["event"] == "sync.finished" for line in lines)

        await self._until(finished, "the first sync")
        bootstrap = self._hub.settings.kafka
        imported = {kind: len(await platform.present(bootstrap, kind, connection.id)) for kind in expected}
        self._say("The first sync brought " + ", ".join(f"{count:,} {kind}s" for kind, count in imported.items()) + ".")
        return imported

    async def _complete(self, connection: Connection, count: int) -> list[Any]:
        bootstrap = self._hub.settings.kafka
        customers = list((await platform.present(bootstrap, "relation", connection.id)).values())
        articles = list((await platform.present(bootstrap, "product", connection.id)).values())
        usable = [one for one in customers if one["record"]["relation_type"] == "customer"]
        priced = [one for one in articles if one["record"]["price"] is not None and one["record"]["active"]]
        orders = platform.complete_work_orders(count, usable, priced, self._scenario.hour_type)
        self._bad_luck()
        await platform.publish(self._hub, orders, connection)
        self._say(
            f"{count} work orders were completed and published, each message twice. Meanwhile {self._connector.title} "
            "loses the answers of two documents it made, drops a call, and is down for a moment."
        )
        return orders

    def _bad_luck(self) -> None:
        path = self._scenario.write_paths[-1]
        self._sandbox.fail_next(kind="cut", when="after", match=path, method="POST", skip=2)
        self._sandbox.fail_next(status=500, when="after", match=path, method="POST", skip=4)
        self._sandbox.fail_next(kind="cut", when="before", match=path, method="POST", skip=6)
        self._sandbox.fail_next(status=503, body="<html>Maintenance</html>", match=path, method="POST", skip=8)

    async def _export(self, connection: Connection, count: int) -> None:
        async def finished() -> bool:
            entries = await self._entries(connection)
            return len(entries) == count and all(entry.final and entry.outcome_due is None for entry in entries)

        await self._until(finished, "the exports")
        states = Counter(entry.state for entry in await self._entries(connection))
        self._say("In the ledger: " + ", ".join(f"{number} {state}" for state, number in states.items()) + ".")

    async def _entries(self, connection: Connection) -> list[Entry]:
        return list(await self._hub.entries.list({"connection": connection.id}, limit=100_000))

    async def _count(
        self, connection: Connection, imported: Mapping[str, int], expected: Mapping[str, int], numbers: list[str]
    ) -> Result:
        in_books = Counter(self._scenario.references(self._sandbox))
        records = await platform.records_of(self._hub.settings.kafka, topics.EXPORT_OUTCOMES)
        told = [ExportOutcome.model_validate_json(record.value or b"") for record in records]
        mine = {one.document for one in told if one.connection == connection.id and one.result == "exported"}
        return Result(
            imported=imported,
            expected=expected,
            wanted=len(numbers),
            exported=sum(in_books[number] > 0 for number in numbers),
            duplicates=sum(max(0, in_books[number] - 1) for number in numbers),
            lost=sum(in_books[number] == 0 for number in numbers),
            outcomes=len(mine),
        )

    async def _until(self, condition: Callable[[], Awaitable[bool]], what: str) -> None:
        deadline = asyncio.get_running_loop().time() + _PATIENCE
        while not await condition():
            self._installation.check()
            if asyncio.get_running_loop().time() > deadline:
                raise StoryStuck(f"{self._connector.title}: {what} did not finish within {_PATIENCE:.0f} seconds.")
            await asyncio.sleep(0.2)


def _table(results: dict[str, Result]) -> Table:
    table = Table(title="What is in the books now", title_justify="left")
    for column in ("Package", "Imported", "Work orders", "Documents", "Twice", "Lost", "As promised"):
        table.add_column(column, justify="left" if column in ("Package", "Imported") else "right")
    for name, result in results.items():
        imported = ", ".join(f"{count:,} {kind}s" for kind, count in result.imported.items())
        verdict = "[green]yes[/green]" if result.as_promised else "[red]NO[/red]"
        cells = (result.wanted, result.exported, result.duplicates, result.lost)
        table.add_row(connectors.get(name).title, imported, *map(str, cells), verdict)
    return table
