"""What settings may choose from, as Exact Online offers it, and how payments are read."""

import pytest

from shared.connector import ReadFrom
from shared.connectors.exact_online import reference
from shared.connectors.exact_online.calls import MOST_PAGES
from shared.errors import Unsupported
from shared.mapping import Choice
from tests.connectors.exact_online.test_client import BEGIN, Exact, _deleted, _list


async def test_vat_codes_for_sales_are_offered_with_their_exact_percentage():
    code = {"Description": "High", "Type": "E", "VATTransactionType": "S", "IsBlocked": False}
    exact = Exact(
        _list(
            code | {"Code": "4  ", "Percentage": 0.21},
            code | {"Code": "5  ", "Percentage": 0.055, "VATTransactionType": "B"},
            code | {"Code": "6  ", "Percentage": 0.21, "VATTransactionType": "P"},
            code | {"Code": "7  ", "Percentage": 0.21, "IsBlocked": True},
            code | {"Code": "8  ", "Percentage": None},
            code | {"Code": "9  ", "Percentage": 0.21, "Type": "I"},
        )
    )
    assert await reference.vat_codes(exact.client()) == [
        Choice("4", "High", {"percentage": "21", "type": "E"}),
        Choice("5", "High", {"percentage": "5.5", "type": "E"}),
        Choice("8", "High", {"percentage": None, "type": "E"}),
    ]


def _term(id, entry, amount, whole=None, **more):
    shared = {"ID": id, "TransactionEntryID": entry, "Timestamp": "7", "EndDate": None, "LineType": 20}
    return shared | {"AmountFC": amount, "TransactionAmountFC": whole or amount} | more


async def test_terms_that_make_up_their_invoices_need_no_other_call():
    exact = Exact(_list(_term("t-1", "b-1", 10.5), _term("t-2", "b-2", 4, 10), _term("t-3", "b-2", 6, 10)))
    page = await exact.client().payments(BEGIN)
    assert [(row["ID"], len(row["terms"])) for row in page.records] == [("b-1", 1), ("b-2", 2)]
    assert exact.paths == ["/api/v1/900001/sync/Cashflow/PaymentTerms"]


async def test_the_other_terms_of_changed_invoices_are_looked_up_together():
    changed = [_term(f"t-{n}", f"b-{n}", 4, 10) for n in range(60)]
    others = [_term(f"u-{n}", f"b-{n}", 6, 10, IsFullyPaid=True) for n in range(60)]
    exact = Exact()
    exact.answers = [_list(*changed), _list(*changed, after=exact.link(1)), _list(*others)]
    page = await exact.client().payments(BEGIN)
    assert [len(row["terms"]) for row in page.records] == [2] * 60
    assert exact.queries[1]["$filter"].count("TransactionEntryID eq guid'b-") == 60
    assert "LineType" not in exact.queries[1]["$select"], "receivables have no such field"
    assert len(exact.asked) == 3


async def test_what_the_company_owes_is_not_looked_up():
    exact = Exact(_list(_term("t-1", "b-1", 4, 10, LineType=22)))
    assert (await exact.client().payments(BEGIN)).records == []
    assert len(exact.asked) == 1


async def test_deleted_terms_have_their_own_feed():
    exact = Exact(_list(), _list(_deleted("t-1", 9)))
    page = await exact.client().payments(BEGIN)
    page = await exact.client().payments(ReadFrom(page.next, None))
    assert exact.queries[1]["$filter"] == "Timestamp gt 1L and EntityType eq 10"
    assert (page.removed, page.records) == (["t-1"], [])


async def test_an_invoice_whose_terms_are_gone_is_looked_up_by_its_own_id_too():
    exact = Exact(_list(_term("t-1", "b-1", 10)), _list(_term("b-2", None, 10)))
    assert await exact.client().existing_settlements(["b-1", "b-2", "b-3"]) == {"b-1", "b-2"}
    assert exact.queries[1]["$filter"] == "ID eq guid'b-2' or ID eq guid'b-3'"


