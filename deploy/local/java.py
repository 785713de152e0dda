"""What the local servers share: jars fetched by Maven, a Java process that never outlives its owner, a free port."""

import argparse
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, Self, TypeVar

from shared.errors import Misconfigured

HERE = Path(__file__).parent
READY_WITHIN = 60.0
"""Seconds a server may take to answer. It takes a few on an idle machine."""

SMALL = ("java", "-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""Quick to start rather than fast: one node, started and thrown away often."""


class JavaProcess:
    """A server under Java, started again after a stop or a kill."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._watcher: subprocess.Popen[bytes] | None = None

    def start(self, command: Sequence[str], log: Path) -> None:
        """Start it; what it prints is added to `log`."""
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603  # the command is made of constants and our own path
                command,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C reaches us first, so that what uses the server can stop before it
            )
        self._watcher = _end_with_us(self._process.pid)

    def kill(self) -> None:
        """End it at once (SIGKILL)."""
        if self._process is not None:
            self._process.kill()
            self._ended()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        if self._process is not None:
            self._process.send_signal(number)

    def stop(self) -> None:
        """Shut it down in order; a server that does not within ten seconds is killed."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._ended()

    def _ended(self) -> None:
        if self._process is not None and self._watcher is not None:
            self._watcher.kill()  # first, so that it cannot meet another process with the number of the dead one
            self._watcher.communicate()
            self._process.wait()
            self._process = self._watcher = None

    def wait(self) -> None:
        """Block until it ends by itself."""
        if self._process is not None:
            self._process.wait()

    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None


def ends_with_its_input(process: int) -> list[str]:
    """A command that kills the process when its own standard input ends: however we end, SIGKILL included."""
    return ["sh", "-c", 'cat; kill -9 "$0"', str(process)]


def _end_with_us(process: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(ends_with_its_input(process), stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603  # constants


def container_engine() -> bool:
    """Whether a container engine answers."""
    docker = shutil.which("docker")
    return docker is not None and _quiet([docker, "info"]).returncode == 0


def fetch_jars(name: str, pom: Path, jars: Path) -> None:
    """Let Maven fetch the jars of a server, once per version of its pom.

    `Misconfigured` with Maven's words when it fails.
    """
    fetched = jars / ".pom.xml"
    if fetched.exists() and fetched.read_bytes() == pom.read_bytes():
        return
    require(name, "mvn")
    shutil.rmtree(jars, ignore_errors=True)
    run(["mvn", "-B", "-q", "-f", str(pom), "package"], f"Maven could not fetch {name}")
    fetched.write_bytes(pom.read_bytes())


def free_port() -> int:
    """A port of this machine that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def require(name: str, command: str) -> None:
    """`Misconfigured` when the command is not there."""
    if shutil.which(command) is None:
        raise Misconfigured(
            f"A real {name} needs `{command}`, which is not installed. Install a Java 17 JDK and Maven "
            "(Debian: apt-get install openjdk-17-jdk-headless maven), or start a container engine."
        )


def run(command: list[str], failure: str) -> None:
    """Run to the end; `Misconfigured` with what it said when that fails."""
    done = _quiet(command)
    if done.returncode:
        raise Misconfigured(f"{failure}: {(done.stdout + done.stderr)[-2000:]}")


def _quiet(command: list[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # constants only


def wait_until_ready(name: str, port: int, answers: Callable[[int], bool], alive: Callable[[], bool]) -> None:
    """Return when it answers; `Misconfigured` when it ended or takes too long."""
    deadline = time.monotonic() + READY_WITHIN
    while not answers(port):
        if time.monotonic() > deadline or not alive():
            raise Misconfigured(f"{name} did not answer on port {port}; its log may say why.")
        time.sleep(0.05)


class Server(Protocol):
    """A local server: started by `with`, and waited for."""

    def __enter__(self) -> Self:
        """Start it and wait until it answers."""

    def __exit__(self, *why: object) -> None:
        """Stop it."""

    def wait(self) -> None:
        """Block until it ends by itself."""


S = TypeVar("S", bound=Server)


def in_foreground(name: str, port: int, make: Callable[[int, Path], S], says: Callable[[S, Path], str]) -> None:
    """Run a server until Ctrl-C or SIGTERM, as `python -m deploy.local.NAME`; what it stores is kept in `--data`.

    `says` is what is printed once it answers.
    """
    about = "Run it in the foreground until Ctrl-C or SIGTERM; what it stores is kept in `--data`."
    parser = argparse.ArgumentParser(prog=f"python -m deploy.local.{name}", description=about)
    parser.add_argument("--port", type=int, default=port)
    parser.add_argument("--data", type=Path, default=Path(".fieldledger") / name)
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        with make(chosen.port, chosen.data) as server:
            sys.stdout.write(says(server, chosen.data))
            sys.stdout.flush()
            server.wait()
    except Misconfigured as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(0)
