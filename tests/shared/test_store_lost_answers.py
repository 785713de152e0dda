"""What the MongoDB store does when an answer is lost: it reads again, and says it does not know where it cannot."""

import asyncio
from urllib.parse import urlsplit

import pytest

from shared.errors import StoreUnavailable
from shared.store.collections import LANES, LEDGER
from shared.store.mongo import MongoStore
from tests.conftest import with_option
from tests.lossy import LossyLine


@pytest.fixture
def store(mongo):
    return mongo


@pytest.fixture
async def line(address, store):
    """A line that can be cut, to a store whose driver does not repeat by itself."""
    server = urlsplit(address)
    async with LossyLine(server.hostname, server.port) as line:
        yield line


@pytest.fixture
async def far(address, line):
    """The store at the other end of that line."""
    server = urlsplit(address)
    far = MongoStore(with_option(address.replace(server.netloc, f"127.0.0.1:{line.port}"), "retryWrites=false"))
    await far.open()
    yield far
    await far.close()


async def lost_while(line, call, meanwhile):
    """The outcome of a call whose answer is lost, while something else happens before the caller knows."""
    line.hold.clear()
    task = asyncio.create_task(call)
    await line.before_losing.wait()
    await meanwhile
    line.hold.set()
    (outcome,) = await asyncio.gather(task, return_exceptions=True)
    return outcome


async def test_a_compare_and_set_whose_answer_is_lost_is_read_again_and_counts_as_done(line, far):
    await far.insert(LANES, {"id": "a", "fence": 0})
    line.lose_answer = b"findAndModify"
    won = await far.update(LANES, "a", where={"fence": 0}, set={"by": "us"}, inc={"fence": 1})
    assert line.lose_answer == b""
    assert won == {"id": "a", "fence": 1, "by": "us"} == await far.get(LANES, "a")


async def test_a_change_that_needs_two_steps_is_read_again_too(line, far):
    await far.insert(LANES, {"id": "a", "fence": 2**80})
    line.lose_answer = b"1208925819614629174706177"  # which only the second step writes
    assert await far.update(LANES, "a", inc={"fence": 1}) == {"id": "a", "fence": 2**80 + 1}
    assert line.lose_answer == b""


async def test_a_compare_and_set_that_never_arrived_is_unavailable_and_not_made(line, far):
    await far.insert(LANES, {"id": "a", "fence": 0})
    line.lose_request = b"findAndModify"
    with pytest.raises(StoreUnavailable):
        await far.update(LANES, "a", where={"fence": 0}, inc={"fence": 1})
    assert await far.get(LANES, "a") == {"id": "a", "fence": 0}


async def test_a_lost_answer_is_no_answer_when_somebody_wrote_after_us(line, far, store):
    await store.insert(LANES, {"id": "a", "fence": 0})
    line.lose_answer = b"findAndModify"
    ours = far.update(LANES, "a", where={"fence": 0}, set={"by": "us"}, inc={"fence": 1})
    outcome = await lost_while(line, ours, store.update(LANES, "a", set={"seen": True}))
    assert isinstance(outcome, StoreUnavailable)
    assert await store.get(LANES, "a") == {"id": "a", "fence": 1, "by": "us", "seen": True}


async def test_inserts_whose_answer_is_lost_are_read_again_and_name_those_that_were_ours(line, far, store):
    await store.insert(LEDGER, {"id": "b", "by": "them"})
    line.lose_answer = b"insert"
    assert await far.insert_many(LEDGER, [{"id": id, "by": "us"} for id in "abc"]) == {"a", "c"}
    line.lose_answer = b"insert"
    assert await far.insert(LEDGER, {"id": "d"}) is True
    line.lose_answer = b"insert"
    assert await far.insert(LEDGER, {"id": "d"}) is False


async def test_inserts_that_never_arrived_are_unavailable(line, far):
    line.lose_request = b"insert"
    with pytest.raises(StoreUnavailable):
        await far.insert(LEDGER, {"id": "a"})
    assert await far.get(LEDGER, "a") is None
