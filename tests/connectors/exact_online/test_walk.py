"""The connector against its sandbox: whole reads, and documents from the work order to the books."""

from decimal import Decimal

import httpx
import pytest

from shared.connector import ReadFrom
from shared.connectors.exact_online import CONNECTOR
from shared.connectors.exact_online.client import Client
from shared.connectors.exact_online.sandbox import create
from shared.connectors.exact_online.sandbox.resources import ACCOUNTS, ITEMS
from shared.errors import Uncertain
from shared.http import Unlimited, VendorHttp
from shared.mapping import Job, LeftOut
from shared.schemas.connections import Administration
from shared.schemas.documents import Customer, WorkOrder
from shared.schemas.entities import Product, Relation
from tests.connectors.exact_online.office import Bearer

DIVISION = 900001
BOOKS = Administration(code=str(DIVISION), name="De Vries")
ORDER = {
    "id": "wo-1",
    "revision": 1,
    "number": "W-1",
    "work_date": "2026-11-20",
    "completed_at": "2026-11-20T15:00:00Z",
    "site_customer": {"debtor_number": "D-77", "name": "Site"},
    "invoice_customer": {"debtor_number": "880", "name": "Payer", "address": {"country": "NL"}},
    "materials": [
        {
            "code": "DIV-ZONDER",
            "quantity": "3",
            "unit_price": "3.333",
            "discount_percentage": "5.5",
            "vat_percentage": "21",
        },
        {"code": "LEID-10000", "quantity": "-1", "unit_price": "10"},
    ],
    "hours": [{"date": "2026-11-20", "minutes": 100}, {"date": "2026-11-20", "minutes": 35, "hour_type": "UUR-REIS"}],
    "rounding_minutes": 15,
}
SETTINGS = {"vat_codes": {"21": "4"}, "default_hour_type": "UUR-MONT", "journal": "70"}
DOCUMENTS = pytest.mark.parametrize(
    ("kind", "collection"), [("sales_order", "SalesOrderLines"), ("sales_invoice", "SalesInvoiceLines")]
)


@pytest.fixture
def sandbox():
    return create(accounts=150, items=60, minutely_limit=1000)


@pytest.fixture
def client(sandbox):
    return _client(sandbox)


def _client(sandbox, administration=str(DIVISION), **login):
    line = httpx.AsyncClient(transport=sandbox.transport(), base_url=sandbox.base_url, headers=CONNECTOR.headers)
    token = sandbox.log_in(**login).access_token
    http = VendorHttp(
        line,
        auth=Bearer(token),
        classify=CONNECTOR.classify,
        budget=Unlimited(),
        windows=CONNECTOR.limit.read,
        name=CONNECTOR.name,
    )
    return Client(http, administration)


async def _read(client, entity, cursor=None):
    """All records and removals of one run, and the cursor it ended with."""
    records, removed, position = [], [], None
    while True:
        page = await CONNECTOR.imports[entity].read(client, ReadFrom(position, cursor))
        records += page.records
        removed += page.removed
        if page.next is None:
            return records, removed, page.cursor
        position = page.next


def _mapped(entity, records, **settings):
    how = CONNECTOR.imports[entity]
    chosen = CONNECTOR.settings(**settings)
    return [how.map(how.model.model_validate(record), chosen) for record in records]


def _job(kind, ensured):
    return Job(
        document=WorkOrder.model_validate(ORDER),
        reference="W-1",
        settings=CONNECTOR.settings.model_validate(SETTINGS | {"work_order_document": kind}),
        administration=BOOKS,
        timezone="Europe/Amsterdam",
        ensured=ensured,
    )


async def _ensure(client, job, how):
    return {f"relation:{how.key(wanted)}": await _ensured(client, job, how, wanted) for wanted in how.wanted(job, {})}


async def _ensured(client, job, how, wanted):
    found = await how.find(client, wanted)
    receipt = found[0] if found else await how.send(client, how.map(job, wanted).request)
    return receipt.vendor_id


async def _draft(client, kind):
    how = CONNECTOR.exports[WorkOrder, kind]
    job = _job(kind, await _ensure(client, _job(kind, {}), how.ensures[0]))
    return how, job, how.map(job, await how.gather(client, job))


async def test_the_user_sees_the_administrations_that_were_granted(sandbox):
    client = _client(sandbox, None)
    assert (await client.whoami()).name == "Anouk de Vries"
    found = {row.code: (row.country, row.currency) for row in await client.administrations()}
    assert found == {"900001": ("NL", "EUR"), "900002": ("BE", "EUR")}


