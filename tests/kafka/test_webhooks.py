"""The gateway as a process on a real Kafka: what was answered with 200 is in the topic, whatever happens meanwhile."""

import asyncio
import hmac
import json
from hashlib import sha256
from itertools import count
from pathlib import Path
from uuid import UUID

import httpx

from deploy.local.java import free_port
from deploy.local.kafka import RealKafka
from services.webhooks.gateway import Gateway
from shared import topics
from shared.schemas.connections import Connection
from shared.serving import Impatient, serving
from shared.topic_admin import ensure_topics
from tests.fakes import RecordingBus
from tests.kafka.installation import CONNECTOR, WEBHOOK_SECRET, Installation, installation

SECRET = "demo-webhook-secret"  # of the pretend package
SENDERS = 16


def a_call(division: str, key: str) -> bytes:
    """As Exact signs it."""
    content = json.dumps({"Topic": "Accounts", "Division": int(division), "Action": "Update", "Key": key}).encode()
    code = hmac.new(WEBHOOK_SECRET.encode(), content, sha256).hexdigest().upper()
    return b'{"Content":' + content + b',"HashCode":"' + code.encode() + b'"}'


class Load:
    """Callbacks about ever new records, as fast as the gateway answers."""

    def __init__(self, url: str, connection: Connection) -> None:
        self._url = f"{url}/callbacks/{CONNECTOR}"
        self._division = connection.administration.code
        self._numbers = count(1)
        self._stopping = False
        self.accepted: set[str] = set()
        self.statuses: dict[int, int] = {}

    async def run(self) -> None:
        async with httpx.AsyncClient(timeout=30, headers={"content-type": "application/json"}) as http:
            await asyncio.gather(*(self._send(http) for _ in range(SENDERS)))

    async def _send(self, http: httpx.AsyncClient) -> None:
        while not self._stopping:
            key = str(UUID(int=next(self._numbers)))
            status = (await http.post(self._url, content=a_call(self._division, key))).status_code
            self.statuses[status] = self.statuses.get(status, 0) + 1
            if status == 200:
                self.accepted.add(key)

    def stop(self) -> None:
        self._stopping = True


def gateway_settings(**more: object) -> dict[str, object]:
    port = free_port()
    address = {"webhook_port": port, "public_url": f"http://127.0.0.1:{port}"}
    return {**address, "callback_rate": 1e9, **more}


async def opened(here: Installation, url: str) -> Connection:
    """A connection that is called back, though no importer has asked for it."""
    (connection,) = await here.connect(1)
    await here.hub.doors.open(connection, url)
    return connection


async def test_while_kafka_is_killed_and_comes_back_every_accepted_callback_is_in_the_topic(
    own_kafka: RealKafka, tmp_path: Path
) -> None:
    await ensure_topics(own_kafka.bootstrap, topics.all_topics([CONNECTOR]), 1)
    settings = gateway_settings()
    async with installation(own_kafka.bootstrap, tmp_path, **settings) as here:
        url = str(settings["public_url"])
        load = Load(url, await opened(here, url))
        await here.services.running("webhooks")
        running = asyncio.create_task(load.run())

        async def accepted(more_than: int) -> bool:
            return len(load.accepted) > more_than

        async def refused() -> bool:
            return load.statuses.get(503, 0) > SENDERS

        await here.services.until(lambda: accepted(200), "callbacks are accepted")
        own_kafka.kill()
        await here.services.until(refused, "callers are asked to come back")
        before = len(load.accepted)
        await asyncio.to_thread(own_kafka.restart)
        await here.services.until(lambda: accepted(before + 200), "callbacks are accepted again", patience=40)
        load.stop()
        await running
        written = {record.key.rpartition("|")[2] for record in await here.records(topics.callbacks(CONNECTOR))}
        assert load.accepted - written == set()
        assert set(load.statuses) == {200, 503}


async def test_a_change_in_the_package_reaches_the_topic_of_entities_through_all_services(
    fresh_topics: str, tmp_path: Path
) -> None:
    settings = gateway_settings()
    async with installation(fresh_topics, tmp_path, **settings) as here:
        service = await here.services.running("webhooks")
        (connection,) = await here.connect(1, exports_from=None)
        await here.services.running("importer")
        await here.tick([connection], "first")
        await here.services.until(lambda: here.synced([connection]), "the first sync is over")
        id = next(iter(here.books("relation", connection)))
        here.sandbox.change(int(connection.administration.code), "crm/Accounts", id, Name="Renamed meanwhile")

        async def arrived() -> bool:
            return (await here.present("relation", connection))[id] == "Renamed meanwhile"

        await here.services.until(arrived, "the change arrives without a tick")
        assert WEBHOOK_SECRET not in service.log
        assert "/callbacks/" not in service.log
        assert await service.stop() == 0


async def test_whoever_sends_no_whole_request_in_time_is_hung_up_on(fresh_topics: str, tmp_path: Path) -> None:
    class Hasty(Impatient):
        patience = 0.05

    async with installation(fresh_topics, tmp_path) as here:
        app = Gateway(here.hub, RecordingBus(), body_time=0.05)
        async with serving(app, "127.0.0.1", 0, http=Hasty, ws="none") as url:
            port = int(url.rpartition(":")[2])
            whole = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"
            for begins in (b"", b"POST /callbacks/exact_online HTTP/1.1\r\nhos", whole + b"POST /x HT"):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(begins)
                async with asyncio.timeout(10):
                    answer = await reader.read()
                assert answer.count(b"HTTP/1.1 404") == begins.count(whole)
                writer.close()


async def test_without_a_port_the_gateway_says_what_to_set(fresh_topics: str, tmp_path: Path) -> None:
    async with installation(fresh_topics, tmp_path) as here:
        service = await here.services.start("webhooks")
        service.expected_to_run = False

        async def ended() -> bool:
            return service.exit_code is not None

        await here.services.until(ended, "it ends")
        assert "FIELDLEDGER_WEBHOOK_PORT is not set" in service.log
