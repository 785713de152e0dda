"""A real, one-node Apache Kafka of one's own: for tests, the demo and development.

In a container where a container engine answers, else under a local Java, from the jars that Maven fetches (pom.xml).
Started in the foreground by `python -m deploy.local.kafka`.
"""

import shutil
import signal
import socket
import struct
import tempfile
from pathlib import Path
from typing import Any, Protocol, Self

from deploy.local.java import (
    HERE,
    SMALL,
    JavaProcess,
    container_engine,
    fetch_jars,
    free_port,
    in_foreground,
    require,
    run,
    wait_until_ready,
)

JARS = HERE / "target" / "kafka"
IMAGE = "apache/kafka:4.1.1"
CLUSTER_ID = "MkU3OEVBNTcwNTJENDM2Qg"
JAVA = (*SMALL, f"-Dlog4j2.configurationFile={HERE / 'log4j2.properties'}", "-cp", f"{JARS}/*")

_API_VERSIONS = struct.pack(">ihhih", 10, 18, 0, 0, -1)
"""The request a Kafka answers to anybody: size, key, version, correlation id, no client id."""


class RealKafka(Protocol):
    """A running broker. `bootstrap` stays the same over `kill` and `restart`, and so does what it stores."""

    bootstrap: str

    def __enter__(self) -> Self:
        """Start it and wait until it answers."""

    def __exit__(self, *why: object) -> None:
        """Stop it and delete what it stored."""

    def kill(self) -> None:
        """Stop it as a power cut would (SIGKILL)."""

    def restart(self) -> None:
        """Start it again after `kill`, with what it had stored."""

    def freeze(self) -> None:
        """Let it answer nobody, with every connection open (SIGSTOP)."""

    def thaw(self) -> None:
        """Let it go on after `freeze`."""


def real_kafka(port: int | None = None) -> RealKafka:
    """The broker this machine can run: in a container, else under Java. `port` None takes a free one.

    `Misconfigured` says what to install when neither is possible. Nothing is started before `with`.
    """
    return ContainerKafka(port) if container_engine() else LocalKafka(port)


class LocalKafka:
    """Apache Kafka under a local Java; data lives in a temporary directory or in `data`, which is kept."""

    def __init__(self, port: int | None = None, data: Path | None = None) -> None:
        """`port` None takes a free one. `Misconfigured` when Java or Maven is missing."""
        require("Kafka", "java")
        self._port = port or free_port()
        self._kept = data
        self._data = data or Path(tempfile.mkdtemp(prefix="fieldledger-kafka-"))
        self._process = JavaProcess()
        self.bootstrap = f"127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        try:
            fetch_jars("Kafka", HERE / "pom.xml", JARS)
            self._format()
            self.restart()
        except BaseException:  # also a Ctrl-C while it starts: nothing is left running, and the error goes on
            self._clear()
            raise
        return self

    def __exit__(self, *why: object) -> None:
        self._clear()

    def _clear(self) -> None:
        self._process.stop()
        if self._kept is None:
            shutil.rmtree(self._data, ignore_errors=True)

    def restart(self) -> None:
        """Start it on the data it has."""
        self._process.start([*JAVA, "kafka.Kafka", str(self._config)], self._data / "kafka.log")
        wait_until_ready("Kafka", self._port, _answers, self._process.alive)

    def kill(self) -> None:
        """End it at once (SIGKILL)."""
        self._process.kill()

    def freeze(self) -> None:
        """Stop it where it is (SIGSTOP)."""
        self._process.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on (SIGCONT)."""
        self._process.signal(signal.SIGCONT)

    def wait(self) -> None:
        """Block until the broker ends by itself."""
        self._process.wait()

    @property
    def _config(self) -> Path:
        return self._data / "server.properties"

    def _format(self) -> None:
        self._data.mkdir(parents=True, exist_ok=True)
        lines = properties(f"127.0.0.1:{self._port}", self._port, free_port(), str(self._data / "log"))
        self._config.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
        storage = [*JAVA, "kafka.tools.StorageTool", "format", "--ignore-formatted"]
        run([*storage, "-t", CLUSTER_ID, "-c", str(self._config)], "Kafka's storage could not be formatted")


class ContainerKafka:
    """The same Kafka in a container, through testcontainers."""

    def __init__(self, port: int | None = None) -> None:
        """`port` None takes a free one, fixed for the life of the container so that a restart keeps it."""
        self._port = port or free_port()
        self._container: Any = None
        self.bootstrap = f"127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        from testcontainers.core.container import DockerContainer  # noqa: PLC0415  # only developers have it

        container = DockerContainer(IMAGE).with_bind_ports(self._port, self._port)
        for name, value in properties(self.bootstrap, self._port, 29093, "/tmp/kafka-data", "0.0.0.0").items():  # noqa: S104, S108  # inside the container
            container.with_env(f"KAFKA_{name.upper().replace('.', '_')}", value)
        self._container = container.start()
        wait_until_ready("Kafka", self._port, _answers, lambda: True)
        return self

    def __exit__(self, *why: object) -> None:
        self._container.stop()

    def kill(self) -> None:
        """End it at once (SIGKILL)."""
        self._container.get_wrapped_container().kill()

    def restart(self) -> None:
        """Start the same container again."""
        self._container.get_wrapped_container().start()
        wait_until_ready("Kafka", self._port, _answers, lambda: True)

    def freeze(self) -> None:
        """Stop it where it is."""
        self._container.get_wrapped_container().pause()

    def thaw(self) -> None:
        """Let it go on."""
        self._container.get_wrapped_container().unpause()


def properties(advertised: str, port: int, controller: int, data: str, host: str = "127.0.0.1") -> dict[str, str]:
    """The broker's settings: one node that is broker and controller, topics only by our own creation."""
    return {
        "node.id": "1",
        "process.roles": "broker,controller",
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"PLAINTEXT://{host}:{port},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": f"PLAINTEXT://{advertised}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": data,
        "auto.create.topics.enable": "false",
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "broker.heartbeat.interval.ms": "500",  # after a kill the controller waits for this session to end
        "broker.session.timeout.ms": "3000",
        "group.initial.rebalance.delay.ms": "0",
        "group.min.session.timeout.ms": "1000",
        "log.cleaner.dedupe.buffer.size": "8388608",
    }


def _answers(port: int) -> bool:
    # An open port is not enough: a container engine opens it long before Kafka does.
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as line:
            line.sendall(_API_VERSIONS)
            return bool(line.recv(4))
    except OSError:
        return False


def main() -> None:
    """Run Kafka in the foreground."""
    in_foreground(
        "kafka",
        9092,
        LocalKafka,
        lambda kafka, data: f"Kafka answers at {kafka.bootstrap} and keeps its data in {data}. Ctrl-C stops it.\n",
    )


if __name__ == "__main__":
    main()
