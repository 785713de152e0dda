"""The choices of a connection, and how it is doing."""

from shared.lanes import Rest
from shared.mapping import Choice
from shared.reference import Reference
from shared.schemas.connections import Connection
from tests.factories import completed, make_work_order
from tests.services.cli.support import fieldledger, second_connection, waits
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
        assert f"Documents that waited for {entry.waits_for} and go on now: 1." in said.err

    async def test_a_value_the_connector_refuses_is_said_and_not_saved(self, connection: Connection) -> None:
        said = await fieldledger("connections", "set", connection.id, "rounding_minutes=7")
        assert said.code == 2
        assert "rounding_minutes" in said.err

    async def test_a_code_of_digits_is_a_text_and_a_number_is_none(self, world: World, connection: Connection) -> None:
        said = await fieldledger("connections", "set", connection.id, "journal=70", "rounding_minutes=15")
        assert said.code == 0, said.err
        settings = (await world.hub.connections.get(connection.id)).settings
        assert (settings["journal"], settings["rounding_minutes"]) == ("70", 15)

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

    async def test_choices_are_read_from_the_package_only_before_the_first_sync(
        self, world: World, connection: Connection
    ) -> None:
        calls = len(world.sandbox.calls)
        said = await fieldledger("connections", "choices", connection.id, "vat_codes")
        assert said.code == 0, said.err
        assert "percentage 21" in said.out
        assert len(world.sandbox.calls) > calls
        await Reference(world.store).save(connection.scope, "vat_codes", [Choice("4", "As kept")])
        calls = len(world.sandbox.calls)
        kept = await fieldledger("connections", "choices", connection.id, "vat_codes")
        assert "As kept" in kept.out
        assert "vat_codes as read at 20" in kept.err
        assert len(world.sandbox.calls) == calls

    async def test_choices_that_could_not_be_read_say_so_beside_the_older_ones(
        self, world: World, connection: Connection
    ) -> None:
        await Reference(world.store).save(connection.scope, "journals", [Choice("70", "Sales")])
        await Reference(world.store).save_problem(connection.scope, "journals", "The login lacks a right.")
        said = await fieldledger("connections", "choices", connection.id, "journals")
        assert "Sales" in said.out
        assert "The login lacks a right." in said.err

    async def test_a_list_that_there_is_none_of_is_refused_with_those_there_are(self, connection: Connection) -> None:
        refused = await fieldledger("connections", "choices", connection.id, "unicorns")
        assert refused.code == 2
        assert "Choose one of: " in refused.err

    async def test_an_earlier_start_says_how_to_send_what_is_older(self, connection: Connection) -> None:
        said = await fieldledger("connections", "start-exports", connection.id, "--from", "2025-12-01")
        replay = "fieldledger replay --connector exact_online --tenant acme --from 2025-12-01 --to 2025-12-31"
        assert replay in said.err
        later = await fieldledger("connections", "start-exports", connection.id, "--from", "2026-02-01")
        assert "replay" not in later.err

    async def test_a_first_start_says_how_to_send_what_came_before_the_connection(self, world: World) -> None:
        held = await world.connected(exports_from=None)
        made = held.created.date()
        said = await fieldledger("connections", "start-exports", held.id, "--from", "2026-01-01")
        assert f"--from 2026-01-01 --to {made}" in said.err

    async def test_another_connection_that_bills_the_same_ends_only_when_the_user_says_so(
        self, world: World, connection: Connection
    ) -> None:
        other = await second_connection(world, connection)
        refused = await fieldledger("connections", "start-exports", other, "--from", "2026-12-01")
        assert (refused.code, "--takes-over" in refused.err) == (2, True)
        assert (await world.hub.connections.get(other)).exports_from is None
        done = await fieldledger("connections", "start-exports", other, "--from", "2026-12-01", "--takes-over")
        assert done.code == 0, done.err
        assert str((await world.hub.connections.get(connection.id)).exports_until) == "2026-11-30"
        shown = await fieldledger("connections", "show", connection.id)
        assert "documents of 2026-01-01 to 2026-11-30; another connection took over" in shown.out

    async def test_show_says_what_waits_and_what_to_do(self, world: World, connection: Connection) -> None:
        await waits(world, "WO-W", "vat_codes", "21")
        (row,) = (await fieldledger("connections", "show", connection.id, "--json")).rows
        assert row["waiting_for"] == [{"waits_for": "vat_codes", "key": "21", "count": 1, "example": "WO-W"}]
        assert (
            f"mappings set {connection.id} vat_codes 21=CODE"
            in (await fieldledger("connections", "show", connection.id)).out
        )


def _good(setting: str) -> str:
    return {"journal": "70", "vat_codes": '{"21": "4"}', "fallback_item": '"X"'}[setting]