async def test_employees_have_their_own_deletions():
    exact = Exact(_list({"ID": "e-1", "Timestamp": "4", "EndDate": None}), _list())
    page = await exact.client().employees(BEGIN)
    await exact.client().employees(ReadFrom(page.next, None))
    assert exact.paths == ["/api/v1/900001/sync/Payroll/Employees", "/api/v1/900001/sync/Deleted"]
    assert exact.queries[1]["$filter"] == "Timestamp gt 1L and EntityType eq 42"


async def test_item_groups_are_read_page_by_page_without_a_cursor():
    exact = Exact()
    exact.answers = [_list({"ID": "g-1", "Code": "A"}, after=exact.link(1)), _list({"ID": "g-2", "Code": "B"})]
    first = await exact.client().item_group_page(BEGIN)
    second = await exact.client().item_group_page(ReadFrom(first.next, None))
    assert [row["ID"] for page in (first, second) for row in page.records] == ["g-1", "g-2"]
    assert (second.next, second.cursor) == (None, None)
    assert len(exact.asked) == 2


async def test_what_is_still_there_is_asked_by_id_for_every_kind():
    exact = Exact(_list({"ID": "g-1"}), _list({"ID": "e-1"}))
    assert await exact.client().existing_item_groups(["g-1", "g-2"]) == {"g-1"}
    assert await exact.client().existing_employees(["e-1", "e-2"]) == {"e-1"}
    assert exact.paths == ["/api/v1/900001/logistics/ItemGroups", "/api/v1/900001/payroll/Employees"]


async def test_a_division_that_moved_has_another_era():
    division = {"Code": 900001, "Status": 1, "BlockingStatus": 0}
    eras = []
    for move, link in ((None, None), ("/Date(1)/", None), ("/Date(1)/", "/Date(2)/")):
        exact = Exact(_list(division | {"DivisionMoveDate": move, "DivisionHRLinkUnlinkDate": link}))
        eras += [one.era for one in await exact.client().administrations()]
        assert exact.paths == ["/api/v1/900001/system/Divisions"], "the own division serves as well as the current one"
    assert eras == ["", "/Date(1)/", "/Date(1)/ /Date(2)/"]


async def test_open_ledgers_are_offered_with_their_type_a_thousand_at_a_time():
    exact = Exact(
        _list(
            {"Code": "8000", "Description": "Revenue", "Type": 110},
            {"Code": "8001", "Description": "Old", "Type": 110, "IsBlocked": True},
        )
    )
    assert await reference.ledgers(exact.client()) == [Choice("8000", "Revenue", {"type": 110})]
    assert exact.paths == ["/api/v1/900001/sync/Financial/GLAccounts"]
    assert exact.queries[0]["$filter"] == "Timestamp gt 1"


@pytest.mark.parametrize(
    ("table", "path"),
    [
        (reference.cost_centres, "hrm/Costcenters"),
        (reference.cost_units, "hrm/Costunits"),
        (reference.warehouses, "inventory/Warehouses"),
    ],
)
async def test_small_tables_are_offered_as_they_are(table, path):
    exact = Exact(_list({"Code": "1", "Description": "Main"}, {"Code": None, "Description": "No code"}))
    assert await table(exact.client()) == [Choice("1", "Main")]
    assert exact.paths == [f"/api/v1/900001/{path}"]


async def test_relation_types_need_no_call():
    exact = Exact()
    assert [choice.code for choice in await reference.relation_types(exact.client())] == ["C", "P", "S", "A"]
    assert exact.asked == []


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


async def test_a_table_too_long_for_one_turn_is_not_offered_and_says_so():
    """Its calls would use up what a minute allows, and the next turn would begin anew: no sync would ever end."""
    next_page = "https://start.exactonline.nl/api/v1/900001/hrm/Costunits?$skiptoken=1"
    exact = Exact(*[_list({"Code": str(page)}, after=next_page) for page in range(100)])
    with pytest.raises(Unsupported, match=r"too many to offer\. Type the code you want\."):
        await reference.cost_units(exact.client())
    assert len(exact.paths) == MOST_PAGES
