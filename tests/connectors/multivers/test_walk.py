"""From event to books: what only Multivers does, walked through the whole installation."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from shared.connectors.multivers import lookups
from shared.connectors.multivers.sandbox.store import CUSTOMERS
from tests.connectors.contract import an_invoice, an_order, entry_of, in_books, joined, opened, outcomes
from tests.connectors.multivers.office import FIRST, Office, log, publish
from tests.factories import make_customer, make_relation
from tests.world import World

BY_HAND = ("product", "hour_type", "employee")
DEBTOR = "90001"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with opened("multivers", tmp_path) as made:
        yield made


def books(world):
    return world.sandbox.books(FIRST)


def customers(world):
    return world.sandbox.memory()["customers"]


def rule(world, **changes):
    """What the sheet leaves open is otherwise in this package."""
    world.sandbox.api.rules = replace(world.sandbox.api.rules, **changes)


def calls(world, path):
    return sum(path in call.path for call in world.sandbox.calls)


def lists(world):
    return [call.path.rpartition("/")[2] for call in world.sandbox.calls if "InfoList" in call.path]


async def test_a_customer_that_multivers_numbers_is_found_again_by_our_number(tmp_path):
    async with opened("multivers", tmp_path) as world:
        from dataclasses import replace

        world.sandbox.api.rules = replace(world.sandbox.api.rules, auto_number=True)
        await joined(world, customer_numbers="package")
        world.sandbox.fail_next(match="/Customer$", method="POST", kind="cut", when="after")
        await publish(world, an_order(world), an_order(world, "WO-2"))
        (made,) = customers(world)
        assert (made["businessNumber"], made["customerId"] != DEBTOR) == (DEBTOR, True)
        assert in_books(world) == ["WO-2", "WO-2026-0001"]


async def test_a_number_that_is_too_long_for_a_customer_waits_for_the_users_choice(world):
    connection = await joined(world)
    customer = make_customer(debtor_number="PLATFORM-90001")
    await publish(world, an_order(world, customer=customer))
    waiting = await entry_of(world)
    assert (waiting.state, waiting.waits_for, customers(world)) == ("waiting", "customer_numbers", [])
    rule(world, auto_number=True)
    await world.hub.connections.change_settings(connection.id, {"customer_numbers": "package"})
    await publish(world)
    assert [row["businessNumber"] for row in customers(world)] == ["PLATFORM-90001"]


async def test_a_customer_is_not_made_where_the_user_wants_none(world):
    await joined(world, create_relations=False)
    await publish(world, an_order(world))
    assert ((await entry_of(world)).waits_for, customers(world)) == ("create_relations", [])


async def test_the_customers_own_payment_condition_comes_before_the_chosen_one(world):
    await joined(world, payment_condition="60")
    known = next(iter(books(world).tables[CUSTOMERS]))
    books(world).change(CUSTOMERS, known, paymentConditionId="14")
    await publish(world, an_order(world, customer=make_customer(debtor_number=known)), an_order(world, "WO-2"))
    conditions = {row["reference"]: row["paymentConditionId"] for row in world.sandbox.memory()["orders"]}
    assert conditions == {"WO-2026-0001": "14", "WO-2": "60"}


async def test_an_invoice_without_any_payment_condition_waits_for_it(world):
    connection = await joined(world, payment_condition=None)
    await publish(world, an_invoice(world))
    assert (await entry_of(world)).waits_for == "payment_condition"
    await world.hub.connections.change_settings(connection.id, {"payment_condition": "30"})
    await publish(world)
    assert in_books(world) == ["WO-2026-0001"]


async def test_processing_waits_for_a_journal_and_the_order_is_not_made_twice(world):
    connection = await joined(world, invoice_document="processed_invoice_order", journal=None)
    await publish(world, an_invoice(world, "F-1"))
    assert world.scenario.unfinished(world.sandbox) == ["F-1"]
    assert (await entry_of(world, "F-1")).waits_for == "journal"
    await world.hub.connections.change_settings(connection.id, {"journal": "VRK"})
    await publish(world)
    assert (world.scenario.unfinished(world.sandbox), in_books(world)) == ([], ["F-1"])


async def test_a_command_that_fails_inside_a_success_is_refused_in_the_packages_words(world):
    await joined(world, invoice_document="processed_invoice_order", journal="?")
    await publish(world, an_invoice(world, "F-1"))
    entry = await entry_of(world, "F-1")
    assert (entry.state, entry.vendor_says, entry.in_package) == ("refused", "Dagboek ? bestaat niet.", True)


@pytest.mark.parametrize("how", ["refuses_in_200", "plain"])
async def test_a_rule_that_is_broken_is_told_in_the_packages_words_however_it_comes(world, how):
    from dataclasses import replace

    world.sandbox.api.rules = replace(world.sandbox.api.rules, refuses_in_200=how != "plain")
    await joined(world, payment_condition="99")
    await publish(world, an_order(world))
    entry = await entry_of(world)
    assert (entry.state, in_books(world)) == ("refused", [])
    assert "betalingsconditie 99" in (entry.vendor_says or "") or "customerId" in (entry.vendor_says or "")


async def test_a_warning_beside_a_success_is_a_success(world):
    await joined(world)
    stored = {"orderId": "1", "messages": [{"message": "Kredietlimiet.", "messageType": "Warning"}]}
    world.sandbox.fail_next(200, match="/Order$", method="POST", when="after", body=json.dumps(stored))
    await publish(world, an_order(world))
    assert (await entry_of(world)).state == "confirmed"


async def test_a_surcharge_that_multivers_adds_shows_as_a_difference(world):
    await joined(world)
    answer = {
        "orderId": "2699999",
        "customerId": "10001",
        "totalOrderAmount": 300.0,
        "totalVatAmount": 50.0,
        "orderLines": [],
    }
    world.sandbox.fail_next(200, match="/Order$", method="POST", when="after", body=json.dumps(answer))
    await publish(world, an_order(world))
    (outcome,) = outcomes(world)
    assert (str(outcome.total_excl), str(outcome.difference)) == ("250.0", "71.25")


async def test_new_relations_and_documents_share_one_customer(world):
    await joined(world, relation_document="relation")
    await publish(world, make_relation(), an_order(world))
    assert [row["customerId"] for row in customers(world)] == [DEBTOR]


async def test_the_log_tells_what_was_made(world):
    await joined(world)
    await publish(world, an_order(world))
    assert any("Work order WO-2026-0001 is in Multivers as order" in text for text in await log(world))


async def test_a_work_order_and_an_invoice_of_one_number_are_not_taken_for_each_other(world):
    await joined(world)
    await publish(world, an_invoice(world, "SAME"))
    world.sandbox.fail_next(match="/Order$", method="POST", kind="cut", when="before")
    await publish(world, an_order(world, "SAME", id="row-other"))
    assert in_books(world) == ["SAME", "SAME"]
    kinds = {row["orderType"]: row["orderId"] for row in world.sandbox.memory()["orders"]}
    office = Office(world.sandbox)
    client = office.client()
    for document, kind in ((an_invoice(world, "SAME"), 0), (an_order(world, "SAME"), 1)):
        hits = await lookups.document(client, office.job(document))
        assert [hit.vendor_id for hit in hits] == [kinds[kind]]


@pytest.mark.parametrize("inclusive", [True, False])
async def test_an_order_is_found_again_whether_or_not_the_bounds_of_a_list_are_in_it(world, inclusive):
    rule(world, inclusive=inclusive)
    await joined(world)
    world.sandbox.fail_next(match="/Order$", method="POST", kind="cut", when="after")
    await publish(world, an_order(world))
    assert in_books(world) == ["WO-2026-0001"]


async def test_a_number_that_is_too_long_for_a_reference_is_refused_with_a_sentence(world):
    await joined(world)
    await publish(world, an_order(world, "W" * 61))
    entry = await entry_of(world, "W" * 61)
    assert (entry.state, in_books(world)) == ("refused", [])
    assert "is longer than the 60 characters of a reference" in (entry.reason or "")


async def test_an_account_that_is_too_long_is_refused_with_a_sentence(world):
    await joined(world, ledger=None)
    invoice = an_invoice(world)
    lines = tuple(line.model_copy(update={"ledger": "800012345"}) for line in invoice.lines)
    await publish(world, invoice.model_copy(update={"lines": lines}))
    assert "account 800012345 is longer than the 8 characters" in ((await entry_of(world)).reason or "")


async def test_a_line_that_is_no_product_waits_for_an_account(world):
    await joined(world, ledger=None)
    await publish(world, an_invoice(world))
    assert (await entry_of(world)).waits_for == "ledger"
