"""What the office worker reads about a document."""

import pytest

from services.exporter import effects
from shared.store import Store
from tests.factories import completed, make_work_order
from tests.world import make_world


@pytest.mark.parametrize(("number", "words"), [("26000001", "as sales invoice 26000001."), (None, "as sales invoice.")])
async def test_a_document_without_a_number_in_the_package_is_named_without_one(
    store: Store, number: str | None, words: str
) -> None:
    world = make_world(store)
    connection = await world.connected()
    await world.publish(completed(make_work_order("WO-1")))
    (entry,) = await world.hub.entries.list({})
    made = {"state": "confirmed", "document_type": "sales_invoice", "vendor_number": number}
    line = effects.log_line(entry.model_copy(update=made), connection, "Exact Online")
    assert line.text == f"Work order WO-1 is in Exact Online {words}"
