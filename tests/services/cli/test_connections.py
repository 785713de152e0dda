"""The choices of a connection, and how it is doing."""

from shared.lanes import Rest
from shared.schemas.connections import Connection
from tests.factories import completed, make_work_order
from tests.services.cli.support import fieldledger
from tests.world import World


class TestConnections:
    async def test_show_tells_state_access_and_counts_but_no_token(self, world: World, connection: Connection) -> None:
        await world.publish(completed(make_work_order()))
        said = await fieldledger("connections", "show", connection.id, "--json")
        (row,) = said.rows
        assert row["documents"] == {"ready": 1}
        assert row["rests"] is None
        assert "sealed" not in said.out
        assert world.sandbox.calls[-1].path  # the sandbox handed out real tokens
        table = await fieldledger("connections", "show", connection.id)
        assert "live, as Anouk de Vries" in table.out
        assert "\x1b[" not in table.out

    async def test_a_resting_lane_says_why(self, world: World, connection: Connection) -> None:
        await world.hub.lanes.rest(connection.id, Rest(kind="owner", reason="Access expired."))
        (row,) = (await fieldledger("connections", "list", "--json")).rows
        assert row["rests"] == "Access expired."

    async def test_setting_what_documents_wait_for_wakes_them_and_says_so(
        self, world: World, connection: Connection
    ) -> None:
        await world.hub.connections.change_settings(connection.id, {"work_order_document": "sales_invoice"})
        await world.publish(completed(make_work_order(materials=make_work_order().materials[:0])))
        await world.quiet("export")
        (entry,) = await world.hub.entries.list({})
        assert entry.waits_for, entry.reason
        said = await fieldledger("connections", "set", connection.id, f"{entry.waits_for}={_good(entry.waits_for)}")
        assert said.code == 0, said.err
        assert f"1 document(s) that waited for {entry.waits_for} go on now" in said.err

    async def test_a_value_the_connector_refuses_is_said_and_not_saved(self, connection: Connection) -> None:
        said = await fieldledger("connections", "set", connection.id, "rounding_minutes=7")
        assert said.code == 2
        assert "rounding_minutes" in said.err

    async def test_what_is_no_assignment_is_said(self, connection: Connection) -> None:
        said = await fieldledger("connections", "set", connection.id, "journal")
        assert (said.code, said.err) == (2, "'journal' is not NAME=VALUE.")

    async def test_start_exports_says_what_goes_on_and_what_is_left_out(self, world: World) -> None:
        held = await world.connected(exports_from=None)
        await world.publish(
            completed(make_work_order("WO-1")), completed(make_work_order("WO-2", work_date="2025-12-31"))
        )
        said = await fieldledger("connections", "start-exports", held.id, "--from", "2026-01-01")
        assert "Of the 2 that were on hold, 1 go on and 1 are left out." in said.err
        assert (await world.hub.connections.get(held.id)).exports_from is not None

    async def test_disconnect_asks_and_without_a_terminal_wants_yes(
        self, world: World, connection: Connection, with_kafka: str
    ) -> None:
        asked = await fieldledger("connections", "disconnect", connection.id)
        assert (asked.code, "--yes" in asked.err) == (2, True)
        assert (await world.hub.connections.get(connection.id)).state == "connected"
        done = await fieldledger("connections", "disconnect", connection.id, "--yes")
        assert done.code == 0, done.err
        assert (await world.hub.connections.get(connection.id)).state == "disconnected"
        again = await fieldledger("connections", "start-exports", connection.id, "--from", "2026-01-01")
        assert "was ended" in again.err

    async def test_choices_lists_what_the_package_offers_for_a_setting(self, connection: Connection) -> None:
        said = await fieldledger("connections", "choices", connection.id, "vat_codes")
        assert said.code == 0, said.err
        assert "BTW hoog" in said.out or "21" in said.out
        refused = await fieldledger("connections", "choices", connection.id, "unicorns")
        assert refused.code == 2
        assert "Choose one of: " in refused.err


def _good(setting: str) -> str:
    return {"journal": '"70"', "vat_codes": '{"21": "4"}', "fallback_item": '"X"'}[setting]
