"""What people did, in words. The audit log keeps keys, so that each reader sees them in their own language."""

from collections.abc import Callable, Mapping
from typing import Any

from services.console.texts import Texts

DEEDS: Mapping[str, Callable[[Texts], str]] = {
    "connection.connected": lambda _: _("Connected"),
    "connection.ended": lambda _: _("Disconnected"),
    "connection.paused": lambda _: _("Paused"),
    "connection.resumed": lambda _: _("Went on after a pause"),
    "document.it_is_there": lambda _: _("Said that a document is in the package"),
    "document.left_out": lambda _: _("Left a document out"),
    "document.looked_for": lambda _: _("Looked for a document in the package"),
    "document.send_again": lambda _: _("Had a document sent again"),
    "documents.left_out": lambda _: _("Left the waiting documents out"),
    "documents.moved": lambda _: _("Moved the waiting documents"),
    "documents.sent": lambda _: _("Sent the collected documents"),
    "exports.started": lambda _: _("Started the exports"),
    "login.begun": lambda _: _("Went to the login page of a package"),
    "login.finished": lambda _: _("Logged in to a package"),
    "reconciliation.published": lambda _: _("Had compared what the platform published"),
    "reconciliation.started": lambda _: _("Had ledger and package compared"),
    "replay.previewed": lambda _: _("Looked at what a replay would do"),
    "replay.started": lambda _: _("Started a replay"),
    "session.began": lambda _: _("Signed in"),
    "session.ended": lambda _: _("Signed out"),
    "settings.changed": lambda _: _("Changed the settings"),
    "sync.asked": lambda _: _("Asked for a sync"),
}

DETAILS: Mapping[str, Callable[[Texts], str]] = {
    "administration": lambda _: _("Administration"),
    "document": lambda _: _("Document"),
    "documents": lambda _: _("Documents"),
    "found": lambda _: _("Found"),
    "from_day": lambda _: _("From"),
    "kinds": lambda _: _("Kinds"),
    "number": lambda _: _("Number"),
    "settings": lambda _: _("Settings"),
    "there": lambda _: _("It is there"),
}
"""Those that say something to a person; the others are in the JSON API."""


def deed(texts: Texts, what: str) -> str:
    """What was done; a key that nobody gave words to is shown as it is."""
    words = DEEDS.get(what)
    return words(texts) if words else what


def details(texts: Texts, given: Mapping[str, Any]) -> str:
    """`Settings: journal, vat_codes; Documents: 3`."""
    shown = {name: _shown(texts, given[name]) for name in DETAILS if given.get(name) not in (None, [], "")}
    return "; ".join(f"{DETAILS[name](texts)}: {value}" for name, value in shown.items())


def _shown(texts: Texts, value: Any) -> str:
    match value:
        case bool():
            return texts("yes") if value else texts("no")
        case int():
            return texts.number(value)
        case list() | tuple():
            return ", ".join(texts.said(str(one)) for one in value)
        case _:
            return texts.said(str(value))
