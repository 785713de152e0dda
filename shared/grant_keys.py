"""Seals every stored token again with the newest key, while services renew and use them."""

from dataclasses import dataclass

from shared.keys import KeyRing
from shared.store import Document, Is, Store
from shared.store.collections import GRANTS

PAGE = 100


@dataclass(frozen=True)
class Resealed:
    """How many grants were sealed again, and how many were already under the newest key."""

    resealed: int = 0
    current: int = 0


async def reseal_grants(store: Store, keys: KeyRing) -> Resealed:
    """Every grant ends up under the newest key; running it twice changes nothing.

    `Misconfigured` when a token was sealed with a key that is not there; what came before it stays sealed again.
    """
    resealed = seen = 0
    last = ""
    while page := await store.find(GRANTS, {"id": Is(">", last)}, sort=("id",), limit=PAGE):
        resealed += sum([await _reseal(store, keys, grant) for grant in page])
        seen += len(page)
        last = page[-1]["id"]
    return Resealed(resealed, seen - resealed)


async def _reseal(store: Store, keys: KeyRing, grant: Document | None) -> bool:
    """Compare-and-set: a pair that a service renewed meanwhile must not be replaced by the old one."""
    while grant and not keys.is_current(grant["sealed"]):
        fresh = {"sealed": keys.rotate(grant["sealed"])}
        if await store.update(GRANTS, grant["id"], where={"sealed": grant["sealed"]}, set=fresh):
            return True
        grant = await store.get(GRANTS, grant["id"])
    return False
