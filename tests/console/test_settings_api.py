"""The settings and mappings of a connection by the JSON API, as the platform that embeds them uses it."""

import json
from typing import Any

import pytest

from shared import connectors
from shared.schemas.connections import Connection
from shared.store.collections import LEDGER
from tests.console.desk import Desk
from tests.services.cli.support import waits


def at(connection: Connection, rest: str = "settings") -> str:
    return f"/api/v1/connections/{connection.id}/{rest}"


@pytest.mark.parametrize("console_of", connectors.names(), indirect=True)
async def test_settings_that_were_read_can_be_saved_as_they_are(console_of: Desk) -> None:
    connection = await console_of.world.connected()
    program = console_of.program()
    read = (await program.get(at(connection))).json()
    assert read["json_schema"]["properties"].keys() == read["settings"].keys()
    saved = await program.put(at(connection), json={"settings": read["settings"], "version": read["version"]})
    assert (saved.status_code, saved.json()["changed"]) == (200, [])
    form = (await program.get(at(connection, "settings/form"))).json()
    assert [part["name"] for part in form["parts"]][:2] == ["import", "documents"]


async def test_a_change_leaves_the_rest_and_a_whole_gives_it_the_defaults(console: Desk) -> None:
    connection = await console.world.connected(journal="70", manual_exports=True)
    program = console.program()
    changed = (await program.patch(at(connection), json={"settings": {"journal": "71"}})).json()
    assert (changed["changed"], changed["settings"]["manual_exports"]) == (["journal"], True)
    whole = {"settings": {"journal": "72"}, "version": changed["version"]}
    replaced = (await program.put(at(connection), json=whole)).json()
    assert (replaced["settings"]["journal"], replaced["settings"]["manual_exports"]) == ("72", False)
    assert (await program.put(at(connection), json=whole)).status_code == 409
    lines = await console.hub.store.find("audit", {"what": "settings.changed"}, sort=("at",))
    assert [line["details"]["settings"] for line in lines] == [["journal"], ["journal", "manual_exports"]]


@pytest.mark.parametrize(
    ("wrong", "name", "sentence"),
    [
        ({"payment": 1}, None, "There is no such setting."),
        ({"hour_price": "NaN"}, "hour_price", "Write a number here."),
        ({"hour_price": "-1"}, "hour_price", "This must not be less than 0."),
        ({"hour_price": "1e999999999"}, "hour_price", "Write a number here."),
        ({"relation_types": ["X"]}, "relation_types", "Choose one of the list."),
        ({"vat_codes": {"twenty": "4"}}, "vat_codes", "'twenty' is not a percentage: write 21 or 5.5."),
        ({"vat_regimes": {"moon": "4"}}, "vat_regimes", "moon: Choose one of the list."),
        ({"vat_regimes": {"moon\ud800": "4"}}, "vat_regimes", "Fill this in."),
        ({"trigger_statuses": [""]}, "trigger_statuses", "A work status is empty."),
        ({"create_relations": "perhaps"}, "create_relations", "This is either on or off."),
        ({"journal": "\ud800"}, "journal", "Fill this in."),
    ],
)
async def test_each_wrong_setting_is_told_with_a_sentence(
    console: Desk, wrong: dict[str, Any], name: str | None, sentence: str
) -> None:
    connection = await console.world.connected()
    content = json.dumps({"settings": wrong})  # in ASCII, so that half a character can be sent
    headers = {"Content-Type": "application/json"}
    answer = await console.program().patch(at(connection), content=content, headers=headers)
    assert answer.status_code == 422
    told = answer.json()["fields"][name] if name else answer.json()["error"]
    assert told.endswith(sentence)
    assert (await console.hub.connections.get(connection.id)).settings == connection.settings


async def test_mappings_are_shown_with_what_is_missing_and_a_code_lets_documents_go_on(console: Desk) -> None:
    connection = await console.world.connected(vat_codes={"21": "4"})
    await console.world.tick(connection)
    await console.world.quiet()
    await waits(console.world, "WO-1", "vat_codes", "9")
    program = console.program()
    seen = (await program.get(at(connection, "mappings"))).json()
    assert seen["waiting"] == [{"setting": "vat_codes", "key": "9", "documents": 1, "more": False, "example": "WO-1"}]
    (codes,) = (one for one in seen["mappings"] if one["name"] == "vat_codes")
    assert [(row["key"], row["code"]) for row in codes["rows"]] == [("21", "4")]
    wrong = await program.put(at(connection, "mappings/vat_codes"), json={"pairs": {"9": "99"}})
    assert (wrong.status_code, "The nearest:" in wrong.json()["error"]) == (422, True)
    done = await program.put(at(connection, "mappings/vat_codes"), json={"pairs": {"9.00": "2"}})
    assert done.json() == {"mapping": {"21": "4", "9": "2"}, "documents_go_on": 1, "checked": True}
    (entry,) = await console.hub.store.find(LEDGER, {"number": "WO-1"})
    assert entry["waits_for"] is None


async def test_choices_are_those_that_were_read_and_can_be_searched(console: Desk) -> None:
    connection = await console.world.connected()
    program = console.program()
    assert (await program.get(at(connection, "settings/choices/vat_codes"))).json()["read"] is None
    await console.world.tick(connection)
    await console.world.quiet()
    read = (await program.get(at(connection, "settings/choices/vat_codes"))).json()
    assert "4" in [one["value"] for one in read["options"]]
    found = (await program.get(at(connection, "settings/choices/vat_codes"), params={"q": "LAAG"})).json()
    assert all("laag" in one["title"].casefold() for one in found["options"])
    for odd, status in (("\0", 400), ("\uffff", 200), ("%", 200), ("'", 200)):
        for name in ("vat_codes", "product"):
            path = at(connection, f"settings/choices/{name}")
            assert (await program.get(path, params={"q": odd})).status_code == status
    assert (await program.get(at(connection, "settings/choices/administrations"))).status_code == 404


async def test_the_settings_of_an_ended_connection_are_read_only(console: Desk) -> None:
    connection = await console.world.connected()
    await console.hub.connections.disconnect(connection.id)
    program = console.program()
    assert (await program.get(at(connection))).status_code == 200
    assert (await program.patch(at(connection), json={"settings": {"journal": "1"}})).status_code == 409
    refused = await program.put(at(connection, "mappings/vat_codes"), json={"pairs": {"21": "4"}})
    assert refused.status_code == 409


async def test_nobody_reads_or_changes_the_settings_of_another_tenant(console: Desk) -> None:
    connection = await console.world.connected(tenant="other")
    program = console.program()
    for rest in ("settings", "settings/form", "settings/choices/vat_codes", "mappings"):
        assert (await program.get(at(connection, rest))).status_code == 404
    body = {"settings": {"journal": "1"}, "version": 0}
    assert (await program.put(at(connection), json=body)).status_code == 404
    assert (await program.patch(at(connection), json=body)).status_code == 404
    assert (await program.put(at(connection, "mappings/vat_codes"), json={"pairs": {}})).status_code == 404
    assert (await console.hub.connections.get(connection.id)).settings == connection.settings
