"""What a victim lives through: the work of one flow, on which calls the script plays, and what must come of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from shared.envelope import Message
from shared.lanes import Kind
from shared.ledger.states import MAX_RESENDS
from shared.schemas.connections import Connection
from tests.connectors.contract import an_invoice, an_order
from tests.factories import completed, finalized
from tests.faults.matrix.oracle import Evidence, Verdict, judge_exports
from tests.faults.matrix.scripts import SCRIPTS, TOKEN_SCRIPTS, Script
from tests.faults.matrix.victim import PDF_HOST
from tests.world import World

Events = Callable[[World, Connection], Sequence[Message]]
Judge = Callable[[Evidence, Mapping[str, str], Collection[str]], Verdict]


async def _connected(world: World) -> Connection:
    return await world.connected(**world.scenario.settings)


async def _processing(world: World) -> Connection:
    return await world.connected(**{**world.scenario.settings, "work_order_document": "processed_invoice"})


async def _with_papers(world: World) -> Connection:
    return await world.connected(**{**world.scenario.settings, "attach_pdf": True})


async def _both_flows(world: World) -> Connection:
    return await world.connected(**{**world.scenario.settings, "invoice_document": "sales_entry"})


async def _expired(world: World) -> Connection:
    connection = await _connected(world)
    await world.wait(timedelta(seconds=700))
    return connection


def _one_order(world: World, _: Connection) -> Sequence[Message]:
    return [completed(an_order(world, "WO-1"))]


def _order_with_pdf(world: World, _: Connection) -> Sequence[Message]:
    return [completed(an_order(world, "WO-1", pdf_url=f"{PDF_HOST}/work-order.pdf"))]


def _another_order(world: World, _: Connection) -> Sequence[Message]:
    return [completed(an_order(world, "WO-2"))]


def _order_and_invoice(world: World, connection: Connection) -> Sequence[Message]:
    return [*_one_order(world, connection), finalized(an_invoice(world, "2026-0042"))]


def _two_orders(world: World, connection: Connection) -> Sequence[Message]:
    return [*_one_order(world, connection), *_another_order(world, connection)]


def _nothing(*_: object) -> Sequence[Message]:
    return []


@dataclass(frozen=True)
class Story:
    """`prepare` makes the installation as it is before; `events` come in, `later` ones at the point of `arrive`.

    `method` and `match` are the calls the scripts play on. `brief` are the scripts of the short run.
    """

    name: str
    title: str
    prepare: Callable[[World], Awaitable[Connection]]
    events: Events
    method: str
    match: str
    scripts: Sequence[Script]
    brief: Sequence[Script] = ()
    later: Events = _nothing
    kind: Kind = "export"
    judge: Judge = judge_exports
    options: dict[str, Any] = field(default_factory=dict)

    def scripts_of(self, *, full: bool) -> Sequence[Script]:
        """Those of a run."""
        return self.scripts if full or not self.brief else self.brief


def _named(*names: str) -> Sequence[Script]:
    return [script for script in SCRIPTS if script.name in names]


EXPORT = Story(
    "export",
    "A work order of a new customer becomes a sales order; the script plays on the call that makes it",
    _connected, _one_order, "POST", "/salesorder/SalesOrders", SCRIPTS, later=_another_order,
)  # fmt: skip
RELATION = Story(
    "relation",
    "A work order and an invoice of one new customer at once; the script plays on the call that makes the customer",
    _both_flows, _order_and_invoice, "POST", "/crm/Accounts", SCRIPTS,
    brief=_named("quiet day", "answer lost", "commits late", "500 after commit"),
)  # fmt: skip
PROCESSING = Story(
    "processing",
    "A work order becomes an invoice that is processed; the script plays on the processing",
    _processing, _one_order, "POST", "/salesinvoice/PrintedSalesInvoices", SCRIPTS,
    brief=_named("quiet day", "answer lost", "commits late"),
)  # fmt: skip
PAPERS = Story(
    "papers",
    "The PDF is attached to a sales order: filed, uploaded, linked; the script plays on the filing",
    _with_papers, _order_with_pdf, "POST", "/documents/Documents$",
    [script for script in SCRIPTS if not script.may_refuse and script.wasted < MAX_RESENDS],
    brief=_named("quiet day", "answer lost"),
)  # fmt: skip
TOKEN = Story(
    "token",
    "The access token has expired; the script plays on its renewal",
    _expired, _one_order, "POST", "/oauth2/token", TOKEN_SCRIPTS,
)  # fmt: skip

TWO_ORDERS = replace(EXPORT, name="two orders", events=_two_orders, later=_nothing)
"""What `EXPORT` comes to once its later event has arrived."""

STORIES: Sequence[Story] = (EXPORT, RELATION, PROCESSING, PAPERS, TOKEN)
"""Those of exports; imports are in `imports`."""
