import pytest

from shared.connectors.billit.listings import listed
from shared.connectors.billit.models import Order

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
