"""A copied folder is a connector at once: registered, with topics, within the borders, under contract. No other edit.

Everything runs on a copy of the project, in processes of its own.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
ORIGINAL, COPY = "exact_online", "copied_books"
PACKAGES = ("shared", "services", "deploy", "demo", "bench", "tests")
LINT = Path(sys.executable).with_name("lint-imports")
LEFT_BEHIND = shutil.ignore_patterns("__pycache__", ".pytest_cache")
# A few claims from each file of the suite; the whole suite would run for the original a second time.
CLAIMS = "twice or dies or last_page or parallel or deletion or limited_sync or no_secret or hidden or readme"
SELECTION = f"{COPY} and ({CLAIMS} or declarations)"

_QUESTIONS = f"""
import json
from shared import connectors, topics
from shared.settings import Settings
found = {{
    "names": connectors.names(),
    "name": connectors.get("{COPY}").name,
    "topics": [topic.name for topic in topics.all_topics(list(connectors.names()))],
    "client_id": Settings(_env_file=None).access("{COPY}").client_id,
}}
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with one more connector: a copy of another one's folder."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copy(ROOT / "pyproject.toml", folder)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=LEFT_BEHIND)
    connectors = folder / "shared" / "connectors"
    shutil.copytree(connectors / ORIGINAL, connectors / COPY)
    return folder


def run(project: Path, *command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False, env=environment or None)


def test_it_is_registered_with_its_topics_and_its_own_settings(project: Path) -> None:
    setting = {f"FIELDLEDGER_CONNECTORS__{COPY.upper()}__CLIENT_ID": "its-own"}
    done = run(project, sys.executable, "-c", _QUESTIONS, **setting)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {ORIGINAL, COPY} <= set(found["names"])
    assert (found["name"], found["client_id"]) == (COPY, "its-own")
    mine = {name.replace(COPY, ORIGINAL) for name in found["topics"] if COPY in name}
    assert mine == {name for name in found["topics"] if ORIGINAL in name} != set()


def test_the_contract_suite_runs_and_passes_for_it(project: Path) -> None:
    files = sorted(Path("tests/connectors").glob("test_contract*.py"))
    assert len(files) > 1
    command = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", SELECTION, *files)
    done = run(project, *command, "tests/connectors/test_readme.py", "tests/connectors/test_declarations.py")
    assert done.returncode == 0, done.stdout
    passed = int(done.stdout.rpartition(" passed")[0].split()[-1])
    assert passed > 20


def test_it_is_killed_cut_and_simulated_like_any_other(project: Path) -> None:
    seeds = run(project, sys.executable, "-m", "tests.faults.simulation", "--connector", COPY, "--seeds", "5")
    assert seeds.returncode == 0, seeds.stdout
    command = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", f"{COPY} and importer")
    killed = run(project, *command, "tests/faults/test_matrix.py")
    assert (killed.returncode, "1 passed" in killed.stdout) == (0, True), killed.stdout


def test_it_keeps_the_borders_and_a_way_back_to_the_original_is_noticed(project: Path) -> None:
    clean = run(project, LINT, "--no-cache")
    assert clean.returncode == 0, clean.stdout
    planted = project / "shared" / "connectors" / COPY / "planted.py"
    planted.write_text(f"import shared.connectors.{ORIGINAL}.client\n")
    try:
        crossed = run(project, LINT, "--no-cache")
    finally:
        planted.unlink()
    assert crossed.returncode == 1
    assert "Connectors never import each other BROKEN" in crossed.stdout
    assert f"shared.connectors.{COPY}.planted" in crossed.stdout
