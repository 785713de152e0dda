"""What a document becomes: as the user chose for its flow, unless its type of work says otherwise."""

from typing import Any

import pytest

from shared import connectors
from shared.connector import Export
from shared.errors import Unsupported
from shared.exporting import document_types, export_of
from shared.mapping import TypeOfWorkSettings
from shared.schemas.documents import WorkOrder
from tests.factories import make_invoice, make_work_order

WARRANTY = {"Warranty": "sales_invoice"}


def chosen(usual: str | None = "sales_order", **more: Any) -> TypeOfWorkSettings:
    return TypeOfWorkSettings(work_order_document=usual, work_order_documents=WARRANTY, **more)


def becomes(settings: TypeOfWorkSettings, type_of_work: str | None) -> tuple[str, Export]:
    document = make_work_order(type_of_work=type_of_work)
    return export_of(connectors.get("exact_online"), document, settings)


@pytest.mark.parametrize(
    ("type_of_work", "becoming"), [("Warranty", "sales_invoice"), ("Service", "sales_order"), (None, "sales_order")]
)
def test_a_work_order_becomes_what_its_type_of_work_says_else_what_all_become(
    type_of_work: str | None, becoming: str
) -> None:
    name, export = becomes(chosen(), type_of_work)
    assert name == becoming
    assert export is connectors.get("exact_online").exports[WorkOrder, becoming]


def test_types_of_work_export_nothing_while_work_orders_are_switched_off() -> None:
    assert document_types(chosen(None), "workorder") == set()
    with pytest.raises(Unsupported):
        becomes(chosen(None), "Warranty")


def test_everything_that_a_flow_may_become_is_known() -> None:
    settings = chosen(invoice_document="sales_entry")
    assert document_types(settings, "workorder") == {"sales_order", "sales_invoice"}
    assert document_types(settings, "invoice") == {"sales_entry"}
    name, _ = export_of(connectors.get("exact_online"), make_invoice(), settings)
    assert name == "sales_entry"


def test_what_was_sent_stays_what_it_was_sent_as() -> None:
    document = make_work_order(type_of_work="Warranty")
    name, _ = export_of(connectors.get("exact_online"), document, chosen(), fixed="sales_order")
    assert name == "sales_order"
