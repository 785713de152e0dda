"""Every connector turns its samples into exactly what is kept beside them."""

import pytest

from shared import connectors
from tests.connectors import samples


@pytest.mark.parametrize("sample", list(samples.samples()), ids=str)
def test_a_sample_becomes_what_is_kept_beside_it(sample):
    assert samples.actual(sample) == samples.expected(sample)


@pytest.mark.parametrize("connector", connectors.all_connectors(), ids=lambda connector: connector.name)
def test_every_connector_has_a_sample_of_everything_it_reads_and_writes(connector):
    found = list(samples.samples(connector.name))
    hubs = [samples.load(sample.hub) for sample in found]
    vendors = [samples.load(sample.vendor) for sample in found]
    assert {vendor["kind"] for vendor in vendors if "kind" in vendor} == set(connector.kinds)
    assert {(hub["type"], hub["as"]) for hub in hubs if "document" in hub} == {
        (document.__name__, name) for document, name in connector.exports
    }
