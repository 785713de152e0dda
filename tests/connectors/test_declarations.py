"""What a connector says of itself holds together: its tables, its settings, its sandbox and the scenario."""

import re
from collections.abc import Iterator
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from shared import connectors
from shared.connector import Connector
from shared.exporting import MODELS
from shared.hints import hints_of
from shared.mapping import PdfSettings
from shared.sandbox.scenario import scenario
from tests.connectors.contract import CHOICES

each = pytest.mark.parametrize("connector", connectors.all_connectors(), ids=lambda connector: connector.name)


def offered(connector: Connector, setting: str) -> set[str]:
    """The values that a setting's form offers."""
    return set(_constants(connector.settings.model_json_schema()["properties"][setting]))


def _constants(schema: Any) -> Iterator[str]:
    match schema:
        case {"enum": values}:
            yield from values
        case {"const": value}:
            yield value
        case dict():
            for inner in schema.values():
                yield from _constants(inner)
        case list():
            for inner in schema:
                yield from _constants(inner)


@each
def test_users_choose_from_exactly_the_kinds_it_reads(connector: Connector) -> None:
    assert offered(connector, "import_kinds") == set(connector.kinds)


@each
@pytest.mark.parametrize("flow", CHOICES)
def test_users_choose_from_exactly_the_documents_it_writes(connector: Connector, flow: Any) -> None:
    made = {name for model, name in connector.exports if model is MODELS[flow]}
    assert offered(connector, CHOICES[flow]) == made
    with pytest.raises(ValidationError):
        connector.settings.model_validate({CHOICES[flow]: "no-such-document"})


@each
def test_every_setting_has_a_title_and_a_sentence_for_the_office_worker(connector: Connector) -> None:
    silent = {
        name
        for name, field in connector.settings.model_fields.items()
        if not field.title or not (field.description or "").endswith(".")
    }
    assert silent == set()


@each
def test_settings_choose_from_tables_that_are_read(connector: Connector) -> None:
    chosen = {hints_of(field).choices for field in connector.settings.model_fields.values()}
    assert chosen - {None}
    assert chosen - {None} <= {*connector.reference, *connector.kinds}


@each
def test_the_pdf_is_a_setting_exactly_where_something_attaches_it(connector: Connector) -> None:
    attached = any(one.needs_pdf for export in connector.exports.values() for one in export.follow_ups)
    assert ("attach_pdf" in connector.settings.model_fields) == attached


@each
def test_whatever_is_waited_for_is_a_setting(connector: Connector) -> None:
    folder = Path(connectors.__path__[0]) / connector.name
    named = {name for file in folder.rglob("*.py") for name in re.findall(r'Unmappable\(\s*"(\w+)"', file.read_text())}
    filters = {name for how in connector.imports.values() for name in how.settings}
    assert named | filters <= connector.settings.model_fields.keys()


@each
def test_what_it_calls_back_about_can_be_fetched_in_every_kind_it_becomes(connector: Connector) -> None:
    hooks = connector.webhooks
    named = {kind for kinds in hooks.topics.values() for kind in kinds} if hooks else set()
    assert named <= set(connector.kinds)
    together = {
        kind
        for kind in connector.kinds
        for one in named
        if connector.import_of(kind).read is connector.import_of(one).read
    }
    assert together == named  # what is read together is asked for together
    assert [kind for kind in named if connector.import_of(kind).fetch is None] == []


@each
def test_whatever_needs_a_larger_licence_names_one_that_there_is(connector: Connector) -> None:
    exports = connector.exports.values()
    parts = [*connector.imports.values(), *exports, *(one for how in exports for one in how.follow_ups)]
    needed = {part.tier for part in parts if part.tier is not None}
    assert needed <= set(connector.tiers[1:]), "the least has everything that names none"


@each
def test_each_of_its_sites_has_a_time_zone(connector: Connector) -> None:
    assert connector.timezones.keys() == connector.auth.sites.keys()
    assert all(ZoneInfo(zone) for zone in connector.timezones.values())


@each
def test_the_scenario_names_the_calls_of_everything_it_reads_and_writes(connector: Connector) -> None:
    known = scenario(connector.name)
    needs = {need.kind for export in connector.exports.values() for need in export.ensures}
    follows = {one.name for export in connector.exports.values() for one in export.follow_ups if not one.optional}
    assert set(known.reads) == set(connector.kinds) >= set(known.unpaged)
    assert set(known.writes) == needs | follows | {name for _, name in connector.exports}
    assert (known.attaches is not None) == issubclass(connector.settings, PdfSettings)
    calls_back = connector.webhooks is not None
    assert (known.asks_to_be_called is not None, known.fetches is not None) == (calls_back, calls_back)


@each
def test_its_sandbox_can_be_served_in_small_and_in_large(connector: Connector) -> None:
    known = scenario(connector.name)
    module = import_module(f"shared.connectors.{connector.name}.sandbox")
    common = {"seed", "clock", "base_url", "client_id", "client_secret", "redirect_uris"}
    wanted = common | {*known.options, *known.small, *known.paged, *known.least}
    assert wanted <= signature(module.create).parameters.keys()
