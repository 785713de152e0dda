"""The console as a process on a real Kafka: it serves its pages, and hears of licences that were told before it ran."""

from pathlib import Path

import httpx

from deploy.local.java import free_port
from shared import envelope, licences, topics
from shared.schemas.messages import LicenseChanged
from tests.kafka.installation import CONNECTOR, installation


async def test_the_console_serves_pages_and_knows_a_licence_told_while_it_was_away(
    fresh_topics: str, tmp_path: Path
) -> None:
    port = free_port()
    async with installation(fresh_topics, tmp_path, console_port=port) as here:
        said = LicenseChanged(connector=CONNECTOR, active=True, tier="basic", changed_at=here.hub.now())
        kind = envelope.LICENSE_CHANGED
        told = envelope.message(topics.LICENSES_CHANGED, "acme", said, type=kind, source="platform", tenant="acme")
        await here.hub.bus.publish([told])
        service = await here.services.start("console")

        async def heard() -> bool:
            return CONNECTOR in await licences.told(here.hub, "acme", [CONNECTOR])

        await here.services.until(heard, "the licence is known", patience=60)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
            assert (await http.get("/session?stay=1")).status_code == 200
            assert (await http.get("/api/v1/integrations")).status_code == 401
        assert await service.stop() == 0
