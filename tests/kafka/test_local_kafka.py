"""Kafka under a local Java leaves nothing behind, however its owner ends, and keeps what it acknowledged."""

import socket
import subprocess
import sys
import time

import pytest

from deploy.local.java import container_engine
from deploy.local.kafka import LocalKafka

pytestmark = pytest.mark.skipif(container_engine(), reason="Kafka runs in a container here, so Java may be missing")

OWNER = """
import time
from deploy.local.kafka import LocalKafka
with LocalKafka() as kafka:
    print(kafka.bootstrap, flush=True)
    time.sleep(60)
"""


def listens(address: str) -> bool:
    host, _, port = address.partition(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
        return False
    return True


def test_the_broker_ends_with_its_owner_even_when_that_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True) as owner:
        address = owner.stdout.readline().strip()
        assert listens(address)
        owner.kill()
    deadline = time.monotonic() + 10
    while listens(address) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not listens(address)


def test_leaving_the_block_stops_the_broker_and_deletes_its_data() -> None:
    with LocalKafka() as kafka:
        folder = kafka._data
        assert (folder / "log").is_dir()
    assert not listens(kafka.bootstrap)
    assert not folder.exists()
