"""`python -m deploy.local.up`: a whole installation on this machine, every service a process of its own.

A real Kafka, the store, the pretend packages, and of each connector one importer and two exporters. Every start begins
anew, because the pretend packages forget everything when they end. With `--once` the demo's story is told on it.
"""

import argparse
import asyncio
import fcntl
import os
import shutil
import signal
import sys
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet

from deploy.local.kafka import free_port
from deploy.local.supervisor import Kept, Places, Program, Screen, Supervisor
from shared import connectors, log, topics
from shared.bus import BusUnavailable
from shared.errors import FieldledgerError, Misconfigured
from shared.topic_admin import ensure_topics

EXPORTERS = 2
"""Of each connector, so that documents go on when one dies."""

TUNING = {
    "FIELDLEDGER_POLL": "0.2",
    "FIELDLEDGER_SWEEP": "5",
    "FIELDLEDGER_LEASE": "9",
    "FIELDLEDGER_REQUEST_TIMEOUT": "5",
    "FIELDLEDGER_SETTLE_AFTER": "2",
    "FIELDLEDGER_RETRY_FIRST": "1",
    "FIELDLEDGER_LOG_JSON": "false",
}
"""Short times, so that what goes wrong is mended while you watch. What the environment says wins."""

KAFKA_WITHIN = 300.0
"""Seconds until Kafka must answer: the very first time, Maven fetches it."""

INTERRUPTED = 130
"""What a shell says of a command that Ctrl-C ended."""

_FIELDLEDGER = (sys.executable, "-c", "from services.cli import main; main()")


@dataclass(frozen=True)
class Service:
    """One process of `fieldledger run`. Without a connector it serves all of them."""

    name: str
    part: str
    connector: str | None = None

    @property
    def command(self) -> tuple[str, ...]:
        """How it is started."""
        return (*_FIELDLEDGER, "run", self.part, *(("--connector", self.connector) if self.connector else ()))


def services(names: Sequence[str]) -> list[Service]:
    """The scheduler, and of each connector one importer and two exporters."""
    found = [Service("scheduler", "scheduler")]
    for name in names:
        found.append(Service(f"importer.{name}", "importer", name))
        found += [Service(f"exporter.{name}.{n + 1}", "exporter", name) for n in range(EXPORTERS)]
    return found


def store_url(folder: Path) -> str:
    """Where this installation keeps its state."""
    return f"sqlite:///{(folder / 'store.db').absolute()}"


@dataclass(frozen=True)
class Installation:
    """What runs: the processes, and the settings by which they, and you in another terminal, find each other."""

    folder: Path
    kafka: str
    own_kafka: bool
    settings: Mapping[str, str]
    services: Mapping[Service, int]

    def kafka_program(self) -> Program:
        """Kafka as a process: when it dies, it comes back with what it had stored."""
        port, data = self.kafka.rpartition(":")[2], str(self.folder / "kafka")
        command = (sys.executable, "-m", "deploy.local.kafka", "--port", port, "--data", data)
        return Program("kafka", command, _environment({}))

    def service_programs(self) -> list[Program]:
        """Each service, with its own port for /health and /metrics."""
        return [
            Program(one.name, one.command, _environment({**self.settings, "FIELDLEDGER_HEALTH_PORT": str(port)}))
            for one, port in self.services.items()
        ]

    def packages(self, arguments: Sequence[str]) -> Program:
        """The pretend packages, which tell the story too if they are asked to."""
        command = (sys.executable, "-m", "demo.packages", *arguments)
        return Program("packages", command, _environment(self.settings), once=True)


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    # The children's whole environment, ours included: they need its PATH, and are tuned by it.
    return {**TUNING, **os.environ, **settings}


