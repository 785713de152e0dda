"""The settings of a connection: the form, saving it, and what the API shows of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from pydantic import ValidationError

from services.console.settings.draft import Draft, Remarks
from services.console.settings.fields import Form
from services.console.settings.form import form
from services.console.settings.offers import Offer, Option, offer, offers
from services.console.settings.problems import GENERAL, problems
from services.console.settings.saving import Attempt, changes, digest, stored
from services.console.settings.shapes import Shape, shapes
from services.console.settings.written import Written, key_shown, written
from services.console.texts import Texts
from shared import connectors
from shared.clock import Moment
from shared.connections import SAVES, Saved, SavedMeanwhile
from shared.errors import Misconfigured, NeedsOwner
from shared.hub import Hub
from shared.missing import Missing, missing
from shared.schemas.base import Frozen
from shared.schemas.connections import Connection


@dataclass(frozen=True)
class Refused:
    """Nothing was saved: the form again, with what was typed and what is to be said about it."""

    form: Form
    remarks: Remarks


class Wait(Frozen):
    """What documents wait for: a setting, or one key of it. `more`: at least that many."""

    setting: str
    key: str | None
    documents: int
    more: bool
    example: str


class Table(Frozen):
    """What a setting can be chosen from. `read` None: not asked for yet; `problem`: why it could not be read."""

    name: str
    read: Moment | None
    problem: str | None
    options: tuple[Option, ...]


class SavedView(Frozen):
    """What was saved: the settings now, which of them are others than before, and how many documents go on."""

    version: int
    settings: Mapping[str, Any]
    changed: tuple[str, ...]
    documents_go_on: int


class NotValid(Misconfigured):
    """Some settings are wrong; `fields` has a sentence for each."""

    def __init__(self, fields: Mapping[str, str], texts: Texts) -> None:
        super().__init__(fields.get(GENERAL) or texts("Some settings are wrong. Nothing was saved."))
        self.fields = {name: sentence for name, sentence in fields.items() if name != GENERAL}


class SettingsView(Frozen):
    """The settings as they are saved, the JSON schema of what they may be, and what documents wait for."""

    version: int
    settings: Mapping[str, Any]
    json_schema: Mapping[str, Any]
    waiting: tuple[Wait, ...]


def known_shapes(connection: Connection) -> Mapping[str, Shape]:
    """The settings of this connection's package."""
    return shapes(connectors.get(connection.connector).settings)


async def form_of(hub: Hub, connection: Connection, texts: Texts, *, more: str | None = None) -> Form:
    """The form with what is saved; `more` names a list that gets one more empty row."""
    return form(await _draft(hub, connection, texts, {}, Remarks(), more))


async def typed_form(hub: Hub, connection: Connection, texts: Texts, tried: Attempt, more: str | None) -> Form:
    """The form with what was typed, unsaved."""
    return form(await _draft(hub, connection, texts, tried.given, Remarks(), more))


async def save(hub: Hub, connection: Connection, tried: Attempt, texts: Texts) -> Saved | Refused:
    """Save what was changed, and wake what waited for it; or say beside each field what is wrong with it."""
    for _ in range(SAVES):
        known = await _offers(hub, connection)
        wanted = changes(connection, tried, known, texts)
        if wanted.remarks:
            return await _refused(hub, connection, tried, wanted.remarks, texts)
        try:
            read = connection.settings_version or 0
            return await hub.connections.save_settings(connection.id, wanted.values, read=read)
        except SavedMeanwhile:
            connection = await hub.connections.get(connection.id)
        except Misconfigured as error:
            remarks = Remarks(general=(texts.said(str(error)),))
            return await _refused(hub, connection, tried, remarks, texts)
    raise Misconfigured("The settings are being changed by somebody else at this moment. Try again.")


