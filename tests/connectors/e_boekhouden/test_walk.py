"""Through the whole exporter: automatic numbers, numbers that are taken, settings that heal, answers that are lost."""

import re

import pytest

from shared.connectors.e_boekhouden.sandbox import create
from shared.schemas.documents import WorkOrder
from tests.connectors.contract import (
    NUMBER,
    Exporting,
    an_invoice,
    an_order,
    entry_of,
    event_of,
    in_books,
    joined,
    opened,
    outcomes,
    settled,
)
from tests.connectors.e_boekhouden.office import Office
from tests.factories import make_customer, make_invoice

TROUBLES = [
    {"kind": "cut", "when": "before"},
    {"kind": "cut", "when": "after"},
    {"kind": "delay", "when": "before", "seconds": 100},
    {"status": 500, "when": "after"},
    {"status": 200, "when": "after", "body": "{}"},
]
BY_PACKAGE = {"work_order_document": "invoice", "invoice_document": "invoice", "numbered_by": "package"}


@pytest.fixture
async def world(tmp_path):
    async with opened("e_boekhouden", tmp_path) as made:
        yield made


async def publish(world, *documents):
    await world.publish(*map(event_of, documents))
    await settled(world)


def numbers(world):
    return [row["Factuurnummer"] for row in world.sandbox.memory()["invoices"]]


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda one: "-".join(str(value) for value in one.values()))
@pytest.mark.parametrize("operation", ["AddFactuur", "AddRelatie", "GetFacturen"])
async def test_numbered_by_the_package_a_lost_answer_makes_no_second_invoice(world, trouble, operation):
    await joined(world, **BY_PACKAGE)
    world.sandbox.fail_next(match=f"#{operation}$", **trouble)
    await publish(world, an_order(world))
    assert (numbers(world), in_books(world)) == (["F00001"], [NUMBER])
    (outcome,) = outcomes(world)
    assert (outcome.result, outcome.vendor_number, outcome.difference) == ("exported", "F00001", None)


async def test_numbered_by_the_package_exporting_twice_makes_one_invoice_each(world):
    await joined(world, **BY_PACKAGE)
    world.sandbox.fail_next(match="#AddFactuur$", kind="cut", when="after", times=2)
    alike = [an_order(world, number) for number in ("WO-1", "WO-10", "XWO-1", "WO-1x")]
    await publish(world, *alike, *alike)
    await publish(world, *alike, an_invoice(world, "INV-1"))
    assert in_books(world) == ["INV-1", "WO-1", "WO-10", "WO-1x", "XWO-1"]
    assert len(numbers(world)) == 5


async def test_the_mark_is_found_again_however_the_package_keeps_line_ends(world):
    connection = await joined(world, **BY_PACKAGE)
    await publish(world, an_order(world))
    (row,) = world.sandbox.books().invoices.values()
    exporting = Exporting(world, "workorder", "invoice")
    for ends in ("\r\n", " ", "\n  "):
        row["Regels"][0]["Omschrijving"] = f"[{NUMBER}]{ends}Ketel"
        assert [hit.vendor_id for hit in await exporting.find(connection, NUMBER)] == ["F00001"]
        assert await exporting.find(connection, "WO-2026-000") == []


async def test_an_invoice_is_found_also_when_the_user_changed_who_numbers_meanwhile(world):
    connection = await joined(world, **BY_PACKAGE)
    world.sandbox.fail_next(match="#AddFactuur$", kind="cut", when="after")
    await world.publish(event_of(an_order(world)))
    await world.quiet("export")
    await world.hub.connections.change_settings(connection.id, {"numbered_by": "platform"})
    await settled(world)
    assert numbers(world) == ["F00001"]


async def test_a_number_that_somebody_else_used_is_refused_and_not_taken_for_ours(world):
    await joined(world, work_order_document="invoice")
    await publish(world, an_order(world))
    other = world.sandbox.books().invoices[NUMBER]
    other["TotaalExclBTW"] += 100
    await publish(world, an_order(world, id="another-row"))
    entry = next(one for one in await world.hub.entries.list({"number": NUMBER}) if one.document == "another-row")
    assert entry.state == "refused"
    assert "number is in use" in entry.reason
    assert numbers(world) == [NUMBER]


async def test_an_invoice_that_cannot_be_read_back_is_settled_and_never_sent_again(world):
    await joined(world, **BY_PACKAGE)
    world.sandbox.script(
        world.scenario.limited(world.hub.now()).model_copy(update={"match": "GetFacturen", "times": 3})
    )
    await publish(world, an_order(world))
    assert len(numbers(world)) == 1
    assert [call.path for call in world.sandbox.calls if "AddFactuur" in call.path] == ["/soap.asmx#AddFactuur"]


