"""The platform's examples against real services on a real Kafka: work orders in, records out."""

from pathlib import Path

from docs.examples import consumer
from tests.kafka.installation import installation
from tests.test_platform_examples import ORDERS, run


async def test_the_examples_work_with_real_services_on_a_real_kafka(fresh_topics: str, tmp_path: Path) -> None:
    async with installation(fresh_topics, tmp_path) as here:
        (connection,) = await here.connect(1)
        await here.services.start("exporter", "importer")
        await run(fresh_topics, "producer.py", str(ORDERS), connection.tenant)
        await here.services.until(lambda: here.finished(2), "both work orders are final and told")
        assert here.documents() == {"WB-77": 1, "WB-78": 1}

        await here.tick([connection], "slot")
        await here.services.until(lambda: here.synced([connection]), "the connection is synced")
        found = (await consumer.read(fresh_topics, "relation")).records.values()
        names = {event["vendor_id"]: event["record"]["name"] for event in found}
        assert names == here.books("relation", connection)
        made = {event["record"]["code"]: event["platform_id"] for event in found if event["platform_id"]}
        assert made == {"70001": "70001"}
