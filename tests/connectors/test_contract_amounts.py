"""What every connector promises of amounts: what is billed, to the cent, and which VAT it is never allowed to guess."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from shared.schemas.documents import HoursLine, Invoice, InvoiceLine, MaterialLine, WorkOrder
from shared.schemas.messages import ExportOutcome
from tests.connectors.contract import (
    EXPORTS,
    NUMBER,
    PRICED,
    TOTAL,
    Exporting,
    an_invoice,
    case_id,
    entry_of,
    in_books,
    opened,
    outcomes,
)
from tests.factories import make_customer


@pytest.fixture(params=EXPORTS, ids=case_id)
async def exporting(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Exporting]:
    name, flow, export = request.param
    async with opened(name, tmp_path) as world:
        yield Exporting(world, flow, export)


async def exported(exporting: Exporting, document: WorkOrder | Invoice) -> ExportOutcome:
    """What the platform is told of that document, which reaches the books."""
    await exporting.publish(document)
    assert document.number in in_books(exporting.world)
    return next(one for one in reversed(outcomes(exporting.world)) if one.document == document.id)


async def test_hidden_lines_are_left_out(exporting: Exporting) -> None:
    await exporting.connected()
    shown = exporting.document()
    if isinstance(shown, WorkOrder):
        hidden: dict[str, Any] = {
            "materials": (*shown.materials, *(one.model_copy(update={"hidden": True}) for one in shown.materials)),
            "hours": (*shown.hours, *(one.model_copy(update={"hidden": True}) for one in shown.hours)),
        }
    else:
        nothing = InvoiceLine(description="Not shown", quantity=1, unit_price=0, vat_percentage=21, hidden=True)
        hidden = {"lines": (*shown.lines, nothing)}
    outcome = await exported(exporting, shown.model_copy(update=hidden))
    assert (outcome.total_excl, outcome.difference) == (exporting.total, None)


AWKWARD = [
    {"quantity": "4.5", "unit_price": "7.35"},
    {"quantity": "3", "unit_price": "9.99", "discount_percentage": "12.5"},
    {"quantity": "-2", "unit_price": "10.05"},
]
"""33.075, 26.22375 and -20.10: 39.20 when each line is rounded by itself."""


@pytest.mark.parametrize("exporting", PRICED, ids=case_id, indirect=True)
async def test_halves_of_cents_discounts_and_what_was_taken_back_make_our_total(exporting: Exporting) -> None:
    world = exporting.world
    await exporting.connected()
    if exporting.flow == "workorder":
        lines: dict[str, Any] = {
            "materials": tuple(MaterialLine(code=world.scenario.materials[0], **line) for line in AWKWARD),
            "hours": (),
        }
    else:
        lines = {"lines": tuple(InvoiceLine(description="Parts", vat_percentage=21, **line) for line in AWKWARD)}
    outcome = await exported(exporting, exporting.document(**lines))
    assert (outcome.total_excl, outcome.difference) == (Decimal("39.20"), None)


@pytest.mark.parametrize(
    ("rules", "hours"),
    [({"rounding_minutes": 30}, "2"), ({"minimum_hours": "2.5"}, "2.5"), ({}, "1.75")],
    ids=["rounding", "minimum", "neither"],
)
@pytest.mark.parametrize("exporting", [case for case in PRICED if case[1] == "workorder"], ids=case_id, indirect=True)
async def test_the_hours_of_a_work_order_follow_its_own_minimum_and_rounding(
    exporting: Exporting, rules: dict[str, Any], hours: str
) -> None:
    await exporting.connected()
    worked = {"date": "2026-11-20", "hour_type": exporting.world.scenario.hour_type, "unit_price": 60}
    two = tuple(HoursLine(minutes=minutes, **worked) for minutes in (45, 60))
    outcome = await exported(exporting, exporting.document(materials=(), hours=two, **rules))
    assert (outcome.total_excl, outcome.difference) == (Decimal(hours) * 60, None)


@pytest.mark.parametrize("exporting", [case for case in EXPORTS if case[1] == "invoice"], ids=case_id, indirect=True)
async def test_a_credit_note_takes_back_what_its_invoice_charged_and_comes_behind_it(exporting: Exporting) -> None:
    world = exporting.world
    await exporting.connected()
    invoice = an_invoice(world, "INV-1")
    back = tuple(line.model_copy(update={"quantity": -line.quantity}) for line in invoice.lines)
    credit_note = an_invoice(world, "INV-1-C", type="credit", credits=invoice.id, lines=back)
    await exporting.publish(credit_note)
    assert in_books(world) == []
    await exporting.publish(invoice)
    assert in_books(world) == ["INV-1", "INV-1-C"]
    told = {one.number: (one.result, one.total_excl, one.difference) for one in outcomes(world)}
    assert told == {"INV-1": ("exported", TOTAL, None), "INV-1-C": ("exported", -TOTAL, None)}


@pytest.mark.parametrize("exporting", PRICED, ids=case_id, indirect=True)
async def test_a_customer_who_is_charged_no_vat_waits_for_the_code_of_that_regime(exporting: Exporting) -> None:
    await exporting.connected(vat_regimes={})
    customer = make_customer(vat_regime="reverse_charge")
    if exporting.flow == "workorder":
        document = exporting.document(site_customer=customer, invoice_customer=customer)
    else:
        lines = tuple(line.model_copy(update={"vat_percentage": Decimal(0)}) for line in exporting.document().lines)  # type: ignore[union-attr]  # an invoice's
        document = exporting.document(customer=customer, lines=lines)
    await exporting.publish(document)
    entry = await entry_of(exporting.world)
    assert (entry.state, entry.waits_for, entry.waits_key) == ("waiting", "vat_regimes", "reverse_charge")
    assert (in_books(exporting.world), NUMBER) == ([], entry.number)
