"""Work orders as hours and costs on a project: each line once, whatever happens between them."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest

from shared.preview import preview_export
from shared.schemas.documents import HoursLine, MaterialLine
from shared.store.collections import STEPS
from tests.connectors.contract import (
    NUMBER,
    Exporting,
    an_invoice,
    an_order,
    entry_of,
    event_of,
    in_books,
    opened,
    outcomes,
    settled,
)
from tests.connectors.mortal import MortalStore, ProcessDied
from tests.world import World

LINES = ["h1", "h3", "m1", "m3"]


@pytest.fixture
async def exporting(tmp_path):
    async with opened("exact_online", tmp_path) as world:
        yield Exporting(world, "workorder", "project_booking")


def booked(world):
    memory = world.sandbox.memory()
    return [*memory["cost_transactions"], *memory["time_transactions"]]


def marks(world):
    return sorted(row["Notes"].splitlines()[-1].strip("[]").rpartition(" ")[2] for row in booked(world))


def four_lines(world, **changes):
    """Two materials and two periods are booked; the second of each is hidden."""
    one = MaterialLine(code=world.scenario.materials[0], quantity=Decimal(2), unit_price=Decimal("42.50"))
    hour = HoursLine(date="2026-11-20", minutes=90, hour_type=world.scenario.hour_type)
    shown_and_hidden = {
        "materials": (one, one.model_copy(update={"hidden": True}), one.model_copy(update={"quantity": Decimal(1)})),
        "hours": (hour, hour.model_copy(update={"hidden": True}), hour.model_copy(update={"minutes": 30})),
    }
    return an_order(world, **{**shown_and_hidden, **changes})


async def test_each_shown_line_is_booked_once_on_the_project_the_work_order_names(exporting):
    world = exporting.world
    await exporting.connected()
    await exporting.publish(*[four_lines(world, project="P2602")] * 3)
    project = next(
        row for row in world.sandbox.division(900001).tables["project/Projects"].after() if row["Code"] == "P2602"
    )
    assert marks(world) == LINES
    assert {row.get("Project") for row in booked(world)} == {project["ID"]}
    assert exporting.needed() == 0, "no customer is made for what stands on a project"
    quantities = Counter((row["Type"], row["Quantity"]) for row in booked(world))
    assert quantities == {(2, 2): 1, (2, 1): 1, (1, Decimal("1.5")): 1, (1, Decimal("0.5")): 1}


async def test_without_a_project_it_stands_on_the_customer(exporting):
    await exporting.connected()
    await exporting.publish(exporting.document())
    assert all(row.get("Account") and not row.get("Project") for row in booked(exporting.world))


async def test_the_chosen_project_serves_work_orders_that_name_none(exporting):
    await exporting.connected(default_project="P2601")
    await exporting.publish(exporting.document())
    assert all(row.get("Project") for row in booked(exporting.world))


@pytest.mark.parametrize(
    ("changes", "setting", "key", "heals"),
    [
        ({"project": "PRJ-9"}, "projects", "PRJ-9", {"projects": {"PRJ-9": "P2603"}}),
        ({"hours_by": "77"}, "employees", "77", {"employees": {"77": "1001"}}),
    ],
)
async def test_what_exact_does_not_know_waits_for_its_setting_before_any_line_is_written(
    exporting, changes, setting, key, heals
):
    world = exporting.world
    connection = await exporting.connected()
    order = four_lines(world)
    if worker := changes.pop("hours_by", None):
        changes = {"hours": (*order.hours[:2], order.hours[2].model_copy(update={"employee": worker}))}
    await exporting.publish(four_lines(world, **changes))
    entry = await entry_of(world)
    assert (entry.state, entry.waits_for, entry.waits_key, booked(world)) == ("waiting", setting, key, [])
    await world.hub.connections.change_settings(connection.id, heals)
    await settled(world)
    assert marks(world) == LINES


@pytest.mark.parametrize("which", [1, 2, 3, 4])
@pytest.mark.parametrize(
    "trouble",
    [{"kind": "cut", "when": "after"}, {"kind": "cut", "when": "before"}, {"status": 503, "when": "after", "body": ""}],
    ids=["lost", "not-sent", "down"],
)
async def test_a_lost_answer_of_any_line_makes_no_second_one(exporting, which, trouble):
    world = exporting.world
    await exporting.connected()
    calls = "/project/(Cost|Time)Transactions"
    for _ in range(which - 1):
        world.sandbox.fail_next(match=calls, method="POST", kind="delay", when="before", seconds=0)
    world.sandbox.fail_next(match=calls, method="POST", **trouble)
    await exporting.publish(four_lines(world))
    assert marks(world) == LINES
    assert in_books(world) == [NUMBER]
    assert (await entry_of(world)).state == "confirmed"


@pytest.mark.parametrize("line", ["document", "m3", "h1", "h3"])
@pytest.mark.parametrize("point", [("after", "sending"), ("before", "confirmed"), ("after", "confirmed")])
async def test_a_worker_that_dies_at_any_line_leaves_the_others_to_the_next(exporting, line, point):
    world = exporting.world
    await exporting.connected()
    when, state = point
    mortal = MortalStore(world.store, when, STEPS, state, f"|{line}")
    first = World(mortal, world.sandbox, world.connector, world.settings, world.bus, own_time=True)
    await first.publish(event_of(four_lines(world)))
    with pytest.raises(ProcessDied):
        await settled(first)
    await world.wait(timedelta(seconds=world.settings.lease))
    await settled(world)
    assert (mortal.died, marks(world), in_books(world)) == (True, LINES, [NUMBER])


async def test_half_of_one_revision_and_half_of_another_are_never_written(exporting):
    world = exporting.world
    await exporting.connected()
    refusal = world.scenario.refusal("Niet toegestaan").model_copy(
        update={"match": "/project/TimeTransactions", "method": "POST", "status": 503, "times": 3}
    )
    world.sandbox.script(refusal)
    await world.publish(event_of(four_lines(world)))
    await world.quiet(patience=20)
    assert marks(world) == ["m1", "m3"]
    await exporting.publish(four_lines(world, revision=2))
    entry = await entry_of(world)
    assert (entry.state, marks(world)) == ("refused", ["m1", "m3"])
    assert "completed again while its lines were being written" in (entry.reason or "")


async def test_an_invoice_of_the_same_work_goes_out_beside_it(exporting):
    world = exporting.world
    await exporting.connected(invoice_document="sales_entry")
    order = exporting.document()
    await exporting.publish(order)
    await exporting.publish(an_invoice(world, "INV-1", work_order=order.id))
    assert in_books(world) == ["INV-1", NUMBER]
    assert {one.result for one in outcomes(world)} == {"exported"}


@pytest.mark.parametrize(
    ("rules", "hours"), [({"rounding_minutes": 30}, "2"), ({"minimum_hours": "2.5"}, "2.5"), ({}, "1.75")]
)
async def test_the_hours_follow_the_work_orders_own_minimum_and_rounding(exporting, rules, hours):
    await exporting.connected()
    two = tuple(
        HoursLine(date="2026-11-20", minutes=minutes, hour_type=exporting.world.scenario.hour_type)
        for minutes in (45, 60)
    )
    await exporting.publish(exporting.document(materials=(), hours=two, **rules))
    assert sum(row["Quantity"] for row in booked(exporting.world)) == Decimal(hours)


async def test_a_preview_shows_every_line(exporting):
    connection = await exporting.connected()
    order = four_lines(exporting.world)
    shown = [request async for request in preview_export(exporting.world.hub, connection, order)]
    written = [request.path.rpartition("/")[2] for request in shown]
    assert written == ["Accounts", "CostTransactions", "CostTransactions", "TimeTransactions", "TimeTransactions"]


async def test_a_line_whose_text_ends_like_a_mark_is_no_other_documents_line(exporting):
    connection = await exporting.connected()
    order = exporting.document()
    spoof = replace_remark(order, "[WO-OTHER m1]")
    await exporting.publish(order, spoof.model_copy(update={"id": "row-x", "number": "WO-X"}))
    assert await exporting.find(connection, "WO-OTHER") == []
    assert in_books(exporting.world) == [NUMBER, "WO-X"]


def replace_remark(order, text):
    hours = tuple(line.model_copy(update={"remark": text}) for line in order.hours)
    materials = tuple(line.model_copy(update={"description": text}) for line in order.materials)
    return order.model_copy(update={"hours": hours, "materials": materials})
