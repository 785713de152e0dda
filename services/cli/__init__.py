"""The `fieldledger` command: everything an operator or developer does, without the console."""

from typing import Annotated

import typer

from services.cli import connections, events, exports, keys, ledger, mappings, preview, topics
from services.cli.doctor import doctor
from services.cli.failures import Sentences
from services.cli.journal import log
from services.cli.reconcile import EXAMPLES as RECONCILIATIONS
from services.cli.reconcile import reconcile
from services.cli.replay import EXAMPLES as REPLAYS
from services.cli.replay import replay
from services.cli.services import run, sandbox
from services.cli.sync import sync
from shared.log import configure

__all__ = ["app", "main"]

EXAMPLES = """\
A first try, each in its own terminal:\n
* fieldledger sandbox\n
* fieldledger topics create\n
* fieldledger run all\n
* fieldledger connections connect --connector exact_online --tenant acme --site nl\n
* fieldledger events publish workorder.json --tenant acme --type workorder\n
When something does not work: fieldledger doctor
"""

app = typer.Typer(
    name="fieldledger",
    cls=Sentences,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    epilog=EXAMPLES,
    help="Connects a field-service platform with accounting packages: exactly one document per work order.",
)


@app.callback()
def _options(
    debug: Annotated[bool, typer.Option("--debug", help="Show log lines and tracebacks.")] = False,
) -> None:
    # A command speaks in sentences; what libraries log about the same trouble would only repeat it.
    configure("DEBUG" if debug else "CRITICAL", as_json=False)


app.command(epilog="Example: fieldledger run importer exporter --connector exact_online")(run)
app.command(epilog="Example: fieldledger doctor --json")(doctor)
app.add_typer(connections.app, name="connections")
app.add_typer(mappings.app, name="mappings")
app.add_typer(exports.app, name="exports")
app.command(epilog=REPLAYS)(replay)
app.command(epilog=RECONCILIATIONS)(reconcile)
app.command(epilog="Example: fieldledger sync --connection 5f0c... --kind relation --wait")(sync)
app.command(epilog="Example: fieldledger log --connection 5f0c... --limit 20")(log)
app.add_typer(preview.app, name="preview")
app.add_typer(events.app, name="events")
app.add_typer(events.dead, name="dead")
app.add_typer(topics.app, name="topics")
app.add_typer(keys.app, name="keys")
app.add_typer(ledger.app, name="ledger")
app.command(epilog="Example: fieldledger sandbox --connector exact_online --set accounts=50")(sandbox)


def main() -> None:
    """What the `fieldledger` script calls."""
    app()
