import json

import pytest

from shared.connectors.billit.listings import listed
from shared.connectors.billit.models import Order
from tests.connectors.billit.office import Office

ORDER = {"OrderID": 7, "OrderType": "Invoice", "TotalExcl": "100", "TotalIncl": "121", "OrderStatus": "ToSend"}


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({}, "final"),
        ({"OrderStatus": "Paid"}, "final"),
        ({"OrderStatus": "Draft"}, "draft"),
        ({"OrderStatus": "Canceled"}, "cancelled"),
        ({"OrderStatus": None}, "final"),
        ({"OrderType": "Offer"}, "draft"),
        ({"OrderType": "Offer", "Invoiced": True}, "final"),
        ({"OrderType": "Offer", "OrderStatus": "Refused"}, "cancelled"),
    ],
)
def test_an_invoice_is_final_from_the_beginning_and_an_offer_open_until_it_is_invoiced(change, state):
    assert listed(Order.model_validate(ORDER | change)).state == state


def test_a_credit_note_takes_back():
    found = listed(Order.model_validate(ORDER | {"OrderType": "CreditNote"}))
    assert (found.total_excl, found.total_incl) == (-100, -121)


def test_what_billit_does_not_tell_is_none():
    found = listed(Order(OrderID=7, CounterParty={"PartyID": 9}))
    assert (found.customer, found.total_excl, found.total_incl, found.day) == ("9", None, None, None)


@pytest.mark.parametrize(
    "near", [{"ExternalProviderID": "wo-1"}, {"ExternalProviderID": "WO-1 A"}, {"OrderType": "Offer"}]
)
async def test_a_search_that_shows_more_than_was_asked_for_finds_the_document_alone(near):
    office = Office()
    mine = ORDER | {"ExternalProviderID": "WO-1", "OrderNumber": "WO-1"}
    rows = [mine, mine | {"OrderID": 8, "OrderNumber": "wo-1"} | near]
    for _ in range(2):
        office.sandbox.fail_next(200, body=json.dumps({"Items": rows}), match="/v1/orders")
    assert [hit.vendor_id for hit in await office.client().orders_by_reference("WO-1", "Invoice")] == ["7"]
    assert [row.OrderID for row in await office.client().orders_by_number("WO-1", "Invoice")] == [7]
