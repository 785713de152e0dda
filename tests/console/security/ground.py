"""An installation in which a tenant owns one of everything, and the table of routes that lead to it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx

from services.console import sessions
from services.console.connect import logins
from services.console.operate.background import WORK
from shared.ledger.entry import Entry, document_step
from shared.ledger.writes import Step
from shared.schemas.connections import Connection
from shared.store.collections import COLLECTIONS, CONNECTIONS, STEPS
from tests.books import Hands
from tests.console.desk import Desk, routes
from tests.console.operate.test_letters import unusable
from tests.console.operate.test_replays import sent
from tests.factories import completed, make_customer, make_work_order
from tests.services.test_exporter import VAT

STREAMS = {"/connections/{connection}/log/stream", "/api/v1/connections/{connection}/log/stream"}
"""Answers that do not end: a client without a network behind it would wait for the whole of one."""

OWN = re.compile(r"{(connection|login|key|document|run)(:path)?}")
"""Parameters of a path that belong to a tenant."""

SAID = "Verplicht veld ontbreekt"
"""The package's own words on a refused document."""

HELD, REFUSED, UNSURE, LEFT, DOUBT = NUMBERS = "WO-HELD", "WO-REFUSED", "WO-UNSURE", "WO-LEFT", "WO-DOUBT"


def changing() -> list[tuple[str, str]]:
    """The routes that change something."""
    return [(method, path) for method, path in routes() if method != "GET"]


@dataclass
class Ground:
    """What there is. `ids` fills the parameters of every path with something of the tenant's."""

    desk: Desk
    tenant: str
    connection: Connection
    ended: Connection
    office: httpx.AsyncClient
    ids: dict[str, str] = field(default_factory=dict)

    def path(self, template: str, **instead: str) -> str:
        """An address of that route; `KeyError` when nobody said what its parameter means."""
        known = {**self.ids, **instead}
        return re.sub(r"{(\w+)(?::path)?}", lambda found: quote(known[found[1]], safe=""), template)

    async def entry(self, number: str) -> Entry:
        """A document by its number."""
        (found,) = await self.desk.hub.entries.list({"number": number, "tenant": self.tenant})
        return found

    async def key(self, number: str) -> str:
        """What addresses call it."""
        listed = await self.office.get(f"/api/v1/connections/{self.connection.id}/documents?number={number}")
        return str(listed.json()["documents"][0]["key"])


async def ground(desk: Desk, tenant: str = "acme", name: str = "Bakkerij Van den Berg") -> Ground:
    """One of everything; `name` is what the tenant's customers and books are called."""
    world = desk.world
    connection = await _renamed(desk, await _connected(desk, tenant), name)
    office = await desk.signed_in(tenant=tenant, name=f"Olivia {name}"[:190])
    made = Ground(desk, tenant, connection, await _ended(desk, connection, name), office)
    for order, number in enumerate(NUMBERS):
        customer = make_customer(name=name)
        await world.publish(completed(make_work_order(number, customer=customer, id=f"{tenant}-{order}"), tenant))
    await _states(made, name)
    for told in (f"Refused: {name}", f"{SAID}: {name}"):
        await desk.hub.journal.write(
            connection.id, "document.refused", told, level="error", vendor_says=f"{SAID}: {name}",
            document=REFUSED, entry=(await made.entry(REFUSED)).id,
        )  # fmt: skip
    made.ids |= {
        "connection": connection.id,
        "connector": desk.world.connector,
        "key": await made.key(REFUSED),
        "document": (await made.entry(HELD)).id,
        "login": await _login(made),
        "name": "vat_codes",
    }
    return made


async def operated(made: Ground) -> httpx.AsyncClient:
    """With what operators make: a dead letter, a replay, a comparison. Who made them, of another company."""
    desk, place = made.desk, f"/connections/{made.connection.id}/reconciliation"
    oscar = await desk.signed_in(tenant="operations", role="operator", sub="operator-1")
    await desk.hub.bus.publish([unusable("WO-DEAD")])
    wish = {"connector": desk.world.connector, "what": "documents", "documents": [REFUSED]}
    replay = (await oscar.post("/api/v1/operate/replays", json=wish)).json()["id"]
    asked = await made.office.post(f"/api/v1{place}", json={"first": "2026-11-01", "last": "2026-11-30"})
    assert asked.status_code == 202, asked.text
    await desk.world.exporting(await sent(desk))
    await desk.world.quiet("export", patience=0.05)
    await WORK.ended()
    made.ids |= {"replay": replay, "run": asked.json()["id"], "source": "exports", "partition": "0", "offset": "0"}
    return oscar


async def _connected(desk: Desk, tenant: str) -> Connection:
    world = desk.world
    settings = {"vat_codes": VAT, "vat_default": "4", "fallback_item": Hands(world).an_item, "manual_exports": True}
    return await world.connected(tenant, **settings)


async def _renamed(desk: Desk, connection: Connection, name: str) -> Connection:
    books = connection.administration.model_copy(update={"name": name})
    await desk.hub.store.update(CONNECTIONS, connection.id, set={"administration": books.model_dump(mode="json")})
    return await desk.hub.connections.get(connection.id)


async def _ended(desk: Desk, live: Connection, name: str) -> Connection:
    """A connection to other books that was ended; a document waits there."""
    books = live.administration.model_copy(update={"code": "ended", "name": f"Ended {name}"})
    changes = {"id": f"{live.tenant}-ended", "administration": books, "state": "disconnected", "live_key": None}
    ended = live.model_copy(update=changes)
    await desk.hub.store.insert(CONNECTIONS, ended.model_dump(mode="json"))
    return ended


async def _states(made: Ground, name: str) -> None:
    """Each document as it would be later: on hold, refused, perhaps in the books, left behind in the ended ones twice."""
    words = {"reason": f"Not taken: {name}", "vendor_says": f"{SAID}: {name}"}
    left = {"connection": made.ended.id, "administration": made.ended.administration.code, "state": "waiting"}
    states: Mapping[str, Mapping[str, Any]] = {
        HELD: {"state": "held"},
        REFUSED: {"state": "refused", **words, "due": None},
        UNSURE: {"state": "unsure", **words, "due": None},
        LEFT: {**left, **words, "due": None},
        DOUBT: {**left, **words, "due": None},
    }
    for number, state in states.items():
        id = (await made.entry(number)).id
        await made.desk.hub.entries.change(id, lambda now, state=state: now.model_copy(update=state))
    for number in (UNSURE, DOUBT):
        id = (await made.entry(number)).id
        step = Step(id=document_step(id), entry=id, what="order", state="uncertain")
        await made.desk.hub.store.insert(STEPS, step.stored())


async def _login(made: Ground) -> str:
    """A login of the office worker, in which an administration can be chosen; its id."""
    desk = made.desk
    cookie = made.office.cookies[sessions.cookie_name(desk.hub.settings)]
    whose = logins.Whose(made.tenant, "user-1", sessions.digest(cookie))
    world = desk.world
    kept = await logins.keep(desk.hub, whose, world.connector, world.scenario.site, await world.log_in())
    return kept.id


async def everything(desk: Desk) -> dict[str, Any]:
    """The whole store, to see whether anything changed."""
    store: Any = desk.hub.store
    return {one.name: await store.find(one.name, {}, limit=10_000) for one in COLLECTIONS}
