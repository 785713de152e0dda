"""Keys can be replaced while everything runs: every token ends up under the newest, and none is lost."""

import asyncio
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import Any

import pytest

from shared.errors import Misconfigured
from shared.grant_keys import PAGE, Resealed, reseal_grants
from shared.keys import KeyRing
from shared.store import Document, Store
from shared.store.collections import GRANTS

OLD, NEW = (urlsafe_b64encode(letter * 32).decode() for letter in (b"o", b"n"))
BOTH = KeyRing([NEW, OLD])


async def grants_under(store: Store, key: str, *ids: str) -> None:
    ring = KeyRing([key])
    await store.put_many(GRANTS, [{"id": id, "sealed": ring.seal(f"tokens of {id}"), "version": 1} for id in ids])


async def opened(store: Store, ring: KeyRing) -> dict[str, str]:
    found = await store.find(GRANTS, {}, limit=10_000)
    return {grant["id"]: ring.open(grant["sealed"]) for grant in found}


async def test_every_token_is_sealed_with_the_newest_key_so_the_old_one_can_go(store: Store) -> None:
    many = [f"{n:03}" for n in range(2 * PAGE + 1)]
    await grants_under(store, OLD, *many)
    await grants_under(store, NEW, "new")
    assert await reseal_grants(store, BOTH) == Resealed(resealed=2 * PAGE + 1, current=1)
    assert await opened(store, KeyRing([NEW])) == {id: f"tokens of {id}" for id in [*many, "new"]}


async def test_doing_it_twice_or_from_two_places_at_once_changes_nothing_more(store: Store) -> None:
    await grants_under(store, OLD, *"abcd")
    done = await asyncio.gather(*(reseal_grants(store, BOTH) for _ in range(3)))
    assert sum(one.resealed for one in done) == 4
    before = await store.find(GRANTS, {})
    assert await reseal_grants(store, BOTH) == Resealed(resealed=0, current=4)
    assert await store.find(GRANTS, {}) == before


async def test_without_grants_there_is_nothing_to_do(store: Store) -> None:
    assert await reseal_grants(store, BOTH) == Resealed()


@dataclass
class RenewedMeanwhile:
    """A store in which a service renews the token between our look and our write."""

    store: Store
    sealed: str

    async def find(self, *args: Any, **how: Any) -> list[Document]:
        found = await self.store.find(*args, **how)
        await self.store.update(GRANTS, "a", where={"version": 1}, set={"sealed": self.sealed}, inc={"version": 1})
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


@pytest.mark.parametrize(("key", "resealed"), [(OLD, 1), (NEW, 0)])
async def test_a_token_renewed_meanwhile_is_kept(store: Store, key: str, resealed: int) -> None:
    await grants_under(store, OLD, "a")
    renewing = RenewedMeanwhile(store, KeyRing([key]).seal("renewed"))
    assert (await reseal_grants(renewing, BOTH)).resealed == resealed
    assert await opened(store, KeyRing([NEW])) == {"a": "renewed"}


async def test_a_token_no_key_opens_is_refused_and_left_alone(store: Store) -> None:
    await grants_under(store, OLD, "a")
    before = await store.get(GRANTS, "a")
    with pytest.raises(Misconfigured, match="put the key it was sealed with back"):
        await reseal_grants(store, KeyRing([NEW]))
    assert await store.get(GRANTS, "a") == before
