"""What an office worker reads when a document is not in the books: said as one would say it, and what to do.

`sentences.md` is read by people: change it when a sentence changes, and read it as somebody who only has the log.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.connectors.contract import opened
from tests.factories import completed
from tests.services.test_exporter import VAT, a_line, an_order
from tests.world import World

GOLDEN = Path(__file__).with_name("sentences.md")
ORDERS = r"salesorder/SalesOrders"
DOWN = "<html><title>503</title><body>Exact Online is being maintained. Back at 22:00.</body></html>"


def business(world: World, status: int, words: str) -> None:
    body = f'{{"error":{{"code":"","message":{{"lang":"nl","value":"{words}"}}}}}}'
    world.sandbox.fail_next(status, body=body, match=ORDERS, method="POST")


def expired(world: World) -> None:
    world.scenario.revoke(world.sandbox)
    world.sandbox.clock.advance(timedelta(minutes=11))


def limited(world: World) -> None:
    until = world.hub.now().replace(microsecond=0) + timedelta(minutes=5)
    world.sandbox.script(world.scenario.limited(until).model_copy(update={"match": ORDERS}))


def lost(world: World) -> None:
    world.sandbox.fail_next(502, body="Bad gateway", match=ORDERS, method="POST", times=3)


def unknown_material(_: World) -> None:
    """The order itself is what is special."""


CASES: dict[str, Callable[[World], None]] = {
    "Refused by the package": lambda world: business(world, 400, "Verplicht: Klant"),
    "Missing mapping": unknown_material,
    "Expired access": expired,
    "Limit reached": limited,
    "Package down": lambda world: world.sandbox.fail_next(503, body=DOWN, match="logistics/Items", times=1),
    "Duplicate number": lambda world: business(world, 500, "Gegeven bestaat reeds."),
    "Closed period": lambda world: business(world, 400, "Periode 11 - 2026 is afgesloten."),
    "Package unsure": lost,
}


async def read(case: str, folder: Path) -> str:
    """The lines of the log that the case leaves behind, oldest first, the package's own words beneath each."""
    async with opened("exact_online", folder) as world:
        connection = await world.connected(vat_codes=VAT)
        CASES[case](world)
        code = "NIET-BEKEND" if case == "Missing mapping" else "ARB-VOORRIJ"
        await world.publish(completed(an_order("WO-2026-0001", materials=(a_line(code=code),))))
        await world.quiet("export", patience=3000 if case == "Package unsure" else 0)
        found = await world.hub.journal.read(connection.id, limit=100)
    return "\n".join(_shown(line["text"], line["vendor_says"]) for line in reversed(found))


def _shown(text: str, vendor_says: str | None) -> str:
    return f"- {text}" + (f"\n  > {vendor_says}" if vendor_says else "")


def expected(case: str) -> str:
    return GOLDEN.read_text().partition(f"## {case}\n\n")[2].partition("\n\n## ")[0].strip()


@pytest.mark.parametrize("case", CASES)
async def test_the_log_says_in_plain_words_what_happened_and_what_to_do(case: str, tmp_path: Path) -> None:
    said = await read(case, tmp_path)
    assert re.sub(r"\d\d:\d\d UTC", "HH:MM UTC", said) == expected(case)


def test_every_sentence_has_its_case() -> None:
    headings = [line.removeprefix("## ") for line in GOLDEN.read_text().splitlines() if line.startswith("## ")]
    assert headings == list(CASES)