async def _refused(hub: Hub, connection: Connection, tried: Attempt, remarks: Remarks, texts: Texts) -> Refused:
    """What was not touched is shown as it is saved by now."""
    before = stored(connection)
    shown = known_shapes(connection)
    touched = {
        name: given
        for name, given in tried.given.items()
        if digest(before[name]) == tried.was[name] or name in remarks.meanwhile or name in remarks.errors
    }
    touched |= {name: tried.given[name] for name in remarks.asks}
    draft = await _draft(hub, connection, texts, {name: touched[name] for name in shown if name in touched}, remarks)
    return Refused(form(draft), remarks)


async def _draft(
    hub: Hub,
    connection: Connection,
    texts: Texts,
    given: Mapping[str, Written],
    remarks: Remarks,
    more: str | None = None,
) -> Draft:
    known, before = known_shapes(connection), stored(connection)
    return Draft(
        connector=connectors.get(connection.connector),
        tier=connection.tier,
        was={name: digest(before[name]) for name in known},
        shapes=known,
        given={name: written(shape, before[name], texts) for name, shape in known.items()} | dict(given),
        offers=await _offers(hub, connection),
        missing=_as_shown(await missing(hub.store, connection.id), known, texts),
        remarks=remarks,
        more=more,
    )


def _as_shown(waits: Sequence[Missing], known: Mapping[str, Shape], texts: Texts) -> Sequence[Missing]:
    """Their keys as the rows of the form have them."""
    mine = [wait for wait in waits if wait.waits_for in known]
    return [replace(wait, key=key_shown(known[wait.waits_for], wait.key, texts)) if wait.key else wait for wait in mine]


async def _offers(hub: Hub, connection: Connection) -> Mapping[str, Offer]:
    names = (shape.hints.choices for shape in known_shapes(connection).values())
    return await offers(hub, connection, filter(None, names))


async def view(hub: Hub, connection: Connection) -> SettingsView:
    """What the API tells of the settings."""
    return SettingsView(
        version=connection.settings_version or 0,
        settings=stored(connection),
        json_schema=_schema(connection.connector),
        waiting=await waits(hub, connection),
    )


@cache
def _schema(connector: str) -> Mapping[str, Any]:
    return connectors.get(connector).settings.model_json_schema()


async def waits(hub: Hub, connection: Connection) -> tuple[Wait, ...]:
    """What documents wait for."""
    return tuple(map(_wait, await missing(hub.store, connection.id)))


def _wait(one: Missing) -> Wait:
    return Wait(setting=one.waits_for, key=one.key, documents=one.count, more=one.more, example=one.example)


def must_live(connection: Connection) -> None:
    """`NeedsOwner` for the settings of an ended connection: they can be seen, not changed."""
    if connection.state == "disconnected":
        raise NeedsOwner("This connection was ended. Connect again to change its settings.")


async def save_values(
    hub: Hub, connection: Connection, wanted: Mapping[str, Any], version: int | None, texts: Texts
) -> SavedView:
    """Save settings as values. `NotValid` says what is wrong with each, `SavedMeanwhile` that somebody else saved."""
    must_live(connection)
    model = connectors.get(connection.connector).settings
    try:
        model.model_validate({**stored(connection), **wanted})
    except ValidationError as error:
        raise NotValid(problems(error, known_shapes(connection), texts), texts) from None
    done = await hub.connections.save_settings(connection.id, wanted, read=version)
    now = done.connection
    return SavedView(
        version=now.settings_version or 0,
        settings=stored(now),
        changed=tuple(sorted(done.differs)),
        documents_go_on=done.go_on,
    )


async def choices(hub: Hub, connection: Connection, name: str, text: str = "") -> Table | None:
    """What fits a text, of one of the lists that settings are chosen from; None when there is no such list."""
    if name not in {shape.hints.choices for shape in known_shapes(connection).values()}:
        return None
    text = text.replace("\0", "")  # no store can look for it
    found = await offer(hub, connection, name, text)
    fitting = found.fitting(text) if text else found.choices
    options = tuple(Option(value=one.code, title=one.title) for one in fitting)
    return Table(name=name, read=found.read, problem=found.problem, options=options)
