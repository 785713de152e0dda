"""`fieldledger run` and `fieldledger sandbox`: the commands that stay."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from services.cli import running
from services.cli.context import awaited, chosen_connectors, load_settings
from services.cli.output import say, show
from shared import log
from shared.errors import Misconfigured
from shared.runtime import open_hub
from shared.sandbox import create, serve

DEMO_ID = "fieldledger-demo"
DEMO_SECRET = "demo-secret"  # noqa: S105  # opens nothing but the sandbox


class Part(StrEnum):
    """What can be run."""

    scheduler = "scheduler"
    importer = "importer"
    exporter = "exporter"
    webhooks = "webhooks"
    console = "console"
    all = "all"


@awaited
async def run(
    services: Annotated[list[Part], typer.Argument(help="Which services; several may share one process.")],
    connector: Annotated[list[str] | None, typer.Option(help="Only this connector; may be repeated.")] = None,
) -> None:
    """Run services until SIGTERM or Ctrl-C.

    FIELDLEDGER_HEALTH_PORT switches /health and /metrics on; logs go to standard error.
    """
    settings = load_settings()
    log.configure(settings.log_level, as_json=settings.log_json)
    names = list(Part) if Part.all in services else services
    chosen = chosen_connectors(connector)
    async with open_hub(settings, client_id="fieldledger") as hub:
        await running.run_until_told(hub, running.build(hub, names, chosen))


def sandbox(
    *,
    connector: Annotated[str, typer.Option(help="Which package to pretend.")] = "exact_online",
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Where to listen.")] = 8400,
    options: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=NUMBER", help="An option of this sandbox, for example seed=8."),
    ] = None,
) -> None:
    """Serve a pretend package, with login pages, to try everything without an account."""
    name = chosen_connectors([connector])[0]
    base_url, settings = f"http://{host}:{port}", load_settings()
    access: dict[str, Any] = {
        "base_url": base_url,
        "client_id": DEMO_ID,
        "client_secret": DEMO_SECRET,
        "redirect_uris": tuple(filter(None, (settings.access(name).redirect_uri, settings.console_callback))),
    }
    made = create(name, **access, **dict(map(_number, options or [])))
    _show_settings(name, base_url)
    say(f"The sandbox of {name} listens at {base_url}. Ctrl-C ends it, and it forgets everything.")
    serve(made, host, port)


def _number(pair: str) -> tuple[str, int]:
    name, _, number = pair.partition("=")
    if not name or not number.isdecimal():
        raise Misconfigured(f"{pair!r} is not NAME=NUMBER.")
    return name, int(number)


def _show_settings(connector: str, base_url: str) -> None:
    prefix = f"export FIELDLEDGER_CONNECTORS__{connector.upper()}__"
    for variable, value in (("BASE_URL", base_url), ("CLIENT_ID", DEMO_ID), ("CLIENT_SECRET", DEMO_SECRET)):
        show(f"{prefix}{variable}={value}")
