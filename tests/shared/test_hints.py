"""What the settings of the connectors say of themselves is enough for a form, and in plain words."""

import pytest

from shared import connectors
from shared.hints import GROUPS, hints, hints_of, spoken


@pytest.mark.parametrize("name", connectors.names())
def test_every_setting_has_a_title_a_description_and_a_part_of_the_form(name: str) -> None:
    for field, info in connectors.get(name).settings.model_fields.items():
        assert info.title, field
        assert info.description, field
        assert isinstance(info.json_schema_extra, dict), field
        assert hints_of(info).group in GROUPS


@pytest.mark.parametrize("name", connectors.names())
def test_what_codes_are_chosen_from_is_a_table_or_a_kind_of_the_connector(name: str) -> None:
    connector = connectors.get(name)
    known = {*connector.reference, *connector.kinds}
    named = {hints_of(info).choices for info in connector.settings.model_fields.values()}
    assert named - {None} <= known


@pytest.mark.parametrize("name", connectors.names())
def test_fixed_values_that_a_form_titles_or_asks_about_are_values_there_are(name: str) -> None:
    for field, info in connectors.get(name).settings.model_fields.items():
        said = hints_of(info)
        there_are = str(info.annotation)
        for value in {*said.titles, *said.final} - {"", "true"}:
            assert value in there_are, (field, value)


def test_a_hint_that_does_not_exist_is_refused_where_it_is_written() -> None:
    with pytest.raises(TypeError):
        hints("vat", colour="red")


@pytest.mark.parametrize("name", connectors.names())
def test_texts_of_the_form_are_sentences_without_names_of_the_program(name: str) -> None:
    for text in spoken(connectors.get(name).settings):
        assert "_" not in text, text
        assert "  " not in text, text