async def test_a_full_read_brings_every_record_once(client):
    records, removed, _ = await _read(client, Relation)
    assert len(records) == len({record["ID"] for record in records}) == 150
    assert removed == []


async def test_more_than_a_page_of_records_is_read():
    records, _, _ = await _read(_client(create(accounts=2100, items=20)), Relation)
    assert len({record["ID"] for record in records}) == 2100


@pytest.mark.parametrize("entity", [Relation, Product])
async def test_every_record_of_the_sandbox_can_be_mapped(client, entity):
    records, _, _ = await _read(client, entity)
    mapped = _mapped(entity, records)
    assert {type(result) for result in mapped} == {entity, LeftOut}


async def test_a_second_read_brings_only_news(sandbox, client):
    records, _, cursor = await _read(client, Relation)
    sandbox.change(DIVISION, ACCOUNTS, records[3]["ID"], Name="Renamed")
    sandbox.remove(DIVISION, ACCOUNTS, records[4]["ID"])
    changed, removed, newer = await _read(client, Relation, cursor)
    assert [(row["ID"], row["Name"]) for row in changed] == [(records[3]["ID"], "Renamed")]
    assert removed == [records[4]["ID"]]
    assert await _read(client, Relation, newer) == ([], [], newer)


async def test_a_record_deleted_while_the_rows_are_read_is_reported_by_the_same_run(sandbox, client):
    page = await client.accounts(ReadFrom(None, None))
    gone = page.records[0]["ID"]
    sandbox.remove(DIVISION, ACCOUNTS, gone)
    assert (await client.accounts(ReadFrom(page.next, None))).removed == [gone]


async def test_deleted_relations_are_not_reported_as_deleted_products(sandbox, client):
    records, _, cursor = await _read(client, Product)
    accounts, _, _ = await _read(client, Relation)
    sandbox.remove(DIVISION, ACCOUNTS, accounts[0]["ID"])
    sandbox.remove(DIVISION, ITEMS, records[0]["ID"])
    assert (await _read(client, Product, cursor))[1] == [records[0]["ID"]]


@pytest.mark.parametrize("entity", [Relation, Product])
async def test_a_look_up_by_id_tells_what_is_still_there(sandbox, client, entity):
    records, _, _ = await _read(client, entity)
    ids = [record["ID"] for record in records[:40]]
    sandbox.remove(DIVISION, ACCOUNTS if entity is Relation else ITEMS, ids[7])
    assert await CONNECTOR.imports[entity].exists(client, ids) == set(ids) - {ids[7]}


@DOCUMENTS
async def test_a_work_order_becomes_one_document_with_our_total(sandbox, client, kind, collection):
    how, job, draft = await _draft(client, kind)
    receipt = await how.send(client, draft.request)
    (stored,) = sandbox.memory()[f"{kind}s"]
    assert receipt.total_excl == draft.total_excl == stored["AmountFCExclVat"]
    assert [line["VATPercentage"] for line in stored[collection]] == [Decimal("0.21")] * 4
    assert await how.find(client, job) == [receipt]
    assert (receipt.customer, receipt.day) == (draft.customer, draft.day)


@DOCUMENTS
async def test_a_lost_answer_is_uncertain_and_the_document_is_found(sandbox, client, kind, collection):
    how, job, draft = await _draft(client, kind)
    sandbox.fail_next(kind="cut", when="after", method="POST")
    with pytest.raises(Uncertain):
        await how.send(client, draft.request)
    assert len(await how.find(client, job)) == 1


async def test_relations_are_made_once_and_found_again(sandbox, client):
    how = CONNECTOR.exports[WorkOrder, "sales_order"].ensures[0]
    first = await _ensure(client, _job("sales_order", {}), how)
    assert await _ensure(client, _job("sales_order", {}), how) == first
    made = {row["SearchCode"]: row["Code"] for row in sandbox.memory()["accounts"]}
    assert made["880"].strip() == "880"
    assert set(made) == {"880", "D-77"}


async def test_an_existing_relation_is_found_by_its_number(client):
    records, _, _ = await _read(client, Relation)
    (found,) = (
        await CONNECTOR.exports[WorkOrder, "sales_order"]
        .ensures[0]
        .find(client, Customer(debtor_number=records[10]["Code"].strip(), name="whoever"))
    )
    assert found.vendor_id == records[10]["ID"]


async def test_look_ups_pass_where_filters_are_mandatory():
    client = _client(create(accounts=80, items=60, mandatory_filter=True))
    how, job, draft = await _draft(client, "sales_order")
    await how.send(client, draft.request)
    assert len(await how.find(client, job)) == 1
