"""One member of a consumer group as a process: prints every key it takes in. Run by test_bus.py."""

import asyncio
import sys
from collections.abc import Sequence

from shared.bus import Intake, Record, broker, subscribe
from shared.settings import Settings


async def show(records: Sequence[Record]) -> None:
    for record in records:
        sys.stdout.write(f"{record.key}\n")
    sys.stdout.flush()


async def main(bootstrap: str, group: str, topic: str) -> None:
    service = broker(Settings(kafka=bootstrap), client_id="member")
    subscribe(service, [topic], group=group, handler=show, intake=Intake(session=2.0))
    async with service:
        await service.start()
        await asyncio.Event().wait()


asyncio.run(main(*sys.argv[1:]))
