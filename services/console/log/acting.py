"""A user's word on one document, with the line that says who gave it."""

from services.console import audit
from services.console.context import Office
from services.console.log.documents import Full, document, find
from services.console.log.views import Word
from shared import asking
from shared.schemas.base import Frozen
from shared.schemas.connections import Connection

SOURCE = "fieldledger/console"
"""The `source` of events that a person in the console publishes."""


class SendAgain(Frozen):
    """`without_invoice`: a credit note, also though its invoice is not in the package."""

    without_invoice: bool = False


class There(Frozen):
    """Which document of the package it is: its number, or its id. One of them is enough."""

    number: Word = ""
    vendor_id: Word = ""


async def send_again(here: Office, connection: Connection, key: str, asked: SendAgain) -> Full:
    """Ask for it, then show it."""
    entry = await find(here.hub, connection, key)
    await asking.send_again(here.hub, entry, SOURCE, alone=asked.without_invoice)
    await audit.note(here, "document.send_again", connection, document=entry.number, alone=asked.without_invoice)
    return await document(here.hub, connection, key)


async def leave_out(here: Office, connection: Connection, key: str) -> Full:
    """Leave it out, then show it."""
    entry = await find(here.hub, connection, key)
    await asking.leave_out(here.hub, entry)
    await audit.note(here, "document.left_out", connection, document=entry.number)
    return await document(here.hub, connection, key)


async def it_is_there(here: Office, connection: Connection, key: str, there: There) -> Full:
    """Note it, then show it."""
    entry = await find(here.hub, connection, key)
    vendor_id, number = there.vendor_id or None, there.number or None
    await asking.it_is_there(here.hub, entry, SOURCE, vendor_id=vendor_id, number=number)
    await audit.note(here, "document.it_is_there", connection, document=entry.number, number=number, found=vendor_id)
    return await document(here.hub, connection, key)
