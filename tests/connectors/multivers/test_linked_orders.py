"""A work order that was made of an order of Multivers: that order is updated, whatever the office does meanwhile."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.connectors.multivers.sandbox import orders
from shared.connectors.multivers.sandbox.store import ORDERS
from shared.schemas.documents import HoursLine, MaterialLine
from tests.books import reconciled
from tests.connectors.contract import an_order, entry_of, in_books, joined, opened, outcomes
from tests.connectors.multivers.office import (
    FIRST,
    Line,
    an_order_of_the_office,
    lines_of,
    log,
    meanwhile,
    of_order,
    office_line,
    publish,
)
from tests.world import World

NUMBER = "WO-2026-0001"
MARK = f"[Werkbon {NUMBER}]"
PIPE = "KOP-10000"
USED = (MaterialLine(code="VOORRIJ", quantity=2, unit_price="42.50"),)
WORKED = (HoursLine(date="2026-11-20", minutes=90, hour_type="UUR-MONT", unit_price="62.50"),)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with opened("multivers", tmp_path) as made:
        made.hub.transports["multivers"] = Line(made.sandbox)
        yield made


def done_on(world, id, number=NUMBER, **changes):
    """The work that was done on that order of the office."""
    work = {"materials": USED, "hours": WORKED, "short_description": "", **changes}
    return an_order(world, number, order=of_order(id), **work)


def the_order(world, id):
    return world.sandbox.books(FIRST).tables[ORDERS][id]


def writes(world):
    return [call.method for call in world.sandbox.calls if "/Order" in call.path and call.method in {"POST", "PUT"}]


async def test_what_was_used_goes_onto_the_lines_of_the_order_and_the_rest_behind_them(world):
    id = an_order_of_the_office(world.sandbox, ("VOORRIJ", 3, "40.00"), (PIPE, 10, "7.35"))
    await joined(world)
    await publish(world, done_on(world, id))
    assert lines_of(the_order(world, id)) == [
        ("VOORRIJ", f"Offerteregel {MARK}", "2", "40"),
        (PIPE, "Offerteregel", "10", "7.35"),
        ("UUR-MONT", f"Uren monteur {MARK}", "1.5", "62.5"),
    ]
    (outcome,) = outcomes(world)
    assert (outcome.result, outcome.vendor_id, outcome.document_type) == ("exported", id, "order")
    assert (str(outcome.total_excl), outcome.difference) == ("173.75", None)
    assert writes(world) == ["PUT"]


async def test_the_price_of_the_order_stays_and_the_user_reads_that_the_work_order_had_another(world):
    id = an_order_of_the_office(world.sandbox, ("VOORRIJ", 3, "40.00"))
    await joined(world)
    await publish(world, done_on(world, id))
    assert any(
        "has VOORRIJ at 42.50, and the order at 40.00: the order's price was kept" in text for text in await log(world)
    )


async def test_fields_of_the_order_that_nobody_here_knows_are_written_back_as_they_were(world):
    special = {"customProperties": {"vrijveld1": "A-17", "factor": 0.25}}
    id = an_order_of_the_office(world.sandbox, (PIPE, 10, "7.35"), **special)
    before = the_order(world, id)
    await joined(world)
    await publish(world, done_on(world, id))
    after = the_order(world, id)
    assert after["_custom"]["vrijveld1"] == "A-17"
    assert str(after["_custom"]["factor"]) == "0.25"
    assert {name: after[name] for name in before if name not in _CHANGED} == {
        name: before[name] for name in before if name not in _CHANGED
    }


_CHANGED = {"orderLines", "totalGoodsAmount", "totalVatAmount", "totalOrderAmount", "totalDiscountAmount", "_custom"}


async def test_the_same_work_order_published_twice_is_in_the_order_once(world):
    id = an_order_of_the_office(world.sandbox, (PIPE, 10, "7.35"))
    await joined(world)
    for _ in range(3):
        await publish(world, done_on(world, id), done_on(world, id))
    assert [line[0] for line in lines_of(the_order(world, id))] == [PIPE, "VOORRIJ", "UUR-MONT"]


async def test_two_work_orders_of_one_order_are_both_in_it_and_neither_touches_the_other(world):
    id = an_order_of_the_office(world.sandbox, ("VOORRIJ", 3, "40.00"))
    await joined(world)
    await publish(world, done_on(world, id), done_on(world, id, "WO-2"))
    assert [(line[0], line[1].partition("[")[2]) for line in lines_of(the_order(world, id))] == [
        ("VOORRIJ", f"Werkbon {NUMBER}]"),
        ("UUR-MONT", f"Werkbon {NUMBER}]"),
        ("VOORRIJ", "Werkbon WO-2]"),
        ("UUR-MONT", "Werkbon WO-2]"),
    ]
    assert {one.result for one in outcomes(world)} == {"exported"}


@pytest.mark.parametrize(
    "trouble",
    [
        {"kind": "cut", "when": "before"},
        {"kind": "cut", "when": "after"},
        {"kind": "delay", "when": "before", "seconds": 100},
        {"status": 500, "when": "after", "body": ""},
        {"status": 200, "when": "after", "body": "{}"},
    ],
    ids=lambda trouble: "-".join(str(trouble[key]) for key in ("kind", "status", "when") if key in trouble),
)
async def test_whatever_happens_to_the_write_its_lines_are_in_the_order_once(world, trouble):
    id = an_order_of_the_office(world.sandbox, ("VOORRIJ", 3, "40.00"))
    await joined(world)
    world.sandbox.fail_next(match="/Order/", method="PUT", **trouble)
    await publish(world, done_on(world, id))
    assert [line[0] for line in lines_of(the_order(world, id))] == ["VOORRIJ", "UUR-MONT"]
    assert (await entry_of(world)).state == "confirmed"


async def test_a_second_work_order_whose_answer_is_lost_is_recognised_by_its_own_lines(world):
    id = an_order_of_the_office(world.sandbox, ("VOORRIJ", 3, "40.00"))
    await joined(world)
    await publish(world, done_on(world, id))
    world.sandbox.fail_next(match="/Order/", method="PUT", kind="cut", when="after")
    await publish(world, done_on(world, id, "WO-2"))
    assert (await entry_of(world, "WO-2")).state == "confirmed"
    assert writes(world) == ["PUT", "PUT"], "it was found, and not sent again"


async def test_a_line_that_the_office_edits_meanwhile_keeps_the_edit_and_ours_are_added(world):
    id = an_order_of_the_office(world.sandbox, (PIPE, 10, "7.35"))
    await joined(world)
    edited = [{**line, "price": line["price"] * 2, "description": "Duurder geworden"} for line in _now(world, id)]
    meanwhile(world, "GET", f"/Order/{id}", 2, lambda: world.sandbox.rewrite(FIRST, id, edited))
    await publish(world, done_on(world, id))
    assert lines_of(the_order(world, id))[0] == (PIPE, "Duurder geworden", "10", "14.7")
    assert [line[0] for line in lines_of(the_order(world, id))] == [PIPE, "VOORRIJ", "UUR-MONT"]
    assert any(
        "was changed in Multivers at this very moment. What was changed is kept" in text for text in await log(world)
    )
    assert (await entry_of(world)).state == "confirmed"


async def test_a_line_that_the_office_removes_meanwhile_stays_removed(world):
    id = an_order_of_the_office(world.sandbox, (PIPE, 10, "7.35"), ("AFVOER", 1, "24.95"))
    await joined(world)
    meanwhile(world, "GET", f"/Order/{id}", 2, lambda: world.sandbox.rewrite(FIRST, id, _now(world, id)[:1]))
    await publish(world, done_on(world, id))
    assert [line[0] for line in lines_of(the_order(world, id))] == [PIPE, "VOORRIJ", "UUR-MONT"]
    assert any("was changed in Multivers at this very moment" in text for text in await log(world))


@pytest.mark.parametrize("moment", ["before", "meanwhile"])
async def test_an_order_that_was_billed_in_between_is_left_alone_and_the_user_reads_what_to_do(world, moment):
    id = an_order_of_the_office(world.sandbox, (PIPE, 10, "7.35"))
    await joined(world)
    if moment == "before":
        world.sandbox.bill(FIRST, id)
    else:
        meanwhile(world, "GET", f"/Order/{id}", 2, lambda: world.sandbox.bill(FIRST, id))
    await publish(world, done_on(world, id))
    entry = await entry_of(world)
    assert (entry.state, len(the_order(world, id)["orderLines"])) == ("refused", 1)
    invoice = the_order(world, id)["_invoiceId"]
    assert f"cannot be changed any more: it was billed as invoice {invoice}. Take that back" in (entry.reason or "")
    assert in_books(world) == [], "no second order is made of it either"


@pytest.mark.parametrize("moment", ["before", "meanwhile"])
async def test_an_order_that_is_gone_is_not_made_anew_and_the_user_reads_what_to_do(world, moment):
    id = an_order_of_the_office(world.sandbox, (PIPE, 10, "7.35"))
    await joined(world)

    def delete():
        world.sandbox.books(FIRST).remove(ORDERS, id)

    if moment == "before":
        delete()
    else:
        meanwhile(world, "GET", f"/Order/{id}", 2, delete)
    await publish(world, done_on(world, id))
    entry = await entry_of(world)
    assert (entry.state, in_books(world), set(writes(world)) - {"PUT"}) == ("refused", [], set())
    assert f"Order {id}, which this work order was made of, is not in Multivers any more. Take" in (entry.reason or "")


async def test_what_the_office_adds_after_a_lost_answer_is_not_lost_when_our_lines_are_looked_for(world):
    id = an_order_of_the_office(world.sandbox, (PIPE, 10, "7.35"))
    await joined(world)
    world.sandbox.fail_next(match="/Order/", method="PUT", kind="cut", when="before")
    added = [*_now(world, id), _line(world, ("AFVOER", 1, "24.95"))]
    meanwhile(world, "GET", f"/Order/{id}", 3, lambda: world.sandbox.rewrite(FIRST, id, added))
    await publish(world, done_on(world, id))
    assert [line[0] for line in lines_of(the_order(world, id))] == [PIPE, "AFVOER", "VOORRIJ", "UUR-MONT"]


async def test_lines_of_ours_that_the_office_changed_after_a_lost_answer_are_put_before_a_person(world):
    id = an_order_of_the_office(world.sandbox, (PIPE, 10, "7.35"))
    await joined(world)
    world.sandbox.fail_next(match="/Order/", method="PUT", kind="cut", when="after")
    meanwhile(world, "GET", f"/Order/{id}", 3, lambda: world.sandbox.rewrite(FIRST, id, _now(world, id)[:2]))
    await publish(world, done_on(world, id))
    entry = await entry_of(world)
    assert (entry.state, writes(world)) == ("unsure", ["PUT"])


async def test_an_order_that_is_blocked_is_left_alone_and_the_user_reads_why(world):
    id = an_order_of_the_office(world.sandbox, (PIPE, 10, "7.35"), blocked=True)
    await joined(world)
    await publish(world, done_on(world, id))
    assert (writes(world), len(the_order(world, id)["orderLines"])) == ([], 1)
    assert "cannot be changed any more: De order is geblokkeerd" in ((await entry_of(world)).reason or "")


def _now(world, id):
    return [dict(line) for line in the_order(world, id)["orderLines"]]


def _line(world, line):
    """A line that the office adds by hand, as the package keeps it."""
    return orders._line(world.sandbox.books(FIRST), office_line(*line), None)


@pytest.mark.parametrize("ordered", ["02-11-2026", "02-03-2024"], ids=["of the period", "long ago"])
async def test_an_order_that_was_updated_agrees_with_the_ledger_whatever_else_is_in_it(world, ordered):
    id = an_order_of_the_office(world.sandbox, (PIPE, 10, "7.35"), orderDate=ordered)
    connection = await joined(world)
    await publish(world, done_on(world, id), done_on(world, id, "WO-2"))
    run = await reconciled(world, connection, "r-1")
    assert (run.state, run.agreeing, run.differing) == ("done", 2, 0)
    world.sandbox.books(FIRST).remove(ORDERS, id)
    run = await reconciled(world, connection, "r-2")
    assert (run.agreeing, run.differing) == (0, 2)
