"""The table of abilities in each connector's README is true."""

import re
from pathlib import Path

import pytest

from shared import connectors


def _documented(name):
    readme = (Path(connectors.__path__[0]) / name / "README.md").read_text()
    return set(re.findall(r"^\| `([^`]+)` \| (import|export) \|", readme, re.MULTILINE))


@pytest.mark.parametrize("connector", connectors.all_connectors(), ids=lambda connector: connector.name)
def test_the_readme_lists_exactly_what_the_connector_can_do(connector):
    imports = {(kind, "import") for kind in connector.kinds}
    exports = {(f"{document.__name__} as {name}", "export") for document, name in connector.exports}
    assert _documented(connector.name) == imports | exports


@pytest.mark.parametrize("connector", connectors.all_connectors(), ids=lambda connector: connector.name)
def test_the_readme_lists_every_setting(connector):
    readme = (Path(connectors.__path__[0]) / connector.name / "README.md").read_text()
    assert set(re.findall(r"^\| `(\w+)` \| (?!import|export)", readme, re.MULTILINE)) == set(
        connector.settings.model_fields
    )
