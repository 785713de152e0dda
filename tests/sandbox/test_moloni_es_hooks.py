"""Hooks of the pretend Moloni Spain: ids only, a moment later, and everything that may go wrong (fact sheet, 5)."""

import json

import httpx
import pytest

from tests.sandbox.moloni_es_company import COMPANY, Caller, sandbox_of


class Receiver:
    """Whoever is called back. `status` None: nobody answers."""

    def __init__(self, status: int | None = 200) -> None:
        self.status = status
        self.heard: list[tuple[str, dict]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.status is None:
            raise httpx.ConnectError("nobody there")
        self.heard.append((str(request.url), json.loads(request.content)))
        assert request.headers["content-type"] == "application/json"
        return httpx.Response(self.status)


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


def called_back(receiver: Receiver) -> Caller:
    """A caller whose hooks this one gets."""
    caller = Caller(sandbox_of())
    caller.sandbox.bells.reach_out(httpx.MockTransport(receiver))
    return caller


@pytest.fixture
def caller(receiver: Receiver) -> Caller:
    return called_back(receiver)


def rename(caller: Caller, table: str = "customers", place: int = 0) -> int:
    """Somebody renames a record by hand."""
    id = [*caller.sandbox.books(COMPANY).tables[table]][place]
    caller.sandbox.change(COMPANY, table, id, name="Otro nombre")
    return id


async def heard(caller: Caller, receiver: Receiver) -> list[dict]:
    await caller.sandbox.bells.rung()
    return [body for _, body in receiver.heard]


async def test_a_change_is_told_to_whoever_asked_by_id_alone(caller, receiver):
    assert (await caller.hook("Customer", "update", "https://hub.example/cb/x?on=1"))["errors"] == []
    id = rename(caller)
    rename(caller, "products")
    await caller.sandbox.bells.rung()
    body = {"model": "Customer", "operation": "update", "customerId": id}
    assert receiver.heard == [("https://hub.example/cb/x?on=1", body)]


async def test_creations_and_deletions_are_told_apart(caller, receiver):
    for operation in ("create", "delete"):
        await caller.hook("Customer", operation)
    made = (await caller.customer())["data"]["customerId"]
    caller.sandbox.remove(COMPANY, "customers", made)
    told = [(body["operation"], body["customerId"]) for body in await heard(caller, receiver)]
    assert told == [("create", made), ("delete", made)]


async def test_whoever_writes_does_not_wait_for_the_hook(caller, receiver):
    await caller.hook("Customer", "create")
    await caller.customer()
    assert receiver.heard == []
    assert len(await heard(caller, receiver)) == 1


@pytest.mark.parametrize("status", [None, 500])
async def test_a_hook_that_nobody_takes_is_not_repeated(status):
    caller = called_back(Receiver(status))
    await caller.hook("Customer", "update")
    rename(caller)
    await caller.sandbox.bells.rung()
    assert len(caller.sandbox.bells.calls) == 1
    assert caller.sandbox.bells.answers == ([] if status is None else [status])


async def test_a_hook_may_come_twice(caller, receiver):
    await caller.hook("Customer", "update")
    caller.sandbox.hooks.troubles.duplicate = 1
    ids = [rename(caller), rename(caller, place=1)]
    assert [body["customerId"] for body in await heard(caller, receiver)] == [ids[0], ids[0], ids[1]]


async def test_a_hook_may_get_lost(caller, receiver):
    await caller.hook("Customer", "update")
    caller.sandbox.bells.lose()
    rename(caller)
    later = rename(caller, place=1)
    assert [body["customerId"] for body in await heard(caller, receiver)] == [later]


async def test_hooks_may_come_in_another_order(caller, receiver):
    await caller.hook("Customer", "update")
    caller.sandbox.hooks.troubles.swapped = True
    ids = [rename(caller), rename(caller, place=1)]
    assert [body["customerId"] for body in await heard(caller, receiver)] == ids[::-1]


async def test_hooks_may_come_late(caller, receiver):
    await caller.hook("Customer", "update")
    caller.sandbox.hooks.troubles.late = True
    id = rename(caller)
    assert await heard(caller, receiver) == []
    caller.sandbox.hooks.release()
    assert [body["customerId"] for body in await heard(caller, receiver)] == [id]


async def test_only_what_the_catalogue_has_can_be_asked_for(caller):
    query = "query q { hookModelOperations { data { model operations { operation } } } }"
    found = {one["model"]: one["operations"] for one in (await caller.ask(query))["data"]}
    assert {"operation": "stockChanged"} in found["Product"]
    assert (await caller.hook("Customer", "stockChanged"))["errors"][0]["field"] == "operation"
    assert (await caller.hook("Vehicle", "update"))["errors"][0]["field"] == "operation"
    proven = Caller(sandbox_of(proven_hooks=True))
    assert (await proven.hook("Customer", "update"))["data"] is None


@pytest.mark.parametrize("url", ["http://hub.example/x", "ftp://hub.example/x", "hub.example"])
async def test_an_address_that_is_not_safe_is_refused(caller, url):
    assert (await caller.hook("Customer", "update", url))["errors"][0]["field"] == "url"


async def test_another_plugin_deletes_every_hook_of_the_company(caller):
    await caller.hook("Customer", "update")
    caller.sandbox.edit({"company": COMPANY, "lose_hooks": True})
    assert (await caller.listed("hooks", "hookId"))["data"] == []


async def test_hooks_are_deleted_by_id(caller):
    first, second = [(await caller.hook("Customer", one))["data"]["hookId"] for one in ("create", "update")]
    query = (
        "mutation hookDelete($companyId: Int!, $hookId: [String!]!) { hookDelete(companyId: $companyId, hookId: "
        "$hookId) { status deletedCount } }"
    )
    assert await caller.ask(query, hookId=[first, "hook-99"]) == [{"status": 0, "deletedCount": 1}]
    assert [row["hookId"] for row in (await caller.listed("hooks", "hookId url"))["data"]] == [second]
