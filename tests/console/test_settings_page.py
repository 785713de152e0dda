"""The settings form in a browser without JavaScript, over a real store and the pretend package."""

import httpx
import pytest

from shared import connectors
from shared.schemas.connections import Connection
from tests.console.desk import Desk
from tests.console.forms import ENCODED, Pairs, body, changed, untouched
from tests.services.cli.support import waits
from tests.services.test_exporter import VAT


async def form_of(client: httpx.AsyncClient, connection: Connection) -> Pairs:
    """What the form of a connection sends when nobody touches it."""
    page = await client.get(f"/connections/{connection.id}/settings")
    assert page.status_code == 200, page.text
    return untouched(page.text, f"/connections/{connection.id}/settings")


async def send(client: httpx.AsyncClient, connection: Connection, pairs: Pairs) -> httpx.Response:
    """Press Save."""
    return await client.post(f"/connections/{connection.id}/settings", content=body(pairs), headers=ENCODED)


async def settings(console: Desk, connection: Connection) -> dict[str, object]:
    """As they are saved by now."""
    return (await console.hub.connections.get(connection.id)).settings


@pytest.mark.parametrize("console_of", connectors.names(), indirect=True)
async def test_every_packages_form_is_shown_and_saves_nothing_when_nothing_was_touched(console_of: Desk) -> None:
    connection = await console_of.world.connected()
    client = await console_of.signed_in()
    answer = await send(client, connection, await form_of(client, connection))
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == f"/connections/{connection.id}/settings?saved=0"
    assert await settings(console_of, connection) == connection.settings
    assert (await console_of.hub.store.find("audit", {"what": "settings.changed"})) == []


async def test_what_is_changed_is_saved_and_the_rest_stays(console: Desk, office: httpx.AsyncClient) -> None:
    connection = await console.world.connected(vat_codes=VAT)
    pairs = changed(await form_of(office, connection), journal="70", manual_exports="true", import_kinds=["relation"])
    assert (await send(office, connection, pairs)).status_code == 303
    assert await settings(console, connection) == {
        **connection.settings,
        "journal": "70",
        "manual_exports": True,
        "import_kinds": ["relation"],
    }
    (line,) = await console.hub.store.find("audit", {"what": "settings.changed"})
    assert line["details"]["settings"] == ["import_kinds", "journal", "manual_exports"]


async def test_saving_wakes_what_waited_and_says_how_many_documents_go_on(
    console: Desk, office: httpx.AsyncClient
) -> None:
    connection = await console.world.connected()
    await waits(console.world, "WO-A", "vat_codes", "21")
    page = await office.get(f"/connections/{connection.id}/settings")
    assert "Documents wait until you choose:" in page.text
    assert "1 document waits for this: WO-A." in page.text
    pairs = untouched(page.text, f"/connections/{connection.id}/settings")
    assert ("vat_codes.key", "21") in pairs
    filled = changed(pairs, **{"vat_codes.key": ["21"], "vat_codes.code": ["4"]})
    saved = await office.post(
        f"/connections/{connection.id}/settings", content=body(filled), headers=ENCODED, follow_redirects=True
    )
    assert "1 document that waited goes on now." in saved.text
    assert "Documents wait until you choose:" not in saved.text


async def test_what_is_wrong_is_said_beside_the_field_and_nothing_that_was_typed_is_lost(
    console: Desk, office: httpx.AsyncClient
) -> None:
    connection = await console.world.connected()
    pairs = changed(await form_of(office, connection), hour_price="a lot", status_after_success="99 Klaar")
    answer = await send(office, connection, pairs)
    assert answer.status_code == 422
    assert 'id="error-hour_price"' in answer.text
    assert "Write a number here, such as 12.5." in answer.text
    again = dict(untouched(answer.text, f"/connections/{connection.id}/settings"))
    assert (again["hour_price"], again["status_after_success"]) == ("a lot", "99 Klaar")
    assert await settings(console, connection) == connection.settings


async def test_a_number_is_written_and_read_in_the_users_language(console: Desk) -> None:
    connection = await console.world.connected(hour_price="62.50")
    dutch = await console.signed_in(locale="nl")
    pairs = await form_of(dutch, connection)
    assert dict(pairs)["hour_price"] == "62,50"
    await send(dutch, connection, changed(pairs, hour_price="1.062,75"))
    assert (await settings(console, connection))["hour_price"] == "1062.75"


