"""Links: which record of the package is which record of the platform."""

from collections.abc import Iterable, Mapping

from shared.store import Store
from shared.store.collections import LINKS


def link_id(scope: str, kind: str, vendor_id: str) -> str:
    """Vendor ids are unique within connection, administration and kind."""
    return f"{scope}|{kind}|{vendor_id}"


class Links:
    """Made by exports (the relation we created is not new when it comes back), read by imports."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def vendor_id(self, scope: str, kind: str, platform_id: str) -> str | None:
        """The package's id of a platform record."""
        where = {"scope": scope, "kind": kind, "platform_id": platform_id}
        found = await self._store.find(LINKS, where, limit=1)
        return str(found[0]["vendor_id"]) if found else None

    async def platform_ids(self, scope: str, kind: str, vendor_ids: Iterable[str]) -> Mapping[str, str]:
        """The platform's ids of those vendor ids that are linked."""
        ids = {link_id(scope, kind, vendor_id): vendor_id for vendor_id in vendor_ids}
        found = await self._store.get_many(LINKS, ids)
        return {ids[id]: row["platform_id"] for id, row in found.items()}

    async def add(self, scope: str, kind: str, platform_id: str, vendor_id: str) -> None:
        """Remember a link; a newer one for the same vendor record replaces it."""
        row = {
            "id": link_id(scope, kind, vendor_id),
            "scope": scope,
            "kind": kind,
            "platform_id": platform_id,
            "vendor_id": vendor_id,
        }
        await self._store.put_many(LINKS, [row])

    async def remove(self, scope: str, kind: str, vendor_ids: Iterable[str]) -> None:
        """The records are gone from the package, so a document must look for (or make) a new one."""
        await self._store.delete_many(LINKS, [link_id(scope, kind, vendor_id) for vendor_id in vendor_ids])
