"""`fieldledger keys`: the keys that tokens and the secrets of webhooks are encrypted with."""

from typing import Annotated

import typer

from services.cli.context import awaited, open_writing_hub
from services.cli.output import say, show_json
from shared.grant_keys import Resealed, reseal_grants

app = typer.Typer(no_args_is_help=True, help="Replace the keys that tokens are encrypted with.")


@app.command(epilog="Example: fieldledger keys rotate")
@awaited
async def rotate(as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """Encrypt every stored token, and every secret of a webhook, again with the newest key, while everything runs.

    Put the new key in front of the old one in FIELDLEDGER_KEYS, restart all services, then run this.
    """
    async with open_writing_hub() as hub:
        done = await reseal_grants(hub.store, hub.keys)
        await hub.doors.reseal()
    if as_json:
        show_json({"resealed": done.resealed, "current": done.current})
    say(_sentence(done))


def _sentence(done: Resealed) -> str:
    count = f"{done.resealed} of {done.resealed + done.current} logins were encrypted again with the newest key"
    return f"{count}. When every service runs with that key, the older ones can be taken out of FIELDLEDGER_KEYS."
