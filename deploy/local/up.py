"""`python -m deploy.local.up`: a whole installation on this machine, every service a process of its own.

A real Kafka, MongoDB (or what speaks its protocol), the pretend packages, the webhook gateway, the console, and of each
connector one importer and two exporters. Every start begins anew, because the pretend packages forget everything when
they end.
With `--once` the demo's story is told on it.
"""

import argparse
import asyncio
import fcntl
import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet

from deploy.local.java import free_port
from deploy.local.supervisor import Kept, Places, Program, Screen, Supervisor
from shared import connectors, log, topics
from shared.errors import FieldledgerError, Misconfigured, Unavailable
from shared.runtime import make_store
from shared.settings import Settings
from shared.stopping import until_stopped
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

READY_WITHIN = 300.0
"""Seconds until Kafka and the store must answer: the very first time, Maven fetches them."""

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
    """The scheduler, the webhook gateway, the console, and of each connector one importer and two exporters."""
    found = [Service("scheduler", "scheduler"), Service("webhooks", "webhooks"), Service("console", "console")]
    for name in names:
        found.append(Service(f"importer.{name}", "importer", name))
        found += [Service(f"exporter.{name}.{n + 1}", "exporter", name) for n in range(EXPORTERS)]
    return found


@dataclass(frozen=True)
class Installation:
    """What runs: servers and services with the port of each, and the settings by which all find each other."""

    folder: Path
    settings: Mapping[str, str]
    servers: Mapping[str, int]
    services: Mapping[Service, int]

    def server_programs(self) -> list[Program]:
        """Kafka and MongoDB. Killed, Kafka comes back with all that it acknowledged; the MongoDB stand-in may not."""
        return [Program(name, self._server(name, str(port)), _environment({})) for name, port in self.servers.items()]

    def _server(self, name: str, port: str) -> tuple[str, ...]:
        data = str(self.folder / name)
        return (sys.executable, "-m", f"deploy.local.{name}", "--port", port, "--data", data)

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


def plan(folder: Path, kafka: str | None, store: str | None) -> Installation:
    """An installation with free ports, a key and passwords of its own, and its own Kafka and MongoDB if none is given.

    SQLite, too, would carry these processes, as long as they are all on one machine.
    """
    servers = {name: free_port() for name, given in (("kafka", kafka), ("mongodb", store)) if given is None}
    settings = {
        "FIELDLEDGER_KAFKA": kafka or f"127.0.0.1:{servers['kafka']}",
        "FIELDLEDGER_STORE": store or f"mongodb://127.0.0.1:{servers['mongodb']}/fieldledger",
        "FIELDLEDGER_KEYS": Fernet.generate_key().decode(),
        "FIELDLEDGER_WEBHOOK_PORT": str(gateway := free_port()),
        "FIELDLEDGER_PUBLIC_URL": f"http://127.0.0.1:{gateway}",
        "FIELDLEDGER_CONSOLE_PORT": str(console := free_port()),
        "FIELDLEDGER_CONSOLE_URL": f"http://127.0.0.1:{console}",
        "FIELDLEDGER_PLATFORM_ISSUER": (platform := f"http://127.0.0.1:{free_port()}"),
        "FIELDLEDGER_PLATFORM_JWKS": f"{platform}/jwks",
        "FIELDLEDGER_PLATFORM_LOGIN": f"{platform}/login",
    }
    for name in connectors.names():
        prefix = f"FIELDLEDGER_CONNECTORS__{name.upper()}__"
        settings[f"{prefix}BASE_URL"] = f"http://127.0.0.1:{free_port()}"
        settings[f"{prefix}CLIENT_ID"] = "fieldledger-up"
        settings[f"{prefix}CLIENT_SECRET"] = Fernet.generate_key().decode()
        settings[f"{prefix}WEBHOOK_SECRET"] = Fernet.generate_key().decode()
    ports = {service: free_port() for service in services(connectors.names())}
    return Installation(folder, settings, servers, ports)


async def run(there: Installation, logs: Path, arguments: Sequence[str]) -> int:
    """Start everything in order, until the packages end; their exit code. What uses others ends before them."""
    screen = Screen(max(len(service.name) for service in there.services))
    places = Places(logs, there.folder)
    async with Supervisor(places, screen) as servers:
        kept = [servers.start(program) for program in there.server_programs()]
        await _prepare(there, kept)
        packages = servers.start(there.packages(arguments))
        async with Supervisor(places, screen) as supervisor:
            for program in there.service_programs():
                supervisor.start(program)
            return await packages.over()


async def _prepare(there: Installation, servers: Sequence[Kept]) -> None:
    """Make the topics and open the store, as soon as both answer. `Misconfigured` when one cannot be started."""
    deadline = asyncio.get_running_loop().time() + READY_WITHIN
    while True:
        try:
            return await _prepared(there)
        except Unavailable:
            for kept in servers:
                if kept.deaths:
                    raise Misconfigured(f"{kept.log.stem} could not be started; {kept.log} says why.") from None
            if asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(0.2)


async def _prepared(there: Installation) -> None:
    bootstrap, url = there.settings["FIELDLEDGER_KAFKA"], there.settings["FIELDLEDGER_STORE"]
    await ensure_topics(bootstrap, topics.all_topics(list(connectors.names())), replication=1)
    store = make_store(Settings(_env_file=None, store=url))
    try:
        await store.open()
    finally:
        await store.close()


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
        f"The console: {there.settings['FIELDLEDGER_CONSOLE_URL']}\n\n"
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


def main() -> None:
    """Run until Ctrl-C or SIGTERM, or until the story is told; its exit code is then ours."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local.up", description=__doc__)
    parser.add_argument("--once", action="store_true", help="tell the demo's story on it, then end (make up ONCE=1)")
    parser.add_argument("--work-orders", type=int, help="how many work orders the story completes")
    parser.add_argument("--kafka", help="bootstrap servers of an empty Kafka that runs already")
    parser.add_argument("--store", help="FIELDLEDGER_STORE of an empty store, instead of a MongoDB of its own")
    parser.add_argument("--folder", type=Path, default=Path(".fieldledger"), help="where state and logs are kept")
    chosen = parser.parse_args()
    arguments = ["--once"] if chosen.once else []
    arguments += ["--work-orders", str(chosen.work_orders)] if chosen.work_orders else []
    log.configure("CRITICAL", as_json=False)  # until Kafka answers, its client complains
    try:
        with _fresh(chosen.folder) as (state, logs):
            there = plan(state, chosen.kafka, chosen.store)
            _welcome(there, logs)
            sys.exit(asyncio.run(until_stopped(run(there, logs, arguments))))
    except FieldledgerError as error:
        sys.exit(str(error))
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(INTERRUPTED if chosen.once else 0)


if __name__ == "__main__":
    main()
