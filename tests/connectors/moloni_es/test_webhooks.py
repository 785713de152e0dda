"""Which record a call of Moloni is about, and which hooks are ours; then the whole way from a change to its event."""

import json
from datetime import timedelta

import pytest

from shared import topics
from shared.connectors.moloni_es import webhooks
from shared.connectors.moloni_es.sandbox import create
from shared.settings import Settings
from shared.store.collections import LOG
from shared.store.sqlite import SqliteStore
from shared.webhooks import Changed, Hook
from tests.connectors.contract import an_order, event_of, settled, sync_again, synced
from tests.connectors.moloni_es.office import COMPANY, Office, small_sandbox
from tests.doorbell import PUBLIC, Doorbell
from tests.world import World, access_to

ADDRESS = "https://hub.example/callbacks/moloni_es/c-1/s3cr3t"
CUSTOMER, PRODUCT = [Changed("relation", "7001")], [Changed("product", "5001")]


@pytest.mark.parametrize(
    ("payload", "record"),
    [
        ({"model": "Customer", "operation": "update", "customerId": 7001}, CUSTOMER),
        ({"model": "Customer", "operation": "delete", "customerId": "7001"}, CUSTOMER),
        ({"model": "customer", "id": 7001, "new": {"in": 2027}}, CUSTOMER),
        ({"model": "Customer", "entityId": 7001, "companyId": 501}, CUSTOMER),
        ({"model": "Product", "operation": "stockChanged", "productId": 5001}, PRODUCT),
        ({"model": "Product", "operation": "something new", "productId": 5001}, PRODUCT),
        ({"model": "Product", "customerId": 7001}, []),
        ({"model": "Document", "documentId": 1}, []),
        ({"model": "Customer", "customerId": "1 or 1"}, []),
        ({"model": "Customer", "customerId": True}, []),
        ({"model": "Customer", "customerId": -1}, []),
        ({"model": ["Customer"], "customerId": 1}, []),
        ([], []),
        (None, []),
    ],
)
def test_a_call_names_its_record_and_is_believed_in_nothing_else(payload, record):
    assert list(webhooks.translate(payload)) == record


@pytest.mark.parametrize("topic", webhooks.TOPICS)
def test_a_hook_says_behind_its_address_what_it_is_for(topic):
    data = webhooks.registration(topic, ADDRESS).body["variables"]["data"]
    assert f"{data['model']}.{data['operation']}" == topic
    assert data["url"].startswith(f"{ADDRESS}?")
    assert webhooks.known("h-1", data["url"]) == Hook("h-1", topic, ADDRESS)


@pytest.mark.parametrize("url", ["", "https://shop.example/wp-json/x", f"{ADDRESS}?on=Vehicle.update", f"{ADDRESS}?x"])
def test_a_hook_of_somebody_else_is_never_taken_for_ours(url):
    assert webhooks.known("h-1", url) == Hook("h-1", "", url)


async def test_all_pages_of_hooks_are_read_those_of_others_included():
    office = Office(small_sandbox(most=2))
    client = office.client()
    made = [await client.create_hook(webhooks.registration(topic, ADDRESS)) for topic in webhooks.TOPICS]
    office.sandbox.hooks.create(COMPANY, {"model": "Product", "operation": "create", "url": "https://shop.example/x"})
    found = await client.hooks()
    assert found[:-1] == made
    assert [found[-1].topic, found[-1].address] == ["", "https://shop.example/x"]


async def test_a_hook_that_somebody_else_has_deleted_is_no_error():
    office = Office()
    hook = await office.client().create_hook(webhooks.registration("Customer.update", ADDRESS))
    for _ in range(2):
        await office.client().delete_hook(hook)
    assert await office.client().hooks() == []


@pytest.mark.parametrize(
    ("options", "customers"), [({}, True), ({"proven_hooks": True}, False)], ids=["whole", "only what is proven"]
)
async def test_only_what_the_catalogue_has_is_offered(options, customers):
    offered = await Office(small_sandbox(**options)).client().offered_hooks()
    assert set(webhooks.PROVEN) <= set(offered)
    assert ("Customer.update" in offered) == customers


async def test_a_catalogue_that_cannot_be_read_offers_what_is_proven():
    office = Office()
    told = {"errors": [{"message": "no such field", "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"}}]}
    office.sandbox.fail_next(400, body=json.dumps(told), match="#hookModelOperations$")
    assert await office.client().offered_hooks() == webhooks.PROVEN


@pytest.fixture
async def bell(tmp_path):
    async for made in _bell(tmp_path):
        yield made


@pytest.fixture
async def proven(tmp_path):
    async for made in _bell(tmp_path, proven_hooks=True):
        yield made


