"""What the local servers share: jars fetched by Maven, a Java process that never outlives its owner, a free port."""

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

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


def _end_with_us(process: int) -> "subprocess.Popen[bytes]":
    # However we end (SIGKILL included), the pipe ends with us, and the server with the pipe.
    command = ["sh", "-c", 'cat; kill -9 "$0"', str(process)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603  # constants


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
