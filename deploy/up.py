"""`make up`: a whole installation, in containers where an engine answers, else as processes of this machine."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from cryptography.fernet import Fernet

from deploy.local import up
from deploy.local.java import container_engine

COMPOSE = ("docker", "compose", "--file", str(Path(__file__).parent / "compose.yaml"))


def in_containers(*, once: bool) -> int:
    """Build the image and run everything until Ctrl-C; with `once` until the story is told, whose exit code it gives.

    Every start begins anew, because the pretend packages forget everything when they end.
    """
    keys = {"FIELDLEDGER_KEYS": Fernet.generate_key().decode()}
    environment = {**keys, **os.environ, "ONCE": "1" if once else ""}
    try:
        return _story(environment) if once else _compose(environment, "up", "--build")
    finally:
        _compose(environment, "down", "--volumes")


def _story(environment: Mapping[str, str]) -> int:
    # Not `up --exit-code-from`: that ends everything as soon as any container has done its work.
    if failed := _compose(environment, "up", "--build", "--detach"):
        return failed
    command = [*COMPOSE, "logs", "--follow"]
    with subprocess.Popen(command, env=environment) as shown:  # noqa: S603  # constants
        told = _compose(environment, "wait", "packages")
        shown.terminate()
    return told


def _compose(environment: Mapping[str, str], *arguments: str) -> int:
    return subprocess.call([*COMPOSE, *arguments], env=environment)  # noqa: S603  # constants


def main() -> None:
    """Take the flags of `deploy.local.up`, of which containers know `--once` only."""
    if not container_engine():
        up.main()
        return
    # Ctrl-C reaches compose too, which then ends its containers; we wait for that and tidy up.
    signal.signal(signal.SIGINT, lambda *_: None)
    sys.exit(in_containers(once="--once" in sys.argv))


if __name__ == "__main__":
    main()
