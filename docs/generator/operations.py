"""What operators read and start: the table of metrics, and the services in containers."""

from collections.abc import Sequence

from prometheus_client.metrics import MetricWrapperBase

from shared import connectors, metrics

PORT = 8400
EXPORTERS = 2
GATEWAY = "127.0.0.1:8480:8480"
"""Where the webhook gateway of the containers listens, for a proxy with a certificate in front of it."""
CONSOLE = "127.0.0.1:8470:8470"
PLATFORM = 8471
"""Where the pretended platform signs people in."""


def metrics_table() -> str:
    """Every metric as Markdown; those about the whole installation apart."""
    return "\n\n".join(
        [
            "What a process did since it began, on the page of each:",
            _table(metrics.OF_PROCESS),
            "How the whole installation stands, on the scheduler's page only:",
            _table(metrics.OF_STORE),
        ]
    )


def _table(listed: Sequence[MetricWrapperBase]) -> str:
    return "\n".join(["| Metric | Type | Labels | What it says |", "|---|---|---|---|", *map(_row, listed)])


def _row(metric: MetricWrapperBase) -> str:
    (family,) = metric.describe()
    shown = f"{family.name}_total" if family.type == "counter" else family.name
    labels = ", ".join(f"`{name}`" for name in metric._labelnames)  # noqa: SLF001  # the library has no public name
    return f"| `{shown}` | {family.type} | {labels} | {family.documentation} |"


def compose_services() -> str:
    """The services of deploy/compose.yaml: what there is once, and of each connector an importer and two exporters."""
    names = connectors.names()
    gateway = f'{_service("webhooks", "webhooks")}\n    ports: ["{GATEWAY}"]'
    console = f'{_service("console", "console")}\n    ports: ["{CONSOLE}"]'
    once = [_packages(names), _service("scheduler", "scheduler"), gateway, console]
    return "\n\n".join([*once, *map(_of_connector, names)])


def _packages(names: Sequence[str]) -> str:
    ports = {name: PORT + place for place, name in enumerate(names)}
    listed = ", ".join(f'"127.0.0.1:{port}:{port}"' for port in [*ports.values(), PLATFORM])
    return "\n".join(
        [
            "  packages:",
            "    <<: *image",
            "    command: python -m demo.packages --host 0.0.0.0 ${ONCE:+--once}",
            "    environment: &connected",
            "      <<: *environment",
            *(line for name, port in ports.items() for line in _access(name, port)),
            f"    ports: [{listed}]",
            "    depends_on:",
            "      topics:",
            "        condition: service_completed_successfully",
        ]
    )


def _access(name: str, port: int) -> list[str]:
    prefix = f"      FIELDLEDGER_CONNECTORS__{name.upper()}__"
    return [
        f"{prefix}BASE_URL: http://packages:{port}",
        f"{prefix}CLIENT_ID: fieldledger-up",
        f"{prefix}CLIENT_SECRET: opens-nothing-but-the-pretend-package",
    ]


def _of_connector(name: str) -> str:
    arguments = ("--connector", name)
    return "\n\n".join(
        [
            _service(f"importer-{name}", "importer", *arguments),
            _service(f"exporter-{name}", "exporter", *arguments) + f"\n    deploy:\n      replicas: {EXPORTERS}",
        ]
    )


def _service(name: str, *arguments: str) -> str:
    command = ", ".join(f'"{word}"' for word in ("fieldledger", "run", *arguments))
    return f"  {name}:\n    <<: *service\n    command: [{command}]\n    environment: *connected"