async def test_two_who_change_different_settings_lose_nothing(console: Desk, office: httpx.AsyncClient) -> None:
    connection = await console.world.connected()
    mine = await form_of(office, connection)
    await console.hub.connections.change_settings(connection.id, {"status_after_failure": "Mis", "journal": "71"})
    assert (await send(office, connection, changed(mine, status_after_success="Klaar"))).status_code == 303
    now = await settings(console, connection)
    assert (now["status_after_success"], now["status_after_failure"], now["journal"]) == ("Klaar", "Mis", "71")


async def test_a_setting_that_somebody_else_changed_meanwhile_is_saved_only_when_the_user_insists(
    console: Desk, office: httpx.AsyncClient
) -> None:
    connection = await console.world.connected()
    mine = changed(await form_of(office, connection), status_after_success="Klaar", status_after_failure="Mis")
    await console.hub.connections.change_settings(connection.id, {"status_after_success": "Gereed"})
    refused = await send(office, connection, mine)
    assert refused.status_code == 422
    assert refused.text.count("Somebody else changed this meanwhile.") == 1
    assert (await settings(console, connection))["status_after_success"] == "Gereed"
    again = untouched(refused.text, f"/connections/{connection.id}/settings")
    assert (await send(office, connection, again)).status_code == 303
    now = await settings(console, connection)
    assert (now["status_after_success"], now["status_after_failure"]) == ("Klaar", "Mis")


async def test_what_cannot_be_undone_is_saved_only_with_a_yes(console: Desk, office: httpx.AsyncClient) -> None:
    connection = await console.world.connected()
    pairs = changed(await form_of(office, connection), work_order_document="processed_invoice")
    asked = await send(office, connection, pairs)
    assert asked.status_code == 422
    assert "numbers and books each invoice at once" in asked.text
    assert (await settings(console, connection))["work_order_document"] == "sales_order"
    answer = ("confirmed", "work_order_document=processed_invoice")
    yes = [*untouched(asked.text, f"/connections/{connection.id}/settings"), answer]
    assert (await send(office, connection, yes)).status_code == 303
    assert (await settings(console, connection))["work_order_document"] == "processed_invoice"


@pytest.mark.parametrize("console_of", ["moloni_pt"], indirect=True)
async def test_closed_documents_need_the_users_word_beside_them(console_of: Desk) -> None:
    connection = await console_of.world.connected()
    client = await console_of.signed_in()
    pairs = changed(await form_of(client, connection), work_order_document="closed_invoice")
    refused = await send(client, connection, pairs)
    assert refused.status_code == 422
    assert 'id="error-closing"' in refused.text
    word = "final and reported to the tax authority"
    assert (await send(client, connection, changed(pairs, closing=word))).status_code == 303
    assert (await settings(console_of, connection))["work_order_document"] == "closed_invoice"


async def test_a_code_that_the_package_does_not_list_is_asked_about_with_the_nearest(
    console: Desk, office: httpx.AsyncClient
) -> None:
    connection = await console.world.connected()
    await console.world.tick(connection)
    await console.world.quiet()
    pairs = changed(await form_of(office, connection), **{"vat_codes.key": ["21"], "vat_codes.code": ["99"]})
    asked = await send(office, connection, pairs)
    assert asked.status_code == 422
    assert "Exact Online does not list 99." in asked.text
    assert (await settings(console, connection))["vat_codes"] == {}
    yes = [*untouched(asked.text, f"/connections/{connection.id}/settings"), ("confirmed", "vat_codes=99")]
    assert (await send(office, connection, yes)).status_code == 303
    assert (await settings(console, connection))["vat_codes"] == {"21": "99"}


async def test_codes_that_were_never_read_can_be_typed(console: Desk, office: httpx.AsyncClient) -> None:
    connection = await console.world.connected()
    page = await office.get(f"/connections/{connection.id}/settings")
    assert "The package was not asked yet" in page.text
    pairs = changed(untouched(page.text, f"/connections/{connection.id}/settings"), journal="70")
    assert (await send(office, connection, pairs)).status_code == 303
    assert (await settings(console, connection))["journal"] == "70"


