"""The image and compose.yaml, as far as they can be judged where no container engine answers."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from deploy.local import up
from deploy.local.kafka import IMAGE, properties
from services.cli import app
from shared import connectors
from shared.settings import ConnectorAccess, Settings
from tests.deploy.yaml_reader import Unusual, read

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = read((ROOT / "deploy" / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "fieldledger:local"}
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()


def instructions(word: str) -> list[str]:
    """What follows this instruction, continued lines joined."""
    joined = re.sub(r"\\\n\s*", "", DOCKERFILE)
    return [line.partition(" ")[2] for line in joined.splitlines() if line.startswith(f"{word} ")]


def command(service: dict[str, Any]) -> list[str]:
    given = service["command"]
    return given if isinstance(given, list) else shlex.split(re.sub(r"\$\{\w+:\+([^}]*)\}", r"\1", given))


@pytest.mark.parametrize("text", ["a: {b: c}", "a:\n\t- b", "a: b\na: c", "a:\n    b: c", "- a: b", "a: x # why"])
def test_what_is_unusual_yaml_is_not_guessed_at(text: str) -> None:
    with pytest.raises(Unusual):
        read(text)


def test_every_connector_has_one_importer_and_as_many_exporters_as_among_processes() -> None:
    for service in up.services(connectors.names()):
        name = service.part if service.connector is None else f"{service.part}-{service.connector}"
        assert command(SERVICES[name]) == ["fieldledger", *service.command[3:]]
        replicas = SERVICES[name].get("deploy", {}).get("replicas", 1)
        assert replicas == (up.EXPORTERS if service.part == "exporter" else 1)


def test_every_command_is_one_that_there_is() -> None:
    known = set(typer.main.get_group(app).commands)
    for service in OURS.values():
        program, *arguments = command(service)
        if program == "fieldledger":
            assert arguments[0] in known
        else:
            assert (program, *arguments[:2]) == ("python", "-m", "demo.packages")


def test_every_variable_is_a_setting() -> None:
    plain = {f"FIELDLEDGER_{name.upper()}" for name in Settings.model_fields}
    nested = {
        f"FIELDLEDGER_CONNECTORS__{name.upper()}__{field.upper()}"
        for name in connectors.names()
        for field in ConnectorAccess.model_fields
    }
    for service in OURS.values():
        assert set(service["environment"]) <= plain | nested
        assert service["environment"].items() >= COMPOSE["x-environment"].items()


def test_processes_and_containers_are_tuned_alike() -> None:
    tuned = {name: value for name, value in up.TUNING.items() if name != "FIELDLEDGER_LOG_JSON"}
    assert COMPOSE["x-environment"].items() >= tuned.items()


def test_kafka_in_a_container_is_the_one_the_tests_run_on() -> None:
    kafka = SERVICES["kafka"]
    wanted = properties("kafka:9092", 9092, 29093, "/tmp/kafka-data", "0.0.0.0")
    assert kafka["image"] == IMAGE
    assert kafka["environment"] == {f"KAFKA_{name.upper().replace('.', '_')}": value for name, value in wanted.items()}


def test_services_wait_for_what_they_need_and_it_exists() -> None:
    for name, service in SERVICES.items():
        needed = service.get("depends_on", {})
        assert set(needed) <= set(SERVICES)
        for other, how in needed.items():
            if how["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[other], f"{name} waits for the health of {other}"
    assert set(SERVICES["topics"]["depends_on"]) == {"kafka", "mongodb"}
    assert all("topics" in service["depends_on"] for name, service in OURS.items() if name != "topics")


def test_what_runs_for_ever_is_restarted_and_has_time_to_end() -> None:
    for name, service in OURS.items():
        if name not in ("topics", "packages"):
            assert service["restart"] == "unless-stopped"
            assert service["stop_grace_period"] == "30s"
            assert service["healthcheck"]["test"][0] == "CMD"


def test_only_the_pretend_packages_the_gateway_and_the_console_are_open_to_this_machine_and_to_nobody_else() -> None:
    open_ones = {name for name, service in SERVICES.items() if "ports" in service}
    assert open_ones == {"packages", "webhooks", "console"}
    assert all(port.startswith("127.0.0.1:") for name in open_ones for port in SERVICES[name]["ports"])


def test_every_image_has_a_version_and_no_registry() -> None:
    others = [service["image"] for service in SERVICES.values() if service not in OURS.values()]
    for image in [*others, *(given.split()[0] for given in instructions("FROM"))]:
        assert re.fullmatch(r"[a-z]+(/[a-z]+)?:\d+(\.\d+)+(-slim)?", image), image


def test_no_secret_stands_in_the_files() -> None:
    assert COMPOSE["x-environment"]["FIELDLEDGER_KEYS"].startswith("${FIELDLEDGER_KEYS:?")


def test_the_image_installs_only_what_was_checked_by_hash_and_runs_as_nobody_special() -> None:
    installs = [part for line in instructions("RUN") for part in line.split("&&") if "pip " in part]
    assert len(installs) == 4
    assert all("--require-hashes" in one or "--no-index" in one for one in installs)
    assert all("--no-cache-dir" in one for one in installs)
    assert instructions("USER")[-1] not in ("root", "0")
    assert not instructions("ADD")
    assert instructions("CMD") == ['["fieldledger", "--help"]']


def test_everything_the_image_is_built_from_exists_and_reaches_the_engine() -> None:
    ignored = (ROOT / "deploy" / "Dockerfile.dockerignore").read_text().splitlines()
    for line in instructions("COPY"):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists()
            assert f"!{source}" in ignored
