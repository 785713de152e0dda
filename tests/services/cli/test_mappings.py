"""Which code stands for what, what has none yet, and choosing one."""

from typing import Any

import pytest

from shared.mapping import Choice
from shared.mappings import nearest
from shared.reference import Reference
from shared.schemas.connections import Connection
from tests.services.cli.support import fieldledger, waits
from tests.world import World

CODES = [Choice("4", "BTW hoog tarief, exclusief"), Choice("2", "BTW laag tarief, exclusief"), Choice("0", "Geen BTW")]


@pytest.fixture
async def known(world: World) -> Connection:
    """A connection whose VAT codes were read."""
    connection = await world.connected(vat_codes={"21": "4"})
    await Reference(world.store).save(connection.scope, "vat_codes", CODES)
    return connection


async def listed(connection: Connection) -> list[Any]:
    said = await fieldledger("mappings", "list", connection.id, "--json")
    assert said.code == 0, said.err
    return said.rows


class TestList:
    async def test_it_shows_codes_with_their_titles(self, known: Connection) -> None:
        (row,) = await listed(known)
        assert row == {
            "setting": "vat_codes", "title": "VAT codes", "key": "21", "code": "4",
            "code_title": "BTW hoog tarief, exclusief",
        }  # fmt: skip
        table = (await fieldledger("mappings", "list", known.id)).out
        assert "BTW hoog tarief" in table
        assert "Hour types" in table
        assert "nothing is chosen yet" in table

    async def test_what_documents_miss_comes_first_with_their_number(self, world: World, known: Connection) -> None:
        for number, key in (("WO-1", "9"), ("WO-2", "9"), ("WO-3", "0")):
            await waits(world, number, "vat_codes", key)
        await waits(world, "WO-4", "journal")
        missing = [(row["setting"], row["key"], row["documents"], row["example"]) for row in (await listed(known))[:3]]
        assert missing == [("vat_codes", "9", 2, "WO-1"), ("vat_codes", "0", 1, "WO-3"), ("journal", None, 1, "WO-4")]
        said = await fieldledger("mappings", "list", known.id)
        assert '2 documents wait for a choice for 9 in "VAT codes", WO-1 for example' in said.out
        assert f"fieldledger mappings set {known.id} vat_codes 9=CODE" in said.out


class TestSet:
    async def test_it_merges_and_lets_go_on_what_waited_for_these_keys(self, world: World, known: Connection) -> None:
        for number, key in (("WO-1", "9"), ("WO-2", "0"), ("WO-3", None)):
            await waits(world, number, "vat_codes", key)
        said = await fieldledger("mappings", "set", known.id, "vat_codes", "9.00=2")
        assert said.code == 0, said.err
        assert "VAT codes: 21 is 4, 9 is 2." in said.err
        assert "Documents that waited for this and go on now: 2." in said.err
        assert 'Still: 1 document waits (WO-2) for a choice for 0 in "VAT codes".' in said.err
        assert (await world.hub.connections.get(known.id)).settings["vat_codes"] == {"21": "4", "9": "2"}
        (entry,) = await world.hub.entries.list({"number": "WO-1"})
        assert entry.state == "ready"

    async def test_a_code_that_was_chosen_before_lets_go_on_what_waits_for_it(
        self, world: World, known: Connection
    ) -> None:
        """The code was blocked in the package, say, and is not any more."""
        await waits(world, "WO-1", "vat_codes", "21")
        said = await fieldledger("mappings", "set", known.id, "vat_codes", "21=4")
        assert "go on now: 1." in said.err
        (entry,) = await world.hub.entries.list({"number": "WO-1"})
        assert entry.state == "ready"
        assert (lane := await world.hub.lanes.get(known.id)) is not None
        assert lane.export.due is not None

    async def test_what_waits_for_other_keys_sleeps_on(self, world: World, known: Connection) -> None:
        """Each look would cost calls to the package, and a line in the log."""
        await waits(world, "WO-1", "vat_codes", "0")
        await fieldledger("mappings", "set", known.id, "vat_codes", "9=2")
        (entry,) = await world.hub.entries.list({"number": "WO-1"})
        assert entry.state == "waiting"

    async def test_a_key_without_a_code_is_removed(self, world: World, known: Connection) -> None:
        said = await fieldledger("mappings", "set", known.id, "vat_codes", "21.0=", "9=2")
        assert said.code == 0, said.err
        assert (await world.hub.connections.get(known.id)).settings["vat_codes"] == {"9": "2"}
        nothing = await fieldledger("mappings", "set", known.id, "vat_codes", "12=")
        assert (nothing.code, "nothing to remove" in nothing.err) == (2, True)

    async def test_a_code_the_package_does_not_have_is_refused_with_the_nearest(
        self, world: World, known: Connection
    ) -> None:
        refused = await fieldledger("mappings", "set", known.id, "vat_codes", "9=laag")
        assert refused.code == 2
        assert "Exact Online has no code 'laag' for VAT codes. The nearest: 2 (BTW laag tarief" in refused.err
        assert "add --force" in refused.err
        assert (await world.hub.connections.get(known.id)).settings["vat_codes"] == {"21": "4"}
        forced = await fieldledger("mappings", "set", known.id, "vat_codes", "9=laag", "--force")
        assert forced.code == 0, forced.err
        assert (await world.hub.connections.get(known.id)).settings["vat_codes"]["9"] == "laag"

    @pytest.mark.parametrize("problem", [None, "The login lacks a right."])
    async def test_what_was_never_read_cannot_be_checked_and_says_so(
        self, world: World, connection: Connection, problem: str | None
    ) -> None:
        if problem:
            await Reference(world.store).save_problem(connection.scope, "vat_codes", problem)
        said = await fieldledger("mappings", "set", connection.id, "vat_codes", "9=whatever")
        assert said.code == 0, said.err
        assert "could not be checked" in said.err

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (("colours", "1=2"), "There is no mapping 'colours'. Choose one of: vat_codes, "),
            (("journal", "1=2"), "There is no mapping 'journal'."),
            (("vat_codes", "21"), "'21' is not KEY=CODE."),
            (("vat_codes", "twenty=4"), "write 21 or 5.5"),
            (("vat_regimes", "moon=4"), "vat_regimes.moon"),
        ],
    )
    async def test_what_is_wrong_is_said(self, known: Connection, arguments: tuple[str, ...], words: str) -> None:
        said = await fieldledger("mappings", "set", known.id, *arguments)
        assert (said.code, words in said.err) == (2, True), said.err


def test_the_nearest_are_like_the_code_or_the_title() -> None:
    assert nearest("hoog", CODES)[0].code == "4"
    assert nearest("geen btw", CODES)[0].code == "0"
    assert len(nearest("4", CODES * 9)) == 5
