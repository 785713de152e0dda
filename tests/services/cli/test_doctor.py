"""The doctor finds what is wrong, and says what to do."""

import pytest

from shared.lanes import Rest
from shared.ledger.entry import entry_id
from shared.sandbox import Sandbox
from shared.schemas.connections import Connection
from shared.store.collections import LEDGER
from tests.services.cli.support import NOBODY, fieldledger, waits
from tests.world import World


class TestDoctor:
    async def _found(self) -> tuple[int, dict[str, dict[str, str]]]:
        said = await fieldledger("doctor", "--json")
        return said.code, {row["what"]: row for row in said.rows}

    async def test_it_works_with_nothing_there_and_says_what_to_do(self) -> None:
        code, found = await self._found()
        assert code == 1
        assert (found["store"]["level"], found["keys"]["level"]) == ("ok", "ok")
        assert (found["Kafka"]["level"], found["packages"]["level"]) == ("wrong", "wrong")
        assert "FIELDLEDGER_KAFKA" in found["Kafka"]["do"]

    @pytest.mark.parametrize(
        ("variable", "value", "what"),
        [
            ("FIELDLEDGER_STORE", "mysql://x", "store"),
            ("FIELDLEDGER_STORE", "sqlite:////proc/nowhere/x.db", "store"),
            ("FIELDLEDGER_KEYS", "not-a-key", "keys"),
            ("FIELDLEDGER_LANES", "none", "settings"),
            ("FIELDLEDGER_CONNECTORS__EXACT_ONLINE__CLIENT_ID", "app", "Exact Online"),
        ],
    )
    async def test_each_broken_part_is_named(
        self, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, what: str
    ) -> None:
        monkeypatch.setenv(variable, value)
        code, found = await self._found()
        assert (code, found[what]["level"]) == (1, "wrong")
        assert found[what]["do"]

    async def test_a_package_that_does_not_answer_is_wrong(
        self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert (await self._found())[1]["Exact Online, reached"]["level"] == "ok"
        monkeypatch.setenv("FIELDLEDGER_CONNECTORS__EXACT_ONLINE__BASE_URL", f"http://{NOBODY}")
        assert (await self._found())[1]["Exact Online, reached"]["level"] == "wrong"

    async def test_a_package_without_apps_needs_none_and_is_reached_where_it_is_configured(
        self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = (await self._found())[1]
        assert (found["e-Boekhouden"]["level"], "e-Boekhouden, reached" in found) == ("note", False)
        assert "connections connect --connector e_boekhouden" in found["e-Boekhouden"]["do"]
        monkeypatch.setenv("FIELDLEDGER_CONNECTORS__E_BOEKHOUDEN__BASE_URL", f"http://{NOBODY}")
        found = (await self._found())[1]
        assert (found["e-Boekhouden"]["level"], found["e-Boekhouden, reached"]["level"]) == ("ok", "wrong")

    async def test_a_connection_that_needs_its_owner_is_wrong(self, world: World, connection: Connection) -> None:
        name = f"acme, {connection.administration.name}"
        assert (await self._found())[1][name]["level"] == "ok"
        await world.hub.lanes.rest(connection.id, Rest(kind="owner", reason="Licence ended."))
        found = (await self._found())[1][name]
        assert (found["level"], found["says"]) == ("wrong", "rests: Licence ended.")
        await world.store.update("grants", connection.grant, set={"state": "dead", "reason": "Expired."})
        found = (await self._found())[1][name]
        assert "expired: Expired." in found["says"]
        assert "connections connect" in found["do"]

    @pytest.mark.parametrize(
        ("waits_for", "key", "says", "do"),
        [
            ("vat_codes", "21", 'a choice for 21 in "VAT codes"', "mappings set {id} vat_codes 21=CODE"),
            ("hour_types", "U 1", 'a choice for U 1 in "Hour types"', "mappings set {id} hour_types 'U 1'=CODE"),
            ("vat_codes", None, 'the setting "VAT codes"', "mappings set {id} vat_codes KEY=CODE"),
            ("vat_codes", "21", "VAT codes", "connections choices {id} vat_codes"),
            ("journal", None, 'the setting "Sales journal"', "connections set {id} journal=CODE"),
            ("create_relations", None, "which is off", "connections set {id} create_relations=true"),
            ("hour_price", None, 'the setting "Hour price"', "connections set {id} hour_price=VALUE"),
            ("invoice:F-9", None, "the invoice F-9, which never came", "--document F-9"),
            ("invoice:F-9", None, "the invoice F-9", "exports send-again WO-W --without-invoice"),
        ],
    )
    async def test_a_document_that_waits_is_wrong_and_says_what_to_do(
        self, world: World, connection: Connection, waits_for: str, key: str | None, says: str, do: str
    ) -> None:
        await waits(world, "WO-W", waits_for, key)
        found = (await self._found())[1][f"acme, {connection.administration.name}"]
        assert found["level"] == "wrong"
        assert found["says"].startswith("1 document waits (WO-W) for ")
        assert says in found["says"]
        assert do.format(id=connection.id) in found["do"]

    async def test_a_credit_note_names_the_invoice_it_waits_for(self, world: World, connection: Connection) -> None:
        await waits(world, "CN-1", "invoice:id-of-invoice")
        (invoice,) = await world.hub.entries.list({"number": "CN-1"})
        moved = invoice.model_copy(
            update={
                "id": entry_id(connection, "invoice", "id-of-invoice"),
                "number": "F-7",
                "state": "refused",
                "waits_for": None,
            }
        )
        await world.store.insert(LEDGER, moved.stored())
        found = (await self._found())[1][f"acme, {connection.administration.name}"]
        assert "invoice F-7, which is not in the package (refused)" in found["says"]
        assert "exports show F-7" in found["do"]

    async def test_exports_on_hold_are_a_note(self, world: World) -> None:
        held = await world.connected(exports_from=None)
        found = (await self._found())[1][f"acme, {held.administration.name}"]
        assert (found["level"], "start-exports" in found["do"]) == ("note", True)

    async def test_it_says_why_no_webhooks_are_registered(
        self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = (await self._found())[1]
        assert found["webhooks"]["level"] == "note"
        assert "FIELDLEDGER_PUBLIC_URL" in found["webhooks"]["do"]
        monkeypatch.setenv("FIELDLEDGER_PUBLIC_URL", f"https://{NOBODY}")
        found = (await self._found())[1]
        assert "does not answer" in found["webhooks"]["says"]
        assert "WEBHOOK_SECRET" in found["Exact Online, webhooks"]["do"]
        monkeypatch.setenv("FIELDLEDGER_PUBLIC_URL", "http://hooks.example.com")
        assert (await self._found())[1]["settings"]["level"] == "wrong"
