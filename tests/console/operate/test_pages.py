"""Who sees the operator's pages, and that each is there in full."""

from collections.abc import Iterator

import httpx
import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from services.console.operate import api, pages
from tests.console.desk import Desk
from tests.services.cli.support import in_state


def routes(router: APIRouter) -> Iterator[APIRoute]:
    """Of a router and all it includes."""
    for one in router.routes:
        if isinstance(one, APIRoute):
            yield one
        else:
            yield from routes(one.original_router)


PAGES = [
    "/operate",
    "/operate/connectors/exact_online",
    "/operate/connections",
    "/operate/connections?text=no-such",
    "/operate/dead",
    "/operate/dead/exports?connector=exact_online",
    "/operate/dead/imports?connector=exact_online",
    "/operate/dead/events",
    "/operate/dead/exports/newest?connector=exact_online",
    "/operate/replays",
    "/operate/reconciliations",
    "/operate/reconciliations?connector=exact_online",
]


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_is_there_for_an_operator(desk: Desk, oscar: httpx.AsyncClient, path: str) -> None:
    await desk.world.connected()
    answer = await oscar.get(path)
    assert answer.status_code == 200, answer.text


async def test_no_route_of_operation_is_open_to_an_office_worker(desk: Desk, olivia: httpx.AsyncClient) -> None:
    """Every route and method: a new one is covered as soon as it is there."""
    asked = 0
    some = {"connector": "exact_online", "connection": "c", "replay": "r", "run": "r", "source": "exports"}
    for route in [*routes(api.router), *routes(pages.router)]:
        if "/operate" not in route.path:
            continue
        path = route.path.format(**some, partition=0, offset=0)
        for method in route.methods:
            answer = await olivia.request(method, path, json={"connector": "exact_online", "what": "dead"})
            assert answer.status_code == 403, (method, path)
            asked += 1
    assert asked > 25


async def test_an_office_worker_sees_nothing_of_it_in_the_menu(olivia: httpx.AsyncClient) -> None:
    assert "/operate" not in (await olivia.get("/")).text


@pytest.mark.parametrize(
    "path",
    ["/operate/connectors/nobody", "/operate/connections/none", "/operate/replays/none",
     "/operate/reconciliations/none",
     "/operate/connections/none/reconciliations", "/operate/dead/exports/0/99?connector=exact_online"],
)  # fmt: skip
async def test_what_is_not_there_is_not_found(oscar: httpx.AsyncClient, path: str) -> None:
    assert (await oscar.get(path)).status_code == 404
    assert (await oscar.get(f"/api/v1{path}")).status_code == 404


async def test_the_overview_counts_what_waits_and_what_was_refused(desk: Desk, oscar: httpx.AsyncClient) -> None:
    await desk.world.connected()
    await in_state(desk.world, "WO-1", state="refused", reason="Work order WO-1 has no customer.")
    await in_state(desk.world, "WO-2", state="waiting", due=None, reason="no VAT code")
    body = (await oscar.get("/api/v1/operate")).json()
    exact = next(one for one in body["connectors"] if one["name"] == "exact_online")
    assert (exact["documents"]["refused"], exact["documents"]["waiting"], exact["lanes"]["free"]) == (1, 1, 1)
    assert exact["backlog"]["export"]["lanes"] == 1


async def test_failures_are_counted_by_reason_whatever_document_they_name(desk: Desk, oscar: httpx.AsyncClient) -> None:
    await desk.world.connected()
    for number in ("WO-1", "WO-2"):
        await in_state(desk.world, number, state="refused", reason=f"{number} has no customer", vendor_says="<b>no</b>")
    body = (await oscar.get("/api/v1/operate/connectors/exact_online")).json()
    (failure,) = body["failures"]
    assert (failure["state"], failure["reason"], failure["documents"]) == ("refused", "… has no customer", 2)
    page = (await oscar.get("/operate/connectors/exact_online")).text
    assert "&lt;b&gt;no&lt;/b&gt;" in page
    assert "<b>no</b>" not in page
