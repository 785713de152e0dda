"""A connection: one tenant, one connector, one administration, and what the user chose."""

from datetime import date
from typing import Any, Literal

from pydantic import Field

from shared.clock import Moment
from shared.schemas.base import Frozen


class Administration(Frozen):
    """One company's books inside a package. `code` is the package's own key for it.

    `era` changes when the package begins its row versions anew, so that every delta cursor of before is worthless.
    """

    code: str
    name: str
    currency: str = "EUR"
    country: str | None = None
    active: bool = True
    era: str = ""


class Connection(Frozen):
    """`settings` is the connector's own settings model as JSON; each connector validates it.

    `generation` rises with every disconnect: writes of an older generation fail. `exports_from` is the first day whose
    documents are exported; None means exports are on hold until the user gave the first OK. `exports_until` is the last
    day, where another connection of the tenant took over. `take_back`: it was ended, and what it published is still to
    be taken back, also when it is live again by now.
    `licensed`: the tenant may use it, as the licence manager said at `licence_told`; `tier` is which licence it has
    (None: nobody said).
    `told` is what the platform was last told of how it stands (`shared/telling.py`); None: nothing that is known of.
    `settings_version` rises with each save of settings, so that two at once lose none.
    `timezone` is where book dates are decided.
    """

    id: str
    tenant: str
    connector: str
    site: str | None = None
    grant: str
    administration: Administration
    generation: int = 1
    state: Literal["connected", "paused", "disconnected"] = "connected"
    exports_from: date | None = None
    exports_until: date | None = None
    timezone: str = "Europe/Amsterdam"
    settings: dict[str, Any] = Field(default_factory=dict)
    created: Moment
    live_key: str | None = None
    take_back: bool = False
    licensed: bool = True
    licence_told: Moment | None = None
    tier: str | None = None
    settings_version: int | None = None
    told: str | None = None

    @property
    def scope(self) -> str:
        """Connection and administration: vendor ids are unique only within this."""
        return f"{self.id}|{self.administration.code}"
