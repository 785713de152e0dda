"""Where connections are called back: the address of each, which no one can guess, and the hooks that were asked for.

A door belongs to one generation of its connection: whoever connects again gets another address.
"""

import secrets
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256

from shared.clock import EPOCH, Moment
from shared.connector import Connector
from shared.errors import LostLease
from shared.keys import KeyRing
from shared.records import Record
from shared.schemas.base import Frozen
from shared.schemas.connections import Connection
from shared.store import Is, Store
from shared.store.collections import DOORS
from shared.webhooks import Hook

PATH = "/callbacks"


class Known(Frozen):
    """A hook that was asked for. `sealed` is the secret it is signed with, where there is one."""

    id: str
    topic: str
    sealed: str | None = None


class Door(Record):
    """The address of one connection. `id` is the connection's.

    `base` is the gateway's own address at that time, `sealed` the secret in ours, `digest` its hash, to compare with.
    `hooks` are those found or made at the last look; the next one is at `look`, for whatever `topics` is wanted then.
    `pending`: a write is not settled yet or is tried again, so that look is not to be missed. `tries` counts failures.
    """

    connector: str
    tenant: str
    administration: str
    generation: int
    base: str
    sealed: str
    digest: str
    hooks: tuple[Known, ...] = ()
    topics: tuple[str, ...] = ()
    look: Moment = EPOCH
    pending: bool = False
    tries: int = 0
    version: int = 0


def digest_of(secret: str) -> str:
    """What a secret is looked up and compared by."""
    return sha256(secret.encode(errors="replace")).hexdigest()


class Doors:
    """Reads and changes doors; one turn of a lane at a time does so."""

    def __init__(self, store: Store, keys: KeyRing) -> None:
        self._store = store
        self._keys = keys

    async def get(self, connection: str) -> Door | None:
        """The door of a connection."""
        found = await self._store.get(DOORS, connection)
        return Door.of(found) if found else None

    async def of_administration(self, connector: str, administration: str) -> Sequence[Door]:
        """The doors of all connections to these books."""
        where = {"connector": connector, "administration": administration}
        return [Door.of(row) for row in await self._store.find(DOORS, where, limit=1000)]

    async def open(self, connection: Connection, base: str) -> Door:
        """The connection's door; a new one, with an address of its own, when there is none."""
        secret = secrets.token_urlsafe(32)
        made = Door(
            id=connection.id,
            connector=connection.connector,
            tenant=connection.tenant,
            administration=connection.administration.code,
            generation=connection.generation,
            base=base,
            sealed=self._keys.seal(secret),
            digest=digest_of(secret),
        )
        await self._store.insert(DOORS, made.stored())
        return await self.get(connection.id) or made

    async def save(self, door: Door, newer: Door) -> Door:
        """Store what changed; `LostLease` when somebody else did meanwhile."""
        newer = newer.model_copy(update={"version": door.version + 1})
        same = {"version": door.version, "digest": door.digest}
        if await self._store.update(DOORS, door.id, where=same, set=door.changes(newer)) is None:
            raise LostLease(f"the webhooks of connection {door.id} were changed by somebody else")
        return newer

    async def close(self, door: Door) -> None:
        """Nobody is called back here any more."""
        await self._store.delete_many(DOORS, [door.id])

    def address(self, door: Door, connector: Connector) -> str:
        """Where the package calls. The address of an app holds no secret: there the package signs."""
        hooks = connector.webhooks
        assert hooks is not None, f"{connector.title} does not call back"
        if hooks.administration is not None:
            return f"{door.base}{PATH}/{door.connector}"
        return f"{door.base}{PATH}/{door.connector}/{door.id}/{self._keys.open(door.sealed)}"

    def known(self, hook: Hook) -> Known:
        """A hook as it is kept."""
        return Known(id=hook.id, topic=hook.topic, sealed=self._keys.seal(hook.secret) if hook.secret else None)

    async def reseal(self) -> int:
        """Seal every secret again with the newest key, so that an older one can be dropped; how many doors changed."""
        resealed, last = 0, ""
        while page := await self._store.find(DOORS, {"id": Is(">", last)}, sort=("id",), limit=100):
            resealed += sum([await self._reseal(row["id"]) for row in page])
            last = page[-1]["id"]
        return resealed

    async def _reseal(self, id: str) -> bool:
        door = await self.get(id)
        while door is not None and not all(map(self._keys.is_current, _sealed(door))):
            hooks = tuple(hook.model_copy(update={"sealed": self._rotated(hook.sealed)}) for hook in door.hooks)
            newer = door.model_copy(update={"sealed": self._keys.rotate(door.sealed), "hooks": hooks})
            with suppress(LostLease):  # a turn looked after its hooks at this moment
                await self.save(door, newer)
                return True
            door = await self.get(id)
        return False

    def _rotated(self, sealed: str | None) -> str | None:
        return self._keys.rotate(sealed) if sealed else None

    def secrets(self, door: Door) -> Sequence[str]:
        """What the door's callbacks may be signed with."""
        return [self._keys.open(hook.sealed) for hook in door.hooks if hook.sealed]


def _sealed(door: Door) -> list[str]:
    return [door.sealed, *(hook.sealed for hook in door.hooks if hook.sealed)]