async def test_what_the_package_takes_for_the_same_is_not_the_same_for_us():
    office = Office(create(relations=5, articles=20, any_case=True))
    client, books = await office.client(), office.sandbox.books()
    await office.send(office.job(make_invoice("wo-1")))
    assert await client.invoices_by_number("WO-1") == []
    assert len(await client.invoices_by_number("wo-1")) == 1
    code = next(row["Code"] for row in books.relations.values() if row["Code"].startswith("K-"))
    assert await client.relations_by_code(code.lower()) == []
    assert await client.article_by_code("UUR-MON") is None, "a part of a code is another one"


async def test_a_template_that_is_not_there_waits_for_its_setting_and_goes_on_when_it_is_mended(world):
    connection = await joined(world, work_order_document="invoice", template="factuursjabloon")
    await publish(world, an_order(world))
    entry = await entry_of(world)
    assert (entry.state, entry.waits_for) == ("waiting", "template")
    assert "exactly as there" in entry.reason
    await world.hub.connections.change_settings(connection.id, {"template": "Factuursjabloon"})
    await settled(world)
    assert in_books(world) == [NUMBER]


async def test_a_cost_centre_that_is_not_there_waits_for_its_setting(world):
    await joined(world, work_order_document="invoice", cost_centre="999")
    await publish(world, an_order(world))
    assert (await entry_of(world)).waits_for == "cost_centre"


async def test_a_relation_made_by_hand_meanwhile_is_taken_over(world):
    await joined(world, work_order_document="invoice")
    books = world.sandbox.books()
    model = next(iter(books.relations.values()))
    real, made = world.sandbox.api.writing.add_relation, []

    def by_hand(books, asked, *rest):
        books.save("relations", 77, {**model, "ID": 77, "Code": asked["oRel"]["Code"]})
        made.append(77)
        return real(books, asked, *rest)

    object.__setattr__(world.sandbox.api.writing, "add_relation", by_hand)
    await publish(world, an_order(world))
    assert (in_books(world), made) == ([NUMBER], [77])


async def test_a_customer_is_found_by_the_id_the_platform_knows_under_whatever_code(world):
    await joined(world, work_order_document="invoice")
    id, row = next(iter(world.sandbox.books().relations.items()))
    customer = make_customer(external_id=str(id))
    await publish(world, an_order(world, site_customer=customer, invoice_customer=customer))
    (invoice,) = world.sandbox.memory()["invoices"]
    assert invoice["Relatiecode"] == row["Code"]
    assert world.sandbox.memory()["relations"] == []


async def test_mailed_booked_and_collected_only_where_all_of_that_was_chosen(world):
    books = world.sandbox.books()
    id, row = next(iter(books.relations.items()))
    world.sandbox.change("relations", id, Code="90001")
    chosen = {"book": True, "send_email": True, "email_subject": "F", "email_message": "B", "email_from": "a@b.example"}
    await joined(world, work_order_document="invoice", **chosen, mandates={"90001": "2024-03-01"})
    await publish(world, an_order(world))
    memory = world.sandbox.memory()
    assert memory["booked"] == [{"Factuurnummer": NUMBER, "Omschrijving": f"Werkbon {NUMBER}"}]
    assert memory["mailed"] == [{"Factuurnummer": NUMBER, "Onderwerp": "F"}]
    assert memory["collected"] == [{"Factuurnummer": NUMBER, "IBAN": row["IBAN"]}]


async def test_an_imported_articles_vat_code_and_counter_account_come_back_with_the_line(world):
    connection = await joined(world, work_order_document="invoice", ledger=None)
    await world.tick(connection)
    await settled(world)
    products = [message for message in world.bus.messages if b'"kind"' not in (message.body or b"")]
    text = next(one.body.decode() for one in products if one.body and b"KOP-" in one.body)
    vat, ledger, code = (re.search(rf'"{name}":"([^"]+)"', text)[1] for name in ("vat_code", "ledger", "code"))
    order = an_order(world)
    line = order.materials[0].model_copy(
        update={"code": code, "vat_code": vat, "ledger": ledger, "description": "Buis"}
    )
    await publish(world, WorkOrder.model_validate(order.model_dump() | {"materials": [line.model_dump()], "hours": []}))
    (invoice,) = world.sandbox.memory()["invoices"]
    assert [(one["BTWCode"], one["TegenrekeningCode"]) for one in invoice["Regels"]] == [(vat, ledger)]