def plan(folder: Path, kafka: str | None) -> Installation:
    """An installation with free ports, a key and passwords of its own."""
    address = kafka or f"127.0.0.1:{free_port()}"
    settings = {
        "FIELDLEDGER_KAFKA": address,
        "FIELDLEDGER_STORE": store_url(folder),
        "FIELDLEDGER_KEYS": Fernet.generate_key().decode(),
    }
    for name in connectors.names():
        prefix = f"FIELDLEDGER_CONNECTORS__{name.upper()}__"
        settings[f"{prefix}BASE_URL"] = f"http://127.0.0.1:{free_port()}"
        settings[f"{prefix}CLIENT_ID"] = "fieldledger-up"
        settings[f"{prefix}CLIENT_SECRET"] = Fernet.generate_key().decode()
    ports = {service: free_port() for service in services(connectors.names())}
    return Installation(folder, address, kafka is None, settings, ports)


async def run(there: Installation, logs: Path, arguments: Sequence[str]) -> int:
    """Start everything in order, until the packages end; their exit code. What uses others ends before them."""
    screen = Screen(max(len(service.name) for service in there.services))
    places = Places(logs, there.folder)
    async with Supervisor(places, screen) as servers:
        kafka = servers.start(there.kafka_program()) if there.own_kafka else None
        await _make_topics(there.kafka, kafka, logs)
        packages = servers.start(there.packages(arguments))
        async with Supervisor(places, screen) as supervisor:
            for program in there.service_programs():
                supervisor.start(program)
            return await packages.over()


async def _make_topics(bootstrap: str, kafka: Kept | None, logs: Path) -> None:
    deadline = asyncio.get_running_loop().time() + KAFKA_WITHIN
    while True:
        try:
            await ensure_topics(bootstrap, topics.all_topics(list(connectors.names())), replication=1)
        except BusUnavailable:
            if kafka is not None and kafka.deaths:
                raise Misconfigured(f"Kafka could not be started: {logs / 'kafka.log'} says why.") from None
            if asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(0.2)
        else:
            return


def write_settings(there: Installation) -> Path:
    """The file by which another terminal talks to this installation."""
    path = there.folder / "up.env"
    path.touch(mode=0o600)
    path.write_text("".join(f"{name}={value}\n" for name, value in there.settings.items()))
    return path


def _welcome(there: Installation, logs: Path) -> None:
    pages = "\n".join(
        f"  {service.name:24} http://127.0.0.1:{port}/metrics" for service, port in there.services.items()
    )
    sys.stderr.write(
        f"Every service runs by itself; its log is in {logs}, its process id in {there.folder}.\n{pages}\n"
        f"In another terminal:\n\n  set -a; . {write_settings(there)}; set +a\n"
        "  .venv/bin/fieldledger connections list\n\n"
        "Kill what you like: it is started again. Ctrl-C ends everything.\n\n"
    )


@contextmanager
def _fresh(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Empty folders for state and logs, ours alone while the block runs. `Misconfigured`: somebody has them."""
    state, logs = folder / "up", folder / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Misconfigured(f"`make up` runs already in {folder}: end that one first.") from None
        for place in (state, logs):
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
        yield state, logs


async def _until_told(work: Coroutine[None, None, int]) -> int:
    """Ctrl-C and SIGTERM end everything in order."""
    running = asyncio.ensure_future(work)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, running.cancel)
    return await running


def main() -> None:
    """Run until Ctrl-C or SIGTERM, or until the story is told; its exit code is then ours."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local.up", description=__doc__)
    parser.add_argument("--once", action="store_true", help="tell the demo's story on it, then end (make up ONCE=1)")
    parser.add_argument("--work-orders", type=int, help="how many work orders the story completes")
    parser.add_argument("--kafka", help="bootstrap servers of an empty Kafka that runs already")
    parser.add_argument("--folder", type=Path, default=Path(".fieldledger"), help="where state and logs are kept")
    chosen = parser.parse_args()
    arguments = ["--once"] if chosen.once else []
    arguments += ["--work-orders", str(chosen.work_orders)] if chosen.work_orders else []
    log.configure("CRITICAL", as_json=False)  # until Kafka answers, its client complains
    try:
        with _fresh(chosen.folder) as (state, logs):
            there = plan(state, chosen.kafka)
            _welcome(there, logs)
            sys.exit(asyncio.run(_until_told(run(there, logs, arguments))))
    except FieldledgerError as error:
        sys.exit(str(error))
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(INTERRUPTED if chosen.once else 0)


if __name__ == "__main__":
    main()
