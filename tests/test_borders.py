"""Who may import whom: the real tree keeps every border, and each border notices a violation and names it."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LINT = Path(sys.executable).with_name("lint-imports")
PACKAGES = ("shared", "services", "deploy", "demo", "bench", "tests")
COPIED = shutil.ignore_patterns("__pycache__", ".pytest_cache", "*.md", "*.json")
CONTRACTS = [
    contract["name"]
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
]


def lint(folder: Path) -> tuple[int, str]:
    """Exit code and report, with the lines that long module names were broken into joined again."""
    done = subprocess.run([LINT, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, re.sub(r"\s+", " ", done.stdout + done.stderr)


PLANTED: dict[str, list[tuple[str, str, str, str]]] = {
    "Nothing imports what stands above it": [
        ("shared/planted_upwards.py", "import services.importer.app", "shared.planted_upwards", "services.importer"),
        ("services/scheduler/planted_up.py", "import demo.story", "services.scheduler.planted_up", "demo.story"),
        ("services/importer/planted_up.py", "import tests.world", "services.importer.planted_up", "tests.world"),
    ],
    "Services never import each other": [
        (
            "services/importer/planted.py",
            "import services.exporter.app",
            "services.importer.planted",
            "services.exporter",
        ),
        ("services/scheduler/planted.py", "import services.cli", "services.scheduler.planted", "services.cli"),
        (
            "services/newcomer/__init__.py",
            "import services.importer.turn",
            "services.newcomer",
            "services.importer.turn",
        ),
    ],
    "Connectors never import each other": [
        (
            "shared/connectors/newcomer/__init__.py",
            "import shared.connectors.exact_online.odata",
            "shared.connectors.newcomer",
            "shared.connectors.exact_online.odata",
        ),
    ],
    "Mappings are pure": [
        ("shared/connectors/newcomer/imports.py", "import httpx", "shared.connectors.newcomer.imports", "httpx"),
        (
            "shared/connectors/newcomer/exports.py",
            "from . import by_way_of",
            "shared.connectors.newcomer.exports",
            "shared.store",
        ),
        ("shared/connectors/newcomer/by_way_of.py", "import shared.store", "newcomer.by_way_of", "shared.store"),
        (
            "shared/connectors/newcomer/lines/__init__.py",
            "import sqlite3",
            "shared.connectors.newcomer.lines",
            "sqlite3",
        ),
    ],
    "Only tests know the sandbox of a connector": [
        (
            "services/webhooks/planted.py",
            "import shared.connectors.exact_online.sandbox.api",
            "services.webhooks.planted",
            "shared.connectors.exact_online.sandbox",
        ),
        (
            "shared/connectors/newcomer/client.py",
            "from .sandbox import memory",
            "shared.connectors.newcomer.client",
            "shared.connectors.newcomer.sandbox",
        ),
        ("shared/connectors/newcomer/sandbox/__init__.py", "memory = 1", "newcomer.sandbox", "newcomer.sandbox"),
    ],
    "Only sandboxes, the command line, the demo, the bench and tests use shared.sandbox": [
        (
            "services/exporter/planted.py",
            "import shared.sandbox.base",
            "services.exporter.planted",
            "shared.sandbox.base",
        ),
        ("shared/planted_sandbox.py", "import shared.sandbox", "shared.planted_sandbox", "shared.sandbox"),
    ],
    "Schemas import nothing of ours but the clock": [
        ("shared/schemas/planted.py", "import shared.errors", "shared.schemas.planted", "shared.errors"),
    ],
    "The MongoDB driver is imported in one module": [
        ("shared/planted_motor.py", "import motor.motor_asyncio", "shared.planted_motor", "motor"),
        ("services/importer/planted_pymongo.py", "import pymongo", "services.importer.planted_pymongo", "pymongo"),
    ],
}
"""Contract (how its name begins) -> violations: file, its text, and the two modules the report must name."""

CASES = [(contract, *case[2:]) for contract, cases in PLANTED.items() for case in cases]


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report on a copy of the tree in which every border was crossed."""
    folder = tmp_path_factory.mktemp("borders")
    shutil.copy(ROOT / "pyproject.toml", folder)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=COPIED)
    for path, text, *_ in (case for cases in PLANTED.values() for case in cases):
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f'"""Planted."""\n\n{text}\n')
    code, report = lint(folder)
    assert code == 1
    return report


def section(report: str, contract: str) -> str:
    """What the report says about one broken contract, after the overview."""
    details = report.partition("Broken contracts")[2]
    begins = {name: details.find(f"{name} ---") for name in CONTRACTS}
    name = next(name for name in CONTRACTS if name.startswith(contract))
    ends = [place for place in begins.values() if place > begins[name]]
    return details[begins[name] : min(ends, default=len(details))]


def test_the_tree_keeps_every_border() -> None:
    code, report = lint(ROOT)
    assert code == 0, report
    assert f"{len(CONTRACTS)} kept, 0 broken" in report


def test_every_border_has_a_planted_violation() -> None:
    assert len(PLANTED) == len(CONTRACTS)


@pytest.mark.parametrize("contract", CONTRACTS)
def test_a_crossed_border_is_reported_as_broken(broken: str, contract: str) -> None:
    assert f"{contract} BROKEN" in broken


@pytest.mark.parametrize(("contract", "importer", "imported"), CASES)
def test_the_report_names_who_crossed_the_border(broken: str, contract: str, importer: str, imported: str) -> None:
    told = section(broken, contract)
    assert importer in told
    assert imported in told[told.index(importer) :]
