"""Who changed what is written down, on every route that changes something; and whoever hurries is slowed down."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from services.console.changes.deeds import DEEDS
from shared.rate import BURST
from shared.store.collections import AUDIT, CONNECTIONS
from tests.console.connecting import approved, begun, query
from tests.console.desk import Desk
from tests.console.forms import untouched
from tests.console.security.conftest import Town
from tests.console.security.ground import HELD, LEFT, REFUSED, UNSURE, changing

Sent = Mapping[str, Any]


class Deeds:
    """Does what each route is for, once, and tells what was written down about it."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.desk = town.desk
        self.acme = town.acme

    async def sent(self, path: str) -> Sent:
        """What has to be sent to that route, after all that must have happened before."""
        area = path.removeprefix("/api/v1")
        prepare = getattr(self, "_" + area.strip("/").replace("/", "_").replace("{", "").replace("}", "").replace("-", "_"), None)
        return dict(await prepare()) if prepare else {}
