"""Kafka in memory behaves as groups know it: at least once, in order within a partition only."""

from random import Random

from shared.envelope import Message
from tests.faults.simulation.kafka import MemoryKafka
from tests.faults.virtual_time import run

TOPIC = "workorders.completed"


def filled(messages=40, keys=7):
    kafka = MemoryKafka(Random(1))
    for n in range(messages):
        kafka.append(Message(TOPIC, f"key {n % keys}", {}, str(n).encode()))
    return kafka


async def drained(group, member):
    read = []
    while group.behind():
        batch = await member.poll()
        read += batch
        group.commit(member, batch)
    return read


def test_a_group_reads_everything_once_and_each_key_in_its_order():
    async def work():
        group = filled().group("g", [TOPIC])
        return await drained(group, group.join())

    read = run(work())
    assert sorted(int(record.value) for record in read) == list(range(40))
    for key in {record.key for record in read}:
        mine = [int(record.value) for record in read if record.key == key]
        assert mine == sorted(mine)


def test_keys_overtake_each_other():
    async def work():
        group = filled().group("g", [TOPIC])
        return [int(record.value) for record in await drained(group, group.join())]

    assert run(work()) != list(range(40))


def test_what_was_not_committed_is_met_again_by_whoever_gets_the_partition():
    async def work():
        group = filled().group("g", [TOPIC])
        dying = group.join()
        seen = await dying.poll()
        group.leave(dying)
        return seen, await drained(group, group.join())

    seen, again = run(work())
    assert set(seen) <= set(again)


def test_a_member_commits_nothing_for_partitions_it_lost():
    async def work():
        group = filled().group("g", [TOPIC])
        frozen = group.join()
        batch = await frozen.poll()
        group.leave(frozen)
        return group.commit(frozen, batch), group.behind()

    assert run(work()) == (False, 40)


def test_a_member_the_group_went_on_without_polls_nothing():
    async def work():
        group = filled().group("g", [TOPIC])
        frozen = group.join()
        group.leave(frozen)
        return await frozen.poll()

    assert run(work()) == []


def test_members_share_the_partitions_and_read_nothing_twice():
    async def work():
        group = filled().group("g", [TOPIC])
        members = [group.join() for _ in range(2)]
        return [place for member in members for place in member.positions]

    assert sorted(run(work())) == [(TOPIC, n) for n in range(3)]


def test_a_rewound_group_meets_everything_again():
    async def work():
        group = filled().group("g", [TOPIC])
        member = group.join()
        await drained(group, member)
        group.rewind()
        return group.behind()

    assert run(work()) == 40
