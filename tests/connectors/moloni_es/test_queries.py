"""Every operation the connector keeps fits the schema; what is called proven needs nothing that is not."""

import re

import pytest
from graphql import parse, validate

from shared.connectors.moloni_es import queries
from shared.connectors.moloni_es.sandbox.api import operation, schema

WHOLE, PROVEN = schema(proven_only=False), schema(proven_only=True)
INFERRED = {"countries", "invoice", "invoices", "me", "purchaseOrder", "purchaseOrders"}
"""Operations that ask for what no source proves; each has a way without."""


@pytest.mark.parametrize("name", queries.NAMES)
def test_every_operation_fits_the_schema_of_the_sandbox(name):
    assert validate(WHOLE, parse(queries.text(name))) == []


@pytest.mark.parametrize("name", queries.NAMES)
def test_only_operations_with_a_way_without_ask_for_what_is_not_proven(name):
    assert bool(validate(PROVEN, parse(queries.text(name)))) == (name in INFERRED)


@pytest.mark.parametrize("name", queries.NAMES)
def test_an_operation_has_the_name_of_its_file_and_is_recognised_by_it(name):
    assert re.match(rf"(query|mutation) {name}\b", queries.text(name))
    body = ('{"query": "' + queries.text(name) + '"}').encode()
    assert operation({}, body) == name


@pytest.mark.parametrize("name", queries.NAMES)
def test_every_list_asks_how_many_pages_there_are(name):
    lists = "options: $options" in queries.text(name)
    assert lists == ("pagination" in queries.text(name)) or name == "basics"


@pytest.mark.parametrize(
    "answer", [None, [], {}, {"data": None}, {"data": {}}, {"data": {"x": None}}, {"data": {"x": []}}, {"data": 7}]
)
def test_an_answer_without_a_result_is_not_understood(answer):
    with pytest.raises(ValueError, match="nobody understands"):
        queries.result(answer)


def test_a_deletion_answers_with_a_list_of_one():
    assert queries.result({"data": {"hookDelete": [{"status": 1}]}}) == {"status": 1}
