"""What documents wait for, and what to do about it, as an office worker would put it."""

from dataclasses import dataclass

from shared import connectors
from shared.errors import RESTORED
from shared.hub import Hub
from shared.ledger.entry import entry_id
from shared.mappings import Setting, Waiting, setting
from shared.schemas.connections import Connection

_INVOICE = "invoice:"


@dataclass(frozen=True)
class Advice:
    """`says` is what is the matter, `do` the command that mends it (or what to look at first)."""

    says: str
    do: str


async def advise(hub: Hub, connection: Connection, wait: Waiting) -> Advice:
    """About documents that wait for the same thing."""
    counted = f"1 document waits ({wait.example})" if wait.count == 1 else f"{wait.count} documents wait"
    first = "" if wait.count == 1 else f", {wait.example} for example"
    if wait.waits_for.startswith(_INVOICE):
        what, do = await _for_invoice(hub, connection, wait)
        return Advice(f"{counted} for {what}{first}", do)
    if wait.waits_for == RESTORED:
        return Advice(f"{counted} until the restored ledger was checked{first}", "fieldledger ledger status")
    known = setting(connectors.get(connection.connector).settings, wait.waits_for)
    return Advice(f"{counted} for {described(known, wait.key)}{first}", _for_setting(connection, known, wait.key))


def described(known: Setting, key: str | None) -> str:
    """A setting, and what of it is missing, in words: `a choice for 21 in "VAT codes"`."""
    if known.switch:
        return f'the setting "{known.title}", which is off'
    return f'a choice for {key} in "{known.title}"' if key else f'the setting "{known.title}"'


def _for_setting(connection: Connection, known: Setting, key: str | None) -> str:
    offered = known.choices in connectors.get(connection.connector).reference
    look = f"; the codes: fieldledger connections choices {connection.id} {known.choices}" if offered else ""
    if known.maps:
        what = _quoted(key) if key else "KEY"
        return f"fieldledger mappings set {connection.id} {known.name} {what}=CODE{look}"
    value = "true" if known.switch else "CODE" if known.choices else "VALUE"
    return f"fieldledger connections set {connection.id} {known.name}={value}{look}"


def _quoted(key: str) -> str:
    return key if key.replace(".", "").replace("-", "").replace("_", "").isalnum() else f"'{key}'"


async def _for_invoice(hub: Hub, connection: Connection, wait: Waiting) -> tuple[str, str]:
    """A credit note goes behind its invoice: which one, and how far that is."""
    id = wait.waits_for.removeprefix(_INVOICE)
    alone = f"or without it: fieldledger exports send-again {_quoted(wait.example)} --without-invoice"
    invoice = await hub.entries.get(entry_id(connection, "invoice", id))
    if invoice is None:
        send = f"fieldledger replay --connector {connection.connector} --tenant {connection.tenant} --document {id}"
        return f"the invoice {id}, which never came", f"send that one first: {send}; {alone}"
    what = f"invoice {invoice.number}, which is not in the package ({invoice.state})"
    return what, f"send that one first: fieldledger exports show {_quoted(invoice.number)}; {alone}"
