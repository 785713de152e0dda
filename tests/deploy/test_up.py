"""`make up` where a container engine answers: what it asks of the engine, and whose exit code it gives."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

DOCKER = """\
#!/bin/sh
# An engine that notes what it is asked, and tells a story that ends with exit code 7.
echo "$* ONCE=$ONCE KEYS=${FIELDLEDGER_KEYS:+set}" >> "$NOTES"
case "$4" in wait) exit 7;; up) exit "${UP_ENDS:-0}";; esac
"""


def make_up(folder: Path, *flags: str, **environment: str) -> tuple[int, list[str]]:
    """Exit code, and the words of each `docker compose` after the file."""
    engine, notes = folder / "docker", folder / "notes"
    engine.write_text(DOCKER)
    engine.chmod(0o755)
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, "-m", "deploy.up", *flags],
        env={**os.environ, "PATH": path, "NOTES": str(notes), **environment},
        check=False,
        timeout=60,
    )
    asked = [line for line in notes.read_text().splitlines() if line.startswith("compose --file ")]
    return done.returncode, [line.split(maxsplit=3)[3] for line in asked]


def test_it_runs_everything_in_containers_and_clears_up_behind_them(tmp_path: Path) -> None:
    code, asked = make_up(tmp_path)
    assert code == 0
    assert asked == ["up --build ONCE= KEYS=set", "down --volumes ONCE= KEYS=set"]


def test_told_once_its_exit_code_is_that_of_the_story(tmp_path: Path) -> None:
    code, asked = make_up(tmp_path, "--once")
    assert code == 7
    assert asked[0] == "up --build --detach ONCE=1 KEYS=set"
    assert "wait packages ONCE=1 KEYS=set" in asked
    assert asked[-1] == "down --volumes ONCE=1 KEYS=set"


@pytest.mark.parametrize("flags", [(), ("--once",)])
def test_what_cannot_be_started_is_a_failure_and_cleared_up_too(tmp_path: Path, flags: tuple[str, ...]) -> None:
    code, asked = make_up(tmp_path, *flags, UP_ENDS="3")
    assert code == 3
    assert [line.split()[0] for line in asked] == ["up", "down"]
