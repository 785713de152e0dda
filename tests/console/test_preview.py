"""What would be sent, shown before anything is, and the word that lets it go."""

from datetime import date, timedelta
from urllib.parse import quote

import httpx
import pytest

from shared import connectors, visits
from shared.log import MASK
from shared.sandbox import Sandbox
from tests.console.desk import Desk
from tests.console.previewing import an_order, entry, of, on_hold, page_of
from tests.factories import completed, make_customer, make_work_order

EACH = pytest.mark.parametrize("console_of", connectors.names(), indirect=True)


def writes(sandbox: Sandbox) -> list[str]:
    return [call.path for call in sandbox.calls if call.method != "GET" and "oauth" not in call.path.lower()]


class TestList:
    async def test_each_document_is_listed_with_customer_total_and_what_it_becomes(
        self, console: Desk, office: httpx.AsyncClient
    ) -> None:
        connection = await on_hold(console, completed(make_work_order("WO-1")), work_order_document="sales_order")
        page = (await office.get(f"{page_of(connection)}?from=2026-11-01")).text
        assert "Work order WO-1" in page
        assert "Bakkerij Van den Berg" in page
        assert "€126.83" in page, "4.5 x 7.35 and 1.5 hours of 62.50"
        assert "Sales order" in page

    async def test_a_script_in_a_customers_name_is_shown_as_text(
        self, console: Desk, office: httpx.AsyncClient
    ) -> None:
        customer = make_customer(name="<script>alert(1)</script>")
        connection = await on_hold(console, completed(make_work_order("WO-1", customer=customer)))
        one = await entry(console)
        for path in (page_of(connection), f"{page_of(connection)}/look", f"{page_of(connection)}/documents/{one.id}"):
            page = (await office.get(path)).text
            assert "<script>alert" not in page
            assert "&lt;script&gt;alert(1)" in page

    async def test_a_later_first_day_leaves_the_older_ones_out_and_says_so(
        self, console: Desk, office: httpx.AsyncClient
    ) -> None:
        old = make_work_order("WO-1", work_date=date(2026, 10, 1))
        connection = await on_hold(console, completed(old), completed(make_work_order("WO-2")))
        page = (await office.get(f"{page_of(connection)}?from=2026-11-01")).text
        assert "1 document goes" in page
        assert "1 older one stays out" in page
        assert "from before the start date 2026-11-01" in page

    async def test_the_usual_first_day_is_the_one_on_which_the_connection_was_made(self, console: Desk) -> None:
        connection = await on_hold(console)
        shown = (await console.program().get(f"/api/v1{page_of(connection)}")).json()
        assert shown["first_day"] == shown["since"]
        assert shown["started"] is None

    async def test_a_long_list_is_paged_by_day_and_none_is_lost_or_shown_twice(self, console: Desk) -> None:
        days = [date(2026, 11, 1) + timedelta(days=number // 6) for number in range(23)]
        orders = [make_work_order(f"WO-{number:02}", work_date=day) for number, day in enumerate(days)]
        connection = await on_hold(console, *map(completed, orders))
        program, seen, after = console.program(), [], None
        while True:
            wish = {"from": "2026-01-01", **({"after": after} if after else {})}
            shown = (await program.get(f"/api/v1{page_of(connection)}", params=wish)).json()
            seen += [one["number"] for one in shown["documents"]]
            after = shown["next"]
            if after is None:
                break
        assert seen == [order.number for order in orders]
        assert shown["count"] == 23

    async def test_what_would_wait_is_said_with_the_reason_and_nothing_is_written(
        self, console: Desk, office: httpx.AsyncClient
    ) -> None:
        good, poor = an_order("WO-1"), an_order("WO-2", materials=of("UNHEARD-OF"))
        connection = await on_hold(console, completed(good), completed(poor))
        before = len(writes(console.world.sandbox))
        page = (await office.get(f"{page_of(connection)}/look?from=2026-01-01")).text
        assert "Ready" in page
        assert "Would wait" in page
        assert len(writes(console.world.sandbox)) == before
        assert {one.state for one in await console.hub.entries.list({})} == {"held"}

    async def test_when_the_package_cannot_be_asked_the_list_is_there_all_the_same(
        self, console: Desk, office: httpx.AsyncClient
    ) -> None:
        connection = await on_hold(console, completed(make_work_order("WO-1")))
        console.world.sandbox.fail_next(503, times=9)
        page = await office.get(f"{page_of(connection)}/look?from=2026-01-01")
        assert page.status_code == 200
        assert "Work order WO-1" in page.text
        assert "Not tried:" in page.text

    async def test_a_look_is_a_turn_of_the_lane_and_leaves_it_as_it_was(
        self, console: Desk, office: httpx.AsyncClient
    ) -> None:
        connection = await on_hold(console, completed(make_work_order("WO-1")))
        before = await console.hub.lanes.get(connection.id)
        await office.get(f"{page_of(connection)}/look?from=2026-01-01")
        after = await console.hub.lanes.get(connection.id)
        assert before is not None
        assert after is not None
        assert after.fence == before.fence + 1
        assert (after.owner, after.export, after.import_) == (None, before.export, before.import_)

    async def test_while_a_sync_works_there_nobody_looks_and_it_is_said(
        self, console: Desk, office: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(visits, "TRIES", 2)
        connection = await on_hold(console, completed(make_work_order("WO-1")))
        assert await console.hub.lanes.borrow(connection.id) is not None
        calls = len(console.world.sandbox.calls)
        page = (await office.get(f"{page_of(connection)}/look?from=2026-01-01")).text
        assert "at work for a sync" in page
        assert len(console.world.sandbox.calls) == calls

    async def test_while_the_owner_must_act_nobody_looks_and_the_reason_is_said(
        self, console: Desk, office: httpx.AsyncClient
    ) -> None:
        connection = await on_hold(console, completed(make_work_order("WO-1")))
        console.world.scenario.revoke(console.world.sandbox)
        console.world.sandbox.clock.advance(timedelta(minutes=10))  # Exact renews nothing younger
        await console.world.tick(connection)
        await console.world.quiet()
        calls = len(console.world.sandbox.calls)
        page = (await office.get(f"{page_of(connection)}/look?from=2026-01-01")).text
        assert "Authentication expired" in page
        assert len(console.world.sandbox.calls) == calls


class TestDocument:
    @EACH
    async def test_one_document_is_shown_in_full_for_every_package_and_nothing_is_written(
        self, console_of: Desk
    ) -> None:
        world = console_of.world
        flows = {"work_order_document": "invoice"} if world.connector == "e_boekhouden" else {}
        order = make_work_order("WO-1", materials=of(world.scenario.materials[0]), hours=())
        connection = await on_hold(console_of, completed(order), **flows)
        browser, one = await console_of.signed_in(), await entry(console_of)
        before = _state(console_of)
        page = await browser.get(f"{page_of(connection)}/documents/{quote(one.id, safe='')}")
        assert page.status_code == 200, page.text
        assert "This is how" in page.text, page.text
        assert "Koperbuis" in page.text
        assert "Total excluding VAT" in page.text
        assert "<pre" in page.text
        assert _state(console_of) == before
        assert (await entry(console_of)).state == "held"

    async def test_the_total_is_what_the_package_is_to_make_and_hidden_lines_stay_hidden(self, console: Desk) -> None:
        lines = (*of("ARB-VOORRIJ"), *of("MAT-002", hidden=True))
        connection = await on_hold(console, completed(an_order("WO-1", materials=lines, hours=())))
        path = f"/api/v1{page_of(connection)}/documents/{quote((await entry(console)).id, safe='')}"
        draft = (await console.program().get(path)).json()
        assert [line["code"] for line in draft["lines"]] == ["ARB-VOORRIJ"]
        assert draft["total"] == "14.70"
        assert draft["verdict"]["outcome"] == "goes"
        assert draft["calls"][-1]["is_document"] is True
        assert MASK not in str(draft)

    async def test_one_that_would_wait_says_for_which_setting(self, console: Desk, office: httpx.AsyncClient) -> None:
        connection = await on_hold(console, completed(an_order("WO-1", materials=of("UNHEARD-OF"))))
        page = (await office.get(f"{page_of(connection)}/documents/{(await entry(console)).id}")).text
        assert "Until then it would wait" in page
        assert f"/connections/{connection.id}/settings#fallback_item" in page

    async def test_documents_of_others_are_not_there(self, console: Desk, office: httpx.AsyncClient) -> None:
        mine = await on_hold(console, completed(make_work_order("WO-1")))
        await console.world.connected("globex", exports_from=None)
        await console.world.publish(completed(make_work_order("G-1"), "globex"))
        foreign = await entry(console, "G-1")
        for path in (f"{page_of(mine)}/documents/{foreign.id}", f"/connections/{foreign.connection}/preview"):
            assert (await office.get(path)).status_code == 404
            assert (await console.program().get(f"/api/v1{path}")).status_code == 404


def _state(desk: Desk) -> str:
    """What was made through the API."""
    known, sandbox = desk.world.scenario, desk.world.sandbox
    return repr((known.documents(sandbox), known.records(sandbox)))
