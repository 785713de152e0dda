"""What is found under our reference is compared before it is believed; our own outages are nobody's fault."""

import asyncio
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from shared import envelope, topics
from shared.envelope import Message
from shared.errors import StoreUnavailable
from shared.login import connect
from shared.schemas.messages import ExportRequest
from shared.store import Store
from shared.store.collections import LEDGER, STEPS
from tests.factories import completed, make_customer
from tests.services.test_exporter import ORDERS, VAT, a_line, an_order, customers, entry_of, orders, outcomes
from tests.world import World, make_world


@pytest.fixture
async def world(store: Store) -> World:
    made = make_world(store, settings={"request_timeout": 0.1})
    await made.connected(vat_codes=VAT)
    return made


async def test_what_another_document_made_under_the_same_number_is_not_adopted(world: World) -> None:
    await world.publish(completed(an_order("WO-1", id="first")))
    await world.quiet()
    world.sandbox.fail_next(match=ORDERS, method="POST", kind="cut", when="before")
    await world.publish(completed(an_order("WO-1", id="second")))
    await world.quiet()
    assert len(orders(world)) == 2
    assert len({entry.vendor_id for entry in await world.hub.entries.list({})}) == 2


async def test_a_document_of_another_customer_under_our_reference_is_left_to_a_person(world: World) -> None:
    other = an_order("WO-1", id="by-hand", customer=make_customer(debtor_number="777", name="Iemand anders"))
    await world.publish(completed(other))
    await world.quiet()
    await forget_who_made_it(world)
    world.sandbox.fail_next(match=ORDERS, method="POST", kind="cut", when="before")
    await world.publish(completed(an_order("WO-1", id="ours")))
    await world.quiet()
    assert len(orders(world)) == 1
    assert (await world.hub.entries.list({"document": "ours"}))[0].state == "unsure"


async def test_a_document_with_another_total_under_our_reference_is_left_to_a_person(world: World) -> None:
    await world.publish(completed(an_order("WO-1", id="by-hand", materials=(a_line(quantity=Decimal(9)),))))
    await world.quiet()
    await forget_who_made_it(world)
    world.sandbox.fail_next(match=ORDERS, method="POST", kind="cut", when="before")
    await world.publish(completed(an_order("WO-1", id="ours")))
    await world.quiet()
    assert (await world.hub.entries.list({"document": "ours"}))[0].state == "unsure"


async def forget_who_made_it(world: World) -> None:
    """As if somebody had typed the document into the package."""
    steps = await world.store.find(STEPS, {}, limit=100)
    await world.store.delete_many(STEPS, [step["id"] for step in steps])


async def test_two_revisions_in_one_batch_are_taken_in_in_order(world: World) -> None:
    second = an_order(revision=2, materials=(a_line(quantity=Decimal(3)),))
    await world.publish(completed(an_order()), completed(second))
    await world.quiet()
    assert [one.total_excl for one in outcomes(world) if one.result == "exported"] == [Decimal("127.50")]


