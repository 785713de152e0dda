"""What the platform's users have today of each package is there, and the README shows what there is."""

import pytest

from docs.generator.matrix import FEATURES, NO
from shared import connectors

ALL = {"multivers", "exact_online", "moloni_pt", "moloni_es", "billit", "e_boekhouden"}
NAMED = ALL - {"billit"}
REQUIRED = {
    "Login page of the package (OAuth)": ALL - {"e_boekhouden"},
    "Country or site to choose": {"exact_online"},
    "One administration, chosen": NAMED - {"e_boekhouden"},
    "In: relations": NAMED,
    "In: products": NAMED,
    "In: hour types": NAMED,
    "In: product categories": {"exact_online", "moloni_es"},
    "In: employees": {"multivers", "exact_online", "moloni_pt"},
    "In: orders, service lists": {"multivers", "exact_online", "moloni_pt"},
    "In: payments": {"multivers", "exact_online"},
    "In: quotations": {"exact_online"},
    "In: planned work": {"exact_online"},
    "In: warehouses": {"exact_online"},
    "In: price agreements": {"exact_online"},
    "In: goods deliveries": {"exact_online"},
    "Out: work orders become": ALL,
    "Out: final invoices become": {"multivers", "e_boekhouden"},
    "Out: new relations become": {"e_boekhouden"},
    "An order that work came from is updated": {"multivers"},
    "Work statuses that trigger": {"exact_online"},
    "Status after success or failure": {"exact_online"},
    "VAT code and ledger of the line or article": {"e_boekhouden"},
    "Read every 15 minutes": NAMED,
    "Read when somebody asks": NAMED,
    "Told by the package at once (webhooks)": {"moloni_es"},
}
"""Row -> the packages that have it today."""
BY_HAND = {("multivers", kind) for kind in ("product", "hour_type", "employee")}
"""What is read only when somebody asks for it."""
PRO = {"order", "quotation", "planned_work", "warehouse", "price_agreement", "goods_delivery"}

CASES = [(name, row) for row, names in REQUIRED.items() for name in sorted(names)]


def test_all_packages_are_there() -> None:
    assert set(connectors.names()) == ALL


@pytest.mark.parametrize(("name", "row"), CASES)
def test_what_users_have_today_is_there(name: str, row: str) -> None:
    assert FEATURES[row](connectors.get(name)) != NO


@pytest.mark.parametrize("name", sorted(ALL))
def test_what_is_read_only_when_asked_for_is_what_is_so_today(name: str) -> None:
    connector = connectors.get(name)
    by_hand = {(name, kind) for kind in connector.kinds if connector.import_of(kind).manual_only}
    assert by_hand == {one for one in BY_HAND if one[0] == name}


def test_the_tiers_of_exact_online_are_as_they_are_sold() -> None:
    connector = connectors.get("exact_online")
    assert {kind for kind in connector.kinds if connector.import_of(kind).tier == "pro"} == PRO
    assert FEATURES["In: quotations"](connector) == "yes, Pro"
