"""Kafka in memory: partitions, consumer groups, offsets, rebalances. At least once, in order within a partition only.

What a group did not commit it meets again, whenever a member joins, leaves or is given up for dead. How large a batch
is, and which partitions it takes from, is drawn from the seed: that is how keys overtake each other.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from zlib import crc32

from shared.bus import Record
from shared.envelope import Message

PARTITIONS = 3
BATCH = 8
"""The most records of one batch."""

Place = tuple[str, int]
"""A topic and one of its partitions."""


class MemoryKafka:
    """Every topic, made when first named, with all that was ever published to it."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self._topics: defaultdict[str, list[list[Record]]] = defaultdict(lambda: [[] for _ in range(PARTITIONS)])
        self._groups: dict[str, Group] = {}

    def append(self, message: Message) -> None:
        """Keep one message at the end of its key's partition, and tell those who listen."""
        partition = crc32(message.key.encode()) % PARTITIONS
        kept = self._topics[message.topic][partition]
        headers = tuple((name, value.encode()) for name, value in message.headers.items())
        kept.append(Record(message.topic, partition, len(kept), message.key, headers, message.body))
        for group in self._groups.values():
            group.told(message.topic)

    def records(self, topic: str) -> Iterator[Record]:
        """Everything on a topic, partition by partition."""
        return (record for partition in self._topics[topic] for record in partition)

    def of(self, place: Place) -> list[Record]:
        """One partition."""
        return self._topics[place[0]][place[1]]

    def group(self, name: str, topics: Sequence[str]) -> Group:
        """The group of that name."""
        return self._groups.setdefault(name, Group(self, topics))

    def behind(self) -> int:
        """How many records groups have still to commit."""
        return sum(group.behind() for group in self._groups.values())


class Group:
    """Who reads a set of topics together, and how far they came."""

    def __init__(self, kafka: MemoryKafka, topics: Sequence[str]) -> None:
        self._kafka = kafka
        self._topics = topics
        self._committed: dict[Place, int] = {}
        self._members: list[Member] = []

    def join(self) -> Member:
        """One more member; partitions are shared out anew."""
        member = Member(self, self._kafka)
        self._members.append(member)
        self.rebalance()
        return member

    def leave(self, member: Member) -> None:
        """A member went, or was given up for dead: it has no partitions any more. Harmless when that is known."""
        if member in self._members:
            self._members.remove(member)
            member.positions = {}
            member.news.set()
            self.rebalance()

    def rejoin(self, member: Member) -> None:
        """Join again, with what was read and not committed still to come."""
        self.leave(member)
        self._members.append(member)
        self.rebalance()

    def rewind(self) -> None:
        """An operator sets the group back to the beginning: everything is met again."""
        self._committed.clear()
        self.rebalance()

    def commit(self, member: Member, batch: Sequence[Record]) -> bool:
        """Remember how far it came; False when none of these partitions is the member's any more."""
        mine = [record for record in batch if (record.topic, record.partition) in member.positions]
        for record in mine:
            place = record.topic, record.partition
            self._committed[place] = max(self._committed.get(place, 0), record.offset + 1)
        return bool(mine)

    def has(self, member: Member) -> bool:
        """Whether the group counts it among its members."""
        return member in self._members

    def told(self, topic: str) -> None:
        """There is news on a topic."""
        if topic in self._topics:
            for member in self._members:
                member.news.set()

    def behind(self) -> int:
        """Records not committed yet."""
        return sum(len(self._kafka.of(place)) - self._committed.get(place, 0) for place in self._places())

    def _places(self) -> list[Place]:
        return [(topic, partition) for topic in self._topics for partition in range(PARTITIONS)]

    def rebalance(self) -> None:
        """Share the partitions out anew; every member reads on from what was committed."""
        places = self._places()
        self._kafka.random.shuffle(places)
        for number, member in enumerate(self._members):
            mine = places[number :: len(self._members)]
            member.positions = {place: self._committed.get(place, 0) for place in mine}
            member.news.set()


@dataclass(eq=False)
class Member:
    """One consumer. `positions`: the partitions it has, and where it reads next."""

    group: Group
    kafka: MemoryKafka
    positions: dict[Place, int] = field(default_factory=dict)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def poll(self) -> list[Record]:
        """The next batch; waits until there is one. Empty: the group went on without this member."""
        while self.group.has(self):
            if batch := self._next():
                return batch
            self.news.clear()
            await self.news.wait()
        return []

    def _next(self) -> list[Record]:
        waiting = [place for place, position in self.positions.items() if position < len(self.kafka.of(place))]
        self.kafka.random.shuffle(waiting)
        batch: list[Record] = []
        for place in waiting[: self.kafka.random.randint(1, PARTITIONS)]:
            begin = self.positions[place]
            taken = self.kafka.of(place)[begin : begin + self.kafka.random.randint(1, BATCH)]
            self.positions[place] += len(taken)
            batch += taken
        return batch
