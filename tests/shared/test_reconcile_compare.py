"""What a comparison decides, without a store: one document of ours beside what the package lists."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from shared.ledger.states import ALL_ENTRY_STATES, EntryState
from shared.mapping import Listed
from shared.reconcile.compare import Comparison, compare
from shared.reconcile.findings import OPEN, Ours

DAY = date(2026, 11, 20)


def ours(**changes: Any) -> Ours:
    fields: dict[str, Any] = {
        "entry": "e-1",
        "number": "WO-1",
        "state": "confirmed",
        "list": "orders",
        "document_type": "sales_order",
        "vendor_id": "v-1",
        "day": DAY,
        "total_excl": Decimal("85.00"),
    }
    return Ours(**{**fields, **changes})


def listed(**changes: Any) -> Listed:
    fields = {"vendor_id": "v-1", "state": "draft", "reference": "WO-1", "day": DAY, "total_excl": Decimal("85.00")}
    return Listed(**{**fields, **changes})


def compared(one: Ours, *documents: Listed) -> Comparison:
    return compare([one], {"orders": documents}, "Books")


def test_a_document_of_another_period_is_not_counted_twice() -> None:
    assert compared(ours(), listed()).agreeing == 1
    elsewhere = compared(ours(in_period=False), listed())
    assert (elsewhere.agreeing, elsewhere.findings) == (0, [])


@pytest.mark.parametrize("state", ALL_ENTRY_STATES)
def test_only_what_should_be_there_is_missed(state: EntryState) -> None:
    found = compared(ours(state=state, vendor_id=None)).findings
    assert [one.kind for one in found] == (["not_exported"] if state in OPEN else [])


@pytest.mark.parametrize("state", ALL_ENTRY_STATES)
def test_one_typed_by_hand_matters_only_where_ours_is_still_to_come(state: EntryState) -> None:
    found = compared(ours(state=state, vendor_id=None), listed(vendor_id="v-2")).findings
    assert [one.kind for one in found] == (["unknown"] if state in OPEN else [])


@pytest.mark.parametrize(("theirs", "kinds"), [("85.00", []), ("85.009", []), ("85.01", ["different"])])
def test_totals_agree_to_the_cent(theirs: str, kinds: list[str]) -> None:
    assert [one.kind for one in compared(ours(), listed(total_excl=theirs)).findings] == kinds


@pytest.mark.parametrize("field", ["total_excl", "day", "vendor_number", "customer", "currency"])
def test_what_one_side_does_not_know_is_no_difference(field: str) -> None:
    assert compared(ours(**{field: None}), listed()).agreeing == 1


def test_a_reference_nobody_knows_is_a_strangers() -> None:
    found = compared(
        ours(), listed(), listed(vendor_id="v-9", reference="PO-4711"), listed(vendor_id="v-8", reference=None)
    )
    assert ([one.vendor_id for one in found.strangers], found.findings) == (["v-9"], [])
