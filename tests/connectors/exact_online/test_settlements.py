"""Exact keeps payments by term; we publish them by invoice."""

import pytest

from shared.connectors.exact_online import settlements


def _term(id, entry="b-1", amount="-50.00", whole="-100.00", **more):
    return {"ID": id, "TransactionEntryID": entry, "AmountFC": amount, "TransactionAmountFC": whole, **more}


def test_terms_are_put_together_by_the_entry_they_belong_to():
    found = settlements.by_invoice([_term("t-1"), _term("t-2", "b-2"), _term("t-3")])
    assert {id: [term["ID"] for term in terms] for id, terms in found.items()} == {
        "b-1": ["t-1", "t-3"],
        "b-2": ["t-2"],
    }


def test_a_term_without_an_entry_stands_for_itself():
    assert list(settlements.by_invoice([_term("t-1", None)])) == ["t-1"]


def test_what_the_company_owes_is_left_out():
    assert list(settlements.by_invoice([_term("t-1", LineType=22), _term("t-2", "b-2", LineType=20)])) == ["b-2"]


@pytest.mark.parametrize(
    ("terms", "complete"),
    [
        ([_term("t-1", amount="-100.00")], True),
        ([_term("t-1", amount="100", whole="100.00")], True),
        ([_term("t-1"), _term("t-2")], True),
        ([_term("t-1")], False),
        ([_term("t-1", amount="0.10", whole="0.30"), _term("t-2", amount="0.20", whole="0.30")], True),
        ([_term("t-1", amount=None, whole=None)], True),
    ],
    ids=["one", "other-sign", "both-halves", "one-half", "no-float", "nothing"],
)
def test_terms_are_all_there_when_they_add_up_to_the_invoice(terms, complete):
    assert settlements.complete(terms) is complete


def test_the_parts_of_an_invoice_are_its_terms():
    (record,) = settlements.records(settlements.by_invoice([_term("t-1"), _term("t-2")]))
    assert (record["ID"], settlements.term_ids(record)) == ("b-1", ["t-1", "t-2"])
