"""The service of the webhook gateway: one for all connectors, as many processes as you like."""

import asyncio

from services.webhooks.gateway import Gateway
from services.webhooks.line import PATIENCE, Line
from shared.bus import Bus
from shared.errors import Misconfigured
from shared.hub import Hub
from shared.log import get
from shared.service import check_clock
from shared.serving import Impatient, serving

MOST_LINES = 2048
"""Connections that are held open; whoever comes on top of them is asked to come back."""

_log = get(__name__)


class Webhooks:
    """Serves the gateway until cancelled; callbacks under way get a few seconds to end."""

    name = "webhooks"

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._bus = Bus(hub.settings, client_id="fieldledger.webhooks", timeout=PATIENCE, forgets=True)

    async def run(self) -> None:
        """Until cancelled. `Misconfigured` without a port, or when it is taken."""
        settings = self._hub.settings
        if not settings.webhook_port:
            raise Misconfigured("FIELDLEDGER_WEBHOOK_PORT is not set: choose the port on which callbacks come in.")
        await check_clock(self._hub)  # signatures grow old
        app = Gateway(self._hub, Line(self._bus))
        options = {"http": Impatient, "ws": "none", "server_header": False, "limit_concurrency": MOST_LINES}
        try:
            async with serving(app, settings.webhook_host, settings.webhook_port, **options) as url:
                _log.info("running", service=self.name, url=url)
                await asyncio.Event().wait()
        finally:
            await self._bus.stop()

    async def health(self) -> bool:
        """Whether the store answers, and Kafka to whom callbacks go."""
        await self._hub.store.now()
        return await self._bus.ping(PATIENCE)


def webhooks(hub: Hub) -> Webhooks:
    """The service, ready to run."""
    return Webhooks(hub)
