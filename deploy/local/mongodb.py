"""A MongoDB of one's own: for tests and development.

A real one, a replica set of one node, in a container where a container engine answers. Else, under a local Java, a
server that speaks its protocol (mongo-java-server with H2 behind it): it makes updates of one document atomic, which
is what our store needs. What it lacks: indexes for anything but uniqueness, expiry, and any promise about power cuts.
Started in the foreground by `python -m deploy.local.mongodb`.
"""

import socket
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
    wait_until_ready,
)

JARS = HERE / "target" / "mongodb"
IMAGE = "mongo:8.0"


class RealMongo(Protocol):
    """A running server. Its address stays the same over `stop` and `restart`."""

    def address(self, database: str) -> str:
        """What FIELDLEDGER_STORE must be for a database of this name."""

    def __enter__(self) -> Self:
        """Start it and wait until it answers."""

    def __exit__(self, *why: object) -> None:
        """Stop it and delete what it stored; a folder of the caller's is kept."""

    def stop(self) -> None:
        """Away it is: the real one as by a power cut, the compatible one in order, or it would forget."""

    def restart(self) -> None:
        """Start it again after `stop`, with what it had stored."""


def real_mongo(data: Path | None = None) -> RealMongo:
    """The server this machine can run: in a container, else under Java. `data`: where the latter keeps what it stores.

    `Misconfigured` says what to install when neither is possible. Nothing is started before `with`.
    """
    return ContainerMongo() if container_engine() else LocalMongo(data=data)


class LocalMongo:
    """The compatible server under a local Java. Without `data` it keeps everything in memory."""

    def __init__(self, port: int | None = None, data: Path | None = None) -> None:
        """`port` None takes a free one. `Misconfigured` when Java or Maven is missing."""
        require("MongoDB", "java")
        self._port = port or free_port()
        self._data = data
        self._process = JavaProcess()

    def address(self, database: str) -> str:
        """See `RealMongo`."""
        return f"mongodb://127.0.0.1:{self._port}/{database}"

    def __enter__(self) -> Self:
        try:
            fetch_jars("MongoDB", HERE / "mongodb.pom.xml", JARS)
            self.restart()
        except BaseException:  # also a Ctrl-C while it starts: nothing is left running, and the error goes on
            self._process.stop()
            raise
        return self

    def stop(self) -> None:
        """See `RealMongo`. Without `data` it forgets everything."""
        self._process.stop()

    def restart(self) -> None:
        """See `RealMongo`."""
        # Java compiles the source as it starts it.
        command = [*SMALL, "-cp", f"{JARS}/*", str(HERE / "LocalMongo.java"), str(self._port)]
        if self._data is None:
            self._process.start(command, Path("/dev/null"))
        else:
            self._data.mkdir(parents=True, exist_ok=True)
            self._process.start([*command, str(self._data / "mongodb.h2")], self._data / "mongodb.log")
        wait_until_ready("MongoDB", self._port, _listens, self._process.alive)

    def __exit__(self, *why: object) -> None:
        self._process.stop()

    def wait(self) -> None:
        """Block until the server ends by itself."""
        self._process.wait()


class ContainerMongo:
    """MongoDB itself in a container, through testcontainers: a replica set of one node, as for running it for real."""

    def __init__(self) -> None:
        self._port = free_port()
        self._container: Any = None

    def address(self, database: str) -> str:
        """See `RealMongo`. Direct, because the one member calls itself by its name inside the container."""
        return f"mongodb://127.0.0.1:{self._port}/{database}?directConnection=true"

    def __enter__(self) -> Self:
        from testcontainers.core.container import DockerContainer  # noqa: PLC0415  # only developers have it

        container = DockerContainer(IMAGE).with_bind_ports(27017, self._port)
        self._container = container.with_command("--replSet fieldledger --bind_ip_all").start()
        try:
            wait_until_ready("MongoDB", self._port, lambda _: self._primary(), lambda: True)
        except BaseException:  # also a Ctrl-C while it starts: nothing is left running, and the error goes on
            self._container.stop()
            raise
        return self

    def stop(self) -> None:
        """See `RealMongo`."""
        self._container.get_wrapped_container().kill()

    def restart(self) -> None:
        """See `RealMongo`."""
        self._container.get_wrapped_container().start()
        wait_until_ready("MongoDB", self._port, lambda _: self._primary(), lambda: True)

    def _primary(self) -> bool:
        """Make it a replica set, which fails until it is up and once it is one; whether it takes writes now."""
        says = "try { rs.initiate() } catch (error) {}; print(db.hello().isWritablePrimary)"
        done = self._container.exec(["mongosh", "--quiet", "--eval", says])
        return (done.exit_code, done.output.split()[-1:]) == (0, [b"true"])

    def __exit__(self, *why: object) -> None:
        self._container.stop()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def main() -> None:
    """Run the compatible server in the foreground."""
    in_foreground(
        "mongodb",
        27017,
        LocalMongo,
        lambda mongo, data: (
            f"A MongoDB-compatible server keeps its data in {data}. Ctrl-C stops it. To use it:\n"
            f"FIELDLEDGER_STORE={mongo.address('fieldledger')}\n"
        ),
    )


if __name__ == "__main__":
    main()