async def test_a_store_that_keeps_going_away_makes_no_dead_letter_of_a_document(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.publish(completed(an_order()))
    original = world.store.insert
    gone: list[int] = []

    async def flapping(collection: str, document: Any) -> bool:
        if collection == STEPS and len(gone) < 5:
            gone.append(1)
            raise StoreUnavailable("the store went away")
        return await original(collection, document)

    monkeypatch.setattr(world.store, "insert", flapping)
    for _ in range(6):
        await world.store.update(
            "lanes", (await entry_of(world)).connection, set={"export.due": "2020-01-01T00:00:00.000000Z"}
        )
        await world.quiet(patience=0.05)
    assert len(gone) == 5
    assert (await entry_of(world)).state == "confirmed"


@pytest.mark.parametrize("seed", range(5))
async def test_a_write_to_the_ledger_that_fails_at_any_moment_makes_no_second_document(world: World, seed: int) -> None:
    """A quarter of all updates of steps and entries gets no answer, half of those after they were done."""
    original = world.store.update
    random = Random(seed)
    unanswered: list[str] = []

    async def unreliable(collection: str, id: str, **changes: Any) -> Any:
        if collection not in (STEPS, LEDGER) or random.random() > 0.25:
            return await original(collection, id, **changes)
        unanswered.append(id)
        if random.random() < 0.5:
            await original(collection, id, **changes)
        raise StoreUnavailable("no answer")

    world.store.update = unreliable  # type: ignore[method-assign]
    await world.publish(*[completed(an_order(f"WO-{n}")) for n in range(4)])
    for _ in range(60):
        for lane in await world.hub.lanes.of_connector("exact_online"):
            await original("lanes", lane.id, set={"export.due": "2020-01-01T00:00:00.000000Z"})
        await world.quiet(patience=0.1)
        await asyncio.sleep(0.05)
        if all(entry.final for entry in await world.hub.entries.list({})):
            break
    assert sorted(order["YourRef"] for order in orders(world)) == [f"WO-{n}" for n in range(4)]
    assert {entry.state for entry in await world.hub.entries.list({})} == {"confirmed"}
    assert unanswered


async def unsure(world: World) -> Any:
    world.sandbox.fail_next(match=ORDERS, method="POST", kind="cut", when="before", times=3)
    await world.publish(completed(an_order()))
    await world.quiet()
    entry = await entry_of(world)
    assert entry.state == "unsure"
    return entry


def word(entry: Any, **more: Any) -> Message:
    return envelope.message(
        topics.export_requests(entry.connector),
        entry.document,
        ExportRequest(connection=entry.connection, entry=entry.id, **more),
        type=envelope.EXPORT_REQUESTED,
        source="console",
        tenant=entry.tenant,
    )


async def test_send_again_sends_an_unsure_document_once_more(world: World) -> None:
    await world.publish(word(await unsure(world)))
    await world.quiet()
    assert (await entry_of(world)).state == "confirmed"
    assert len(orders(world)) == 1


async def test_it_is_there_confirms_an_unsure_document_without_sending_it(world: World) -> None:
    entry = await unsure(world)
    posts = len([call for call in world.sandbox.calls if call.method == "POST"])
    await world.publish(word(entry, reason="it_is_there", vendor_id="guid-1", vendor_number="26000099"))
    await world.quiet()
    assert outcomes(world)[-1].result == "exported"
    assert outcomes(world)[-1].vendor_number == "26000099"
    assert len([call for call in world.sandbox.calls if call.method == "POST"]) == posts


async def test_a_replay_does_not_settle_an_unsure_document(world: World) -> None:
    await world.publish(word(await unsure(world), reason="replay"))
    await world.quiet()
    assert (await entry_of(world)).state == "unsure"


async def test_it_is_there_is_not_taken_of_a_document_without_doubt(world: World) -> None:
    await world.publish(completed(an_order()))
    await world.quiet()
    await world.publish(word(await entry_of(world), reason="it_is_there", vendor_id="guid-1"))
    (letter,) = world.bus.of(topics.exports_dead("exact_online"))
    assert b"only of an unsure one" in (letter.body or b"")


async def test_another_tenant_cannot_speak_for_a_document(world: World) -> None:
    entry = await unsure(world)
    other = await connect(world.hub, "globex", await world.log_in(), "900002")
    request = word(entry.model_copy(update={"tenant": "globex", "connection": other.id}))
    await world.publish(request)
    assert (await entry_of(world)).state == "unsure"
    (letter,) = world.bus.of(topics.exports_dead("exact_online"))
    assert b"no such document for this tenant" in (letter.body or b"")


async def test_nothing_is_made_for_a_document_that_cannot_be_mapped_yet(world: World) -> None:
    await world.publish(completed(an_order(materials=(a_line(code="NIET-BEKEND"),))))
    await world.quiet()
    assert (await entry_of(world)).state == "waiting"
    assert customers(world) == [], "its new customer is made only when the document can be"


async def test_a_bad_event_met_again_is_told_once(world: World) -> None:
    good = completed(an_order())
    bad = Message(good.topic, good.key, good.headers, b"{")
    await world.publish(bad)
    await world.publish(bad)
    (connection,) = await world.hub.connections.all()
    lines = await world.hub.journal.read(connection.id)
    assert [line["event"] for line in lines] == ["event.refused"]


async def test_a_revision_that_comes_while_nobody_is_sure_of_the_first_is_not_taken_for_the_one_in_the_books(
    world: World,
) -> None:
    world.sandbox.fail_next(match=ORDERS, method="POST", kind="cut", when="after")
    await world.publish(completed(an_order()))
    await world.one_turn("export")
    await world.publish(completed(an_order(revision=2, materials=(a_line(quantity=Decimal(3)),))))
    await world.quiet()
    entry = await entry_of(world)
    assert len(orders(world)) == 1
    assert (entry.sent_revision, entry.revision, entry.state) == (1, 2, "refused")
    assert "completed again (revision 2)" in (entry.reason or "")


async def test_a_revision_that_comes_before_a_resend_is_the_one_that_is_sent(world: World) -> None:
    world.sandbox.fail_next(match=ORDERS, method="POST", kind="cut", when="before")
    await world.publish(completed(an_order()))
    await world.one_turn("export")
    await world.publish(completed(an_order(revision=2, materials=(a_line(quantity=Decimal(3)),))))
    await world.quiet()
    entry = await entry_of(world)
    assert len(orders(world)) == 1
    assert (entry.sent_revision, entry.state, entry.total_excl) == (2, "confirmed", Decimal("127.50"))


async def test_nobody_looks_before_the_package_can_be_done_even_when_the_document_is_woken_early(store: Store) -> None:
    world = make_world(store, settings={"request_timeout": 0.2, "settle_after": 0.6})
    await world.connected(vat_codes=VAT)
    world.sandbox.fail_next(match=ORDERS, method="POST", kind="delay", seconds=0.6, when="before")
    await world.publish(completed(an_order()))
    await world.one_turn("export")
    await world.publish(completed(an_order(revision=2, remark="again")))
    await world.quiet(patience=2)
    assert len(orders(world)) == 1
    assert (await entry_of(world)).sent_revision == 1