async def test_a_smaller_licence_shows_what_it_does_not_have_and_keeps_the_choice(
    console: Desk, office: httpx.AsyncClient
) -> None:
    connection = await console.world.connected()
    await console.hub.store.update("connections", connection.id, set={"tier": "basic"})
    page = await office.get(f"/connections/{connection.id}/settings")
    assert "Comes with Pro" in page.text
    assert 'value="quotation" disabled' in page.text
    pairs = untouched(page.text, f"/connections/{connection.id}/settings")
    assert ("import_kinds", "quotation") not in pairs
    assert (await send(office, connection, changed(pairs, journal="70"))).status_code == 303
    assert (await settings(console, connection))["import_kinds"] == connection.settings["import_kinds"]


@pytest.mark.parametrize("console_of", ["multivers"], indirect=True)
async def test_kinds_that_are_read_only_when_asked_for_are_said_to_be(console_of: Desk) -> None:
    connection = await console_of.world.connected()
    client = await console_of.signed_in()
    page = await client.get(f"/connections/{connection.id}/settings")
    assert page.text.count("Only when you ask for it") == 3


async def test_a_row_is_added_with_and_without_javascript(console: Desk, office: httpx.AsyncClient) -> None:
    connection = await console.world.connected()
    pairs = changed(await form_of(office, connection), journal="70")
    answer = await send(office, connection, [*pairs, ("add", "hour_types")])
    again = untouched(answer.text, f"/connections/{connection.id}/settings")
    assert [name for name, _ in again].count("hour_types.key") == 2
    assert dict(again)["journal"] == "70"
    assert await settings(console, connection) == connection.settings
    row = await office.get(f"/connections/{connection.id}/settings/rows/hour_types")
    assert row.text.count('name="hour_types.key"') == 1
    for name in ("vat_regimes", "journal", "nonsense"):
        assert (await office.get(f"/connections/{connection.id}/settings/rows/{name}")).status_code == 404


async def test_a_long_list_is_searched_by_code_and_title(console: Desk, office: httpx.AsyncClient) -> None:
    connection = await console.world.connected()
    await console.world.tick(connection)
    await console.world.quiet()
    base = f"/connections/{connection.id}/settings/choices"
    found = await office.get(f"{base}/ledgers?ledger=800")
    assert found.text.count("<option") >= 1
    assert all("800" in line for line in found.text.strip().splitlines())
    products = await office.get(f"{base}/product?text_item=ARB")
    assert "ARB-" in products.text
    assert (await office.get(f"{base}/nonsense?x=1")).status_code == 404


async def test_the_settings_of_an_ended_connection_can_be_seen_and_not_changed(
    console: Desk, office: httpx.AsyncClient
) -> None:
    connection = await console.world.connected()
    pairs = await form_of(office, connection)
    await console.hub.connections.disconnect(connection.id)
    page = await office.get(f"/connections/{connection.id}/settings")
    assert "This connection was ended." in page.text
    assert (await send(office, connection, changed(pairs, journal="70"))).status_code == 409


async def test_a_part_of_a_page_is_answered_to_htmx_with_what_was_saved(
    console: Desk, office: httpx.AsyncClient
) -> None:
    connection = await console.world.connected()
    pairs = changed(await form_of(office, connection), journal="70")
    htmx = {**ENCODED, "HX-Request": "true"}
    answer = await office.post(f"/connections/{connection.id}/settings", content=body(pairs), headers=htmx)
    assert (answer.status_code, "<html" in answer.text, "Saved." in answer.text) == (200, False, True)


async def test_another_tenants_settings_are_not_there(console: Desk, office: httpx.AsyncClient) -> None:
    connection = await console.world.connected(tenant="other")
    base = f"/connections/{connection.id}/settings"
    for path in (base, f"{base}/rows", f"{base}/rows/hour_types", f"{base}/choices/ledgers"):
        assert (await office.get(path)).status_code == 404
    assert (await office.post(base, content=b"", headers=ENCODED)).status_code == 404


async def test_script_in_a_title_of_the_package_is_shown_as_text(console: Desk, office: httpx.AsyncClient) -> None:
    connection = await console.world.connected(journal="<script>alert(1)</script>")
    page = await office.get(f"/connections/{connection.id}/settings")
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert" in page.text
