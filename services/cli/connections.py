"""`fieldledger connections`: who is connected to what, and the choices of each connection."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated

import typer

from services.cli.connect import Wanted, connect
from services.cli.context import assignments, awaited, open_cli_hub, open_writing_hub
from services.cli.journal import show_log
from services.cli.output import at_a_terminal, say, show_facts, show_json, show_rows, show_table, when
from services.cli.overview import overview
from shared import connectors, licences, login, pausing
from shared.errors import Misconfigured
from shared.hub import Hub
from shared.mapping import Choice
from shared.mappings import waiting
from shared.reference import Reference, Table, table_of
from shared.schemas.connections import Connection
from shared.schemas.messages import LicenseChanged


class Licence(StrEnum):
    """What may be said of a licence."""

    active = "active"
    ended = "ended"


app = typer.Typer(no_args_is_help=True, help="Connect tenants to administrations, and see how each one is doing.")
LOG_LINES = 10

Id = Annotated[str, typer.Argument(metavar="ID", help="The connection, as `connections list` shows it.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per line, for programs.")]


@app.command("list", epilog="Example: fieldledger connections list --tenant acme")
@awaited
async def list_(
    tenant: Annotated[str | None, typer.Option(help="Only of this tenant.")] = None,
    connector: Annotated[str | None, typer.Option(help="Only of this connector.")] = None,
    as_json: AsJson = False,
) -> None:
    """Every connection, ended ones included."""
    async with open_cli_hub() as hub:
        found = [
            await overview(hub, one)
            for one in await hub.connections.all()
            if tenant in (None, one.tenant) and connector in (None, one.connector)
        ]
    rows = [{**one.record(), "administration_name": one.connection.administration.name} for one in found]
    columns = ("id", "tenant", "connector", "administration_name", "state", "exports_from", "rests")
    empty = "There is no connection yet: `fieldledger connections connect` makes one."
    show_rows(columns, rows, empty=empty, as_json=as_json)


@app.command("show", epilog="Example: fieldledger connections show 5f0c...")
@awaited
async def show_(id: Id, as_json: AsJson = False) -> None:
    """One connection: does it rest, what waits for what, access, calls left, settings and the last log lines."""
    async with open_cli_hub() as hub:
        found = await overview(hub, await hub.connections.get(id))
        lines = await hub.journal.read(id, limit=LOG_LINES)
    if as_json:
        show_json({**found.record(), "log": lines})
    else:
        show_facts(found.connection.administration.name, found.facts())
        show_log(lines)


@app.command(
    "connect",
    epilog="Example: fieldledger connections connect --connector exact_online --tenant acme --site nl",
)
@awaited
async def connect_(
    *,
    connector: Annotated[str, typer.Option(help="Which package, for example exact_online.")],
    tenant: Annotated[str, typer.Option(help="The platform's id of the customer.")],
    site: Annotated[str | None, typer.Option(help="The country of the package's site, for example nl.")] = None,
    administration: Annotated[str | None, typer.Option(help="Its code; without it you are asked.")] = None,
    choices: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A setting to start with.")
    ] = None,
    browser: Annotated[bool | None, typer.Option("--open/--no-browser", help="Open the login page.")] = None,
) -> None:
    """Log in to a package and connect one administration; for a live connection: log in again.

    The administration is final for the connection. Exports stay on hold until `start-exports`.
    """
    opens = at_a_terminal() if browser is None else browser
    settings = assignments(choices, connectors.get(connector).settings)
    wanted = Wanted(connector, tenant, site, administration, settings, opens)
    async with open_writing_hub() as hub:
        made = await connect(hub, wanted)
    chosen = made.administration
    say(f"Tenant {tenant} is connected to {chosen.name} ({chosen.code}); this is final for the connection.")
    if made.exports_from is None:
        say(f"Exports are on hold. Start them: fieldledger connections start-exports {made.id} --from YYYY-MM-DD")
    print(made.id)


@app.command("set", epilog="Example: fieldledger connections set 5f0c... create_relations=true journal=70")
@awaited
async def set_(
    id: Id,
    choices: Annotated[list[str], typer.Argument(metavar="NAME=VALUE...", help="JSON values; plain text is fine too.")],
) -> None:
    """Change settings; documents that waited for one of them go on at once.

    A mapping is replaced as a whole; `mappings set` changes single keys of it.
    """
    async with open_writing_hub() as hub:
        model = connectors.get((await hub.connections.get(id)).connector).settings
        chosen = assignments(choices, model)
        before = await waiting(hub, id)
        changed = await hub.connections.change_settings(id, chosen)
        after = {wait.waits_for for wait in await waiting(hub, id)}
    for name in chosen:
        say(f"{name} is now {changed.settings[name]!r}.")
        woken = sum(wait.count for wait in before if wait.waits_for == name)
        if woken and name not in after:
            say(f"Documents that waited for {name} and go on now: {woken}.")


@app.command("choices", epilog="Example: fieldledger connections choices 5f0c... vat_codes")
@awaited
async def choices_(
    id: Id, what: Annotated[str | None, typer.Argument(help="Which list; none shows all.")] = None
) -> None:
    """What the package offers for settings: VAT codes, journals and the like, as they were last read with a sync."""
    async with open_cli_hub() as hub:
        connection = await hub.connections.get(id)
        lists = connectors.get(connection.connector).reference
        if what is not None and what not in lists:
            raise Misconfigured(f"There is no list {what!r}. Choose one of: {', '.join(lists)}.")
        known = await Reference(hub.store).load_all(connection.scope, lists)
        for name in [what] if what else lists:
            _show_choices(name, known.get(name) or await _read_now(hub, connection, name))


def _show_choices(name: str, table: Table) -> None:
    rows = [(choice.code, choice.title, _more(choice)) for choice in table.choices]
    problem = f"could not be read at {when(table.read)}: {table.problem}" if table.problem else None
    say(f"{name} {problem or f'as read at {when(table.read)}:'}")
    show_table([name, "title", "more"], rows, empty="There are none.")


async def _read_now(hub: Hub, connection: Connection, name: str) -> Table:
    """Before the first sync nothing is kept yet; the importer will keep what it reads, this is only to look at."""
    async with hub.connect(connection, "import") as client:
        choices = await connectors.get(connection.connector).reference[name](client)
    return table_of(name, choices, await hub.store.now())


def _more(choice: Choice) -> str:
    return ", ".join(f"{name} {value}" for name, value in choice.extra.items() if value is not None)


@app.command("start-exports", epilog="Example: fieldledger connections start-exports 5f0c... --from 2026-01-01")
@awaited
async def start_exports(
    id: Id,
    first_day: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day to export.")],
    takes_over: Annotated[
        bool, typer.Option("--takes-over", help="End the exports of another connection that bills the same.")
    ] = False,
) -> None:
    """Let documents of a day and later go to the package. Older ones are left out, and listed as skipped."""
    day = first_day.date()
    async with open_writing_hub() as hub:
        await _live(hub, id)
        before = await hub.connections.get(id)
        held = await hub.entries.held(id, limit=100_000)
        started = await hub.connections.start_exports(id, day, takes_over=takes_over)
    ready = sum(entry.day >= day for entry in held)
    say(f"Documents of {started.exports_from} and later are exported from now on.")
    if held:
        say(f"Of the {len(held)} that were on hold, {ready} go on and {len(held) - ready} are left out.")
    _tell_of_older(before, day)


def _tell_of_older(before: Connection, day: date) -> None:
    """What came before the connection, or was left out at the start date of before, is not sent by itself."""
    last = before.created.date() if before.exports_from is None else before.exports_from - timedelta(days=1)
    if day <= last:
        say(
            f"What was completed before is not sent by itself: fieldledger replay --connector {before.connector} "
            f"--tenant {before.tenant} --from {day} --to {last}"
        )


@app.command("licence", epilog="Example: fieldledger connections licence 5f0c... ended")
@awaited
async def licence(
    id: Id,
    state: Annotated[Licence, typer.Argument(help="What the licence manager says of it.")],
    tier: Annotated[str | None, typer.Option(help="Which licence it is; else the one it was.")] = None,
) -> None:
    """Say that the tenant's licence for this connector has ended, or is active again. Nothing is lost meanwhile."""
    async with open_writing_hub() as hub:
        await _live(hub, id)
        one = await hub.connections.get(id)
        active = state is Licence.active
        _known_tier(one, tier)
        now = await hub.store.now()
        said = LicenseChanged(connector=one.connector, active=active, tier=tier or one.tier, changed_at=now)
        await licences.change(hub, one.tenant, said)
    say("What waits goes on now." if active else "Nothing is sent or read until the licence is active again.")


