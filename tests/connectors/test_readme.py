"""The tables in each connector's README are true: what it can do, its settings, and where each quirk is known from."""

import re
from pathlib import Path

import pytest

from shared import connectors
from shared.connector import Connector

each = pytest.mark.parametrize("connector", connectors.all_connectors(), ids=lambda connector: connector.name)


def rows(connector: Connector, section: str) -> list[list[str]]:
    """The cells of the table below a heading, its own head left out."""
    readme = (Path(connectors.__path__[0]) / connector.name / "README.md").read_text()
    found = re.search(rf"^## {section}\n(.*?)(?=^## |\Z)", readme, re.MULTILINE | re.DOTALL)
    assert found is not None, f"the README of {connector.name} has no section {section!r}"
    lines = [line for line in found[1].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


@each
def test_the_readme_lists_exactly_what_the_connector_can_do_and_what_becomes_revenue(connector: Connector) -> None:
    imports = {(f"`{kind}`", "import") for kind in connector.kinds}
    exports = {
        (f"`{document.__name__} as {name}`", f"export, {'bills' if how.bills else 'records'}")
        for (document, name), how in connector.exports.items()
    }
    found = [(row[0], row[1]) for row in rows(connector, "What it can do")]
    assert set(found) == imports | exports
    assert len(found) == len(set(found))


@each
def test_the_readme_lists_every_setting_with_its_default_and_meaning(connector: Connector) -> None:
    found = rows(connector, "Settings")
    assert sorted(row[0] for row in found) == sorted(f"`{name}`" for name in connector.settings.model_fields)
    assert [row for row in found if len(row) != 3 or not all(row)] == []


@each
def test_every_quirk_says_what_we_do_about_it_and_where_it_is_known_from(connector: Connector) -> None:
    found = rows(connector, "Quirks")
    assert found
    assert [row for row in found if len(row) != 3 or not all(re.search(r"\w", cell) for cell in row)] == []
