"""The local MongoDB-compatible server leaves nothing behind, and keeps what it is told to keep."""

import subprocess
import sys
import time

import pytest

from deploy.local.java import container_engine, free_port
from deploy.local.mongodb import LocalMongo
from shared.store.collections import LEDGER
from shared.store.mongo import MongoStore

pytestmark = pytest.mark.skipif(container_engine(), reason="MongoDB runs in a container here, so Java may be missing")


async def test_in_the_foreground_it_says_how_to_use_it_and_keeps_its_data_over_a_restart(tmp_path) -> None:
    port, data = free_port(), tmp_path / "data"
    for expected in (True, False):
        with subprocess.Popen(  # noqa: ASYNC220  # nothing else is to run meanwhile
            [sys.executable, "-m", "deploy.local.mongodb", "--port", str(port), "--data", data],
            stdout=subprocess.PIPE,
            text=True,
        ) as server:
            lines = [server.stdout.readline() for _ in range(2)]
            assert lines[1].strip() == f"FIELDLEDGER_STORE=mongodb://127.0.0.1:{port}/fieldledger"
            store = MongoStore(lines[1].strip().partition("=")[2])
            await store.open()
            assert await store.insert(LEDGER, {"id": "a"}) is expected
            await store.close()
            server.terminate()
        assert server.returncode == 0


def test_it_ends_with_its_owner_even_when_that_is_killed() -> None:
    owner = "import time\nfrom deploy.local.mongodb import LocalMongo\nwith LocalMongo() as mongo:\n"
    owner += "    print(mongo._process._process.pid, flush=True)\n    time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", owner], stdout=subprocess.PIPE, text=True) as process:
        server = int(process.stdout.readline())
        assert running(server)
        process.kill()
    deadline = time.monotonic() + 10
    while running(server) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not running(server)


def running(process: int) -> bool:
    done = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False)
    return done.stdout.strip() not in ("", "Z", "Zs", "Zl", "Zsl")


def test_leaving_the_block_stops_it() -> None:
    with LocalMongo() as mongo:
        process = mongo._process._process.pid
        assert running(process)
    assert not running(process)
