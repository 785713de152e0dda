"""What settings may choose from, as Exact Online offers it."""

from shared.connectors.exact_online import reference
from shared.mapping import Choice
from tests.connectors.exact_online.test_client import Exact, _list


async def test_vat_codes_for_sales_are_offered_with_their_exact_percentage():
    code = {"Description": "High", "Type": "E", "VATTransactionType": "S", "IsBlocked": False}
    exact = Exact(
        _list(
            code | {"Code": "4  ", "Percentage": 0.21},
            code | {"Code": "5  ", "Percentage": 0.055, "VATTransactionType": "B"},
            code | {"Code": "6  ", "Percentage": 0.21, "VATTransactionType": "P"},
            code | {"Code": "7  ", "Percentage": 0.21, "IsBlocked": True},
            code | {"Code": "8  ", "Percentage": None},
        )
    )
    assert await reference.vat_codes(exact.client()) == [
        Choice("4", "High", {"percentage": "21", "type": "E"}),
        Choice("5", "High", {"percentage": "5.5", "type": "E"}),
        Choice("8", "High", {"percentage": None, "type": "E"}),
    ]


async def test_only_open_sales_journals_are_offered():
    exact = Exact(
        _list(
            {"Code": "70", "Description": "Sales", "Type": 20},
            {"Code": "60", "Description": "Purchase", "Type": 22},
            {"Code": "71", "Description": "Old", "Type": 20, "IsBlocked": True},
        )
    )
    assert await reference.journals(exact.client()) == [Choice("70", "Sales")]


async def test_item_groups_are_offered():
    assert await reference.item_groups(Exact(_list({"Code": "P", "Description": "Parts"})).client()) == [
        Choice("P", "Parts")
    ]