async def _bell(folder, **options):
    sandbox = create(customers=6, products=8, categories=4, **options)
    settings = Settings(_env_file=None, **access_to("moloni_es", sandbox.base_url), public_url=PUBLIC)
    world = World(SqliteStore(folder / "b.db", clock=sandbox.clock), sandbox, "moloni_es", settings, own_time=True)
    await world.hub.open()
    yield Doorbell(world)
    await sandbox.bells.close()
    await world.hub.close()


def events(bell, kind):
    return [json.loads(one.body) if one.body else None for one in bell.world.bus.of(topics.entities(kind))]


async def arrived(bell):
    await bell.heard()
    await settled(bell.world)


async def test_where_there_are_no_hooks_for_customers_those_for_products_are_made_and_nothing_complains(proven):
    connection = await synced(proven.world)
    assert sorted(hook.topic for hook in await proven.hooks(connection)) == ["Product.create", "Product.update"]
    logged = await proven.world.store.find(LOG, {}, limit=1000)
    assert [row for row in logged if row["event"].startswith("webhooks")] == []
    id = next(iter(proven.world.sandbox.books(COMPANY).tables["customers"]))
    proven.world.sandbox.change(COMPANY, "customers", id, name="Bar Luna")
    assert await proven.heard() == 0
    (event,) = await sync_again(proven.world, connection)
    assert json.loads(event.body)["record"]["name"] == "Bar Luna"


async def test_a_product_that_becomes_hours_moves_to_the_other_kind_at_once(bell):
    await synced(bell.world)
    books = bell.world.sandbox.books(COMPANY)
    hours = next(row for row in books.tables["measurementUnits"].values() if row["name"] == "Hora")
    id = next(id for id, row in books.tables["products"].items() if row["reference"] == "DESPLAZA")
    before = {kind: len(events(bell, kind)) for kind in ("product", "hour_type")}
    bell.world.sandbox.change(COMPANY, "products", id, measurementUnit=hours)
    await arrived(bell)
    assert events(bell, "product")[before["product"] :] == [None]
    assert [one["vendor_id"] for one in events(bell, "hour_type")[before["hour_type"] :]] == [str(id)]


async def test_calls_that_come_twice_late_or_in_another_order_bring_what_is_there_now(bell):
    await synced(bell.world)
    sandbox = bell.world.sandbox
    first, second, *_ = sandbox.books(COMPANY).tables["customers"]
    before = len(events(bell, "relation"))
    sandbox.hooks.troubles.duplicate = 1
    sandbox.change(COMPANY, "customers", first, name="Bar Sol")
    await arrived(bell)
    sandbox.hooks.troubles.swapped = True
    sandbox.change(COMPANY, "customers", first, name="Bar Luna")
    sandbox.remove(COMPANY, "customers", first)
    await arrived(bell)
    sandbox.hooks.troubles.late = True
    sandbox.change(COMPANY, "customers", second, name="Uno")
    sandbox.change(COMPANY, "customers", second, name="Dos")
    await arrived(bell)
    sandbox.hooks.release()
    await arrived(bell)
    found = events(bell, "relation")[before:]
    assert [one and one["record"]["name"] for one in found] == ["Bar Sol", None, "Dos"]


async def test_hooks_that_another_plugin_deleted_are_made_again_and_its_own_stay(bell):
    connection = await synced(bell.world)
    sandbox = bell.world.sandbox
    sandbox.lose_hooks(COMPANY)
    sandbox.hooks.create(COMPANY, {"model": "Product", "operation": "update", "url": "https://shop.example/x"})
    sandbox.clock.advance(timedelta(hours=2))
    await sync_again(bell.world, connection)
    found = await bell.hooks(connection)
    assert sorted(hook.topic for hook in found) == ["", *sorted(webhooks.TOPICS)]
    assert [hook.address for hook in found if not hook.topic] == ["https://shop.example/x"]


async def test_our_own_writes_ring_our_own_hooks_and_tell_no_news_twice(bell):
    connection = await synced(bell.world)
    before = len(events(bell, "relation"))
    await bell.world.publish(event_of(an_order(bell.world)))
    await settled(bell.world)
    assert await bell.heard() == 1
    await settled(bell.world)
    (event,) = events(bell, "relation")[before:]
    await bell.rings(connection, "relation", event["vendor_id"])
    await settled(bell.world)
    assert await sync_again(bell.world, connection) == []


async def test_what_is_no_id_of_moloni_s_is_not_there():
    client = Office().client()
    assert await client.fetched_customers(["x", "1 or 1", "", "7"]) == []