def _known_tier(one: Connection, tier: str | None) -> None:
    connector = connectors.get(one.connector)
    if tier is not None and tier.casefold() not in connector.tiers:
        there_are = f"there are {', '.join(connector.tiers)}" if connector.tiers else "there is only one"
        raise Misconfigured(f"{connector.title} has no licence {tier}; {there_are}.")


@app.command("pause", epilog="Example: fieldledger connections pause 5f0c...")
@awaited
async def pause(id: Id) -> None:
    """Stand still until `resume`: nothing is read or sent, what comes waits, and the login is kept alive."""
    async with open_writing_hub() as hub:
        await _live(hub, id)
        await pausing.pause(hub, await hub.connections.get(id))
    say(f"Nothing is read or sent now. Go on: fieldledger connections resume {id}")


@app.command("resume", epilog="Example: fieldledger connections resume 5f0c...")
@awaited
async def resume(id: Id) -> None:
    """Go on now: it was paused, or what it rested for was mended in the package, by giving a right back, say."""
    async with open_writing_hub() as hub:
        await _live(hub, id)
        connection = await hub.connections.get(id)
        if connection.state == "paused":
            await pausing.resume(hub, connection)
        await hub.lanes.resume(id)
    say(f"It is tried again now. See how it went: fieldledger log --connection {id}")


@app.command("disconnect", epilog="Example: fieldledger connections disconnect 5f0c... --yes")
@awaited
async def disconnect_(id: Id, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """End a connection: nothing is sent or read any more; what waits stays in the ledger."""
    async with open_writing_hub() as hub:
        title = await _live(hub, id)
        states = (await overview(hub, await hub.connections.get(id))).states
        unsent = sum(states.get(state, 0) for state in _OPEN)
        say(f"Nothing will be sent to or read from {title} any more. What is in the books stays there.")
        say(f"Documents that are not sent and will stay so: {unsent}.")
        if not yes:
            _confirm()
        await login.disconnect(hub, id)
    say("Disconnected.")


_OPEN = ("held", "collected", "ready", "waiting", "unsure")


def _confirm() -> None:
    if not at_a_terminal():
        raise Misconfigured("Nobody is there to be asked: add --yes to disconnect.")
    typer.confirm("Disconnect?", abort=True)


async def _live(hub: Hub, id: str) -> str:
    """The package's title; `Misconfigured` when the connection was ended."""
    connection = await hub.connections.get(id)
    if connection.state == "disconnected":
        raise Misconfigured(f"Connection {id} was ended. Connect again: `fieldledger connections connect`.")
    return connectors.get(connection.connector).title
