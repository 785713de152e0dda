"""Each side of `make bench` does what it claims to measure, in small."""

from collections.abc import AsyncIterator

import pytest

from bench import callbacks, delivery, gateway, importing, intake
from bench.package import Package
from bench.wire import listen

LOAD = {"connections": 3, "per_connection": 2}


@pytest.fixture
async def url() -> AsyncIterator[str]:
    package = Package(accounts=130, page=60)
    await package.open()
    server, package.url = await listen(package.answer)
    yield package.url
    server.close()
    await server.wait_closed()


async def test_both_sides_import_every_relation(fresh_topics: str, url: str) -> None:
    measured = [await importing.bare(fresh_topics, url), await importing.ours(fresh_topics, url)]
    assert [one.count for one in measured] == [130, 130]
    assert measured[1].more["second"] > 0


async def test_both_sides_take_in_the_hundredth_that_is_ours(fresh_topics: str) -> None:
    await intake.fill(fresh_topics, 6000)
    for side in (intake.bare, intake.ours):
        measured = await side(fresh_topics, 6000)
        assert 0 < measured.count < 6000, "the first batch is not counted"


async def test_every_callback_is_followed_to_its_event(fresh_topics: str, url: str) -> None:
    load = {"connections": 3, "second": 6, "seconds": 1}
    measured = await callbacks.ours(fresh_topics, url, load, {"low": 0.0, "high": 0.001})
    assert measured.count >= 6
    assert 0 < measured.more["p50"] <= measured.more["p99"]


async def test_both_sides_take_callbacks_as_fast_as_they_can(fresh_topics: str) -> None:
    for side in (gateway.bare, gateway.ours):
        measured = await side(fresh_topics, 2.0)
        assert measured.count > 0


async def test_both_sides_deliver_each_document_once(fresh_topics: str, url: str) -> None:
    for side in (delivery.bare, delivery.ours):
        measured = await side(fresh_topics, url, 2, LOAD, {"low": 0.0, "high": 0.001})
        assert measured.count == 6


async def test_a_connection_that_hangs_is_not_waited_for(fresh_topics: str, url: str) -> None:
    load = {**LOAD, "hangs": True}
    measured = await delivery.ours(fresh_topics, url, 3, load, {"low": 0.0, "high": 0.001, "hanging": 60.0})
    assert (measured.count, measured.more["p95"] < 60.0) == (4, True)


async def test_a_connection_that_hangs_for_a_moment_is_not_counted_among_the_others(
    fresh_topics: str, url: str
) -> None:
    load = {"connections": 2, "per_connection": 4, "hangs": True}
    measured = await delivery.ours(fresh_topics, url, 3, load, {"low": 0.05, "high": 0.05, "hanging": 0.01})
    assert measured.count == 4
