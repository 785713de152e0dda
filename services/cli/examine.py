"""The checks of `fieldledger doctor`. Each says what it found; none of them ever raises."""

import platform
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx

from services.cli.context import load_settings
from services.cli.overview import Overview, overview
from shared import connectors
from shared.access import Credentials
from shared.connector import Connector
from shared.errors import FieldledgerError, Misconfigured
from shared.keys import KeyRing
from shared.log import mask
from shared.runtime import make_store, open_hub
from shared.settings import Settings
from shared.store import Store
from shared.store.collections import SLOTS
from shared.topic_admin import list_topics
from shared.topics import all_topics

VENDOR_TIMEOUT = 5.0
Level = Literal["ok", "note", "wrong"]


@dataclass(frozen=True)
class Finding:
    """One line: `note` is worth knowing, `wrong` needs somebody to do what `do` says."""

    what: str
    level: Level
    says: str
    do: str = ""


async def examine() -> list[Finding]:
    """Everything, in the order in which it must work."""
    return [finding async for finding in _all()]


async def _all() -> AsyncIterator[Finding]:
    yield Finding("Python", "ok", platform.python_version())
    try:
        settings = load_settings()
    except FieldledgerError as error:
        yield Finding("settings", "wrong", str(error), "correct it in the environment or in .env")
        return
    yield _settings_source()
    store = await _store(settings)
    keys = _keys(settings)
    yield store
    yield keys
    for found in (*await _kafka(settings), *await _packages(settings), *await _webhooks(settings)):
        yield found
    if "wrong" not in {store.level, keys.level}:
        for found in await _connections(settings):
            yield found


def _settings_source() -> Finding:
    here = Path(".env")
    says = f"environment and {here.resolve()}" if here.exists() else "environment only; there is no .env here"
    return Finding("settings", "ok", says)


async def _store(settings: Settings) -> Finding:
    try:
        store = make_store(settings)
        await store.open()
    except (FieldledgerError, OSError) as error:
        return Finding(
            "store",
            "wrong",
            str(error),
            "set FIELDLEDGER_STORE: sqlite:///PATH in a folder you may write to, or mongodb://",
        )
    try:
        return await _writable(settings, store)
    finally:
        await store.close()


async def _writable(settings: Settings, store: Store) -> Finding:
    try:
        # Removes nothing: there is no such slot. It takes the write lock, though.
        await store.delete_many(SLOTS, ["doctor"])
    except FieldledgerError as error:
        return Finding("store", "wrong", str(error), "make it writable, or end what holds it")
    return Finding("store", "ok", f"{mask(settings.store)} opens and can be written")


def _keys(settings: Settings) -> Finding:
    try:
        keys = KeyRing.from_settings(settings)
    except FieldledgerError as error:
        return Finding("keys", "wrong", str(error), "set FIELDLEDGER_KEYS")
    kept = "FIELDLEDGER_KEYS" if settings.keys else "the key file beside the store: back it up with the store"
    return Finding("keys", "ok", f"{keys!r} from {kept}")


async def _kafka(settings: Settings) -> list[Finding]:
    try:
        states = await list_topics(settings.kafka, all_topics(list(connectors.names())))
    except Misconfigured as error:
        return [Finding("Kafka", "note", str(error))]
    except FieldledgerError as error:
        return [Finding("Kafka", "wrong", str(error), "start Kafka, or set FIELDLEDGER_KAFKA to where it is")]
    reached = Finding("Kafka", "ok", f"{settings.kafka} answers")
    missing = [state.name for state in states if not state.exists]
    if missing:
        says = f"{len(missing)} of {len(states)} are missing: {', '.join(missing[:3])}"
        return [reached, Finding("topics", "wrong", says, "fieldledger topics create")]
    different = [state.name for state in states if state.differences]
    if different:
        says = f"{', '.join(different[:3])} differ from what we create"
        return [reached, Finding("topics", "note", says, "fieldledger topics list")]
    return [reached, Finding("topics", "ok", f"all {len(states)} are there")]


async def _packages(settings: Settings) -> list[Finding]:
    found = [one for connector in connectors.all_connectors() for one in await _package(settings, connector)]
    if all(one.level == "note" for one in found):
        do = "register an app with a package, or try one: fieldledger sandbox"
        found.append(Finding("packages", "wrong", "none is configured", do))
    return found


async def _package(settings: Settings, connector: Connector) -> list[Finding]:
    access = settings.access(connector.name)
    prefix = f"FIELDLEDGER_CONNECTORS__{connector.name.upper()}__"
    if isinstance(connector.auth, Credentials):
        if not access.base_url:
            do = f"fieldledger connections connect --connector {connector.name}"
            return [Finding(connector.title, "note", "needs no app: its users type their codes", do)]
    elif not access.client_id:
        return [Finding(connector.title, "note", "is not configured", f"to use it, set {prefix}CLIENT_ID")]
    elif not access.client_secret.get_secret_value():
        return [Finding(connector.title, "wrong", "has no client secret", f"set {prefix}CLIENT_SECRET")]
    url = access.base_url or next(iter(connector.auth.sites.values()))
    return [Finding(connector.title, "ok", f"is configured, at {url}"), await _reached(connector.title, url)]


async def _reached(title: str, url: str) -> Finding:
    try:
        async with httpx.AsyncClient(timeout=VENDOR_TIMEOUT) as client:
            answer = await client.get(url)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        says = f"{url} does not answer ({type(error).__name__})"
        return Finding(f"{title}, reached", "wrong", says, "check the network, a proxy, or BASE_URL")
    return Finding(f"{title}, reached", "ok", f"{url} answers ({answer.status_code})")


async def _webhooks(settings: Settings) -> list[Finding]:
    calling = [one for one in connectors.all_connectors() if one.webhooks and settings.access(one.name).client_id]
    if not calling:
        return []
    if settings.public_url is None:
        titles = ", ".join(one.title for one in calling)
        do = "to have changes at once, set FIELDLEDGER_PUBLIC_URL, see docs/webhooks.md"
        return [Finding("webhooks", "note", f"nothing is registered with {titles}: changes come with the sync", do)]
    return [await _gateway(settings.public_url), *(found for one in calling for found in _secret(settings, one))]


async def _gateway(url: str) -> Finding:
    try:
        async with httpx.AsyncClient(timeout=VENDOR_TIMEOUT) as client:
            await client.get(url)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        says = f"{url} does not answer from here ({type(error).__name__})"
        return Finding("webhooks", "note", says, "fieldledger run webhooks; check the proxy in front of it")
    return Finding("webhooks", "ok", f"packages are asked to call {url}")


def _secret(settings: Settings, connector: Connector) -> list[Finding]:
    of_app = connector.webhooks is not None and connector.webhooks.administration is not None
    if not of_app or settings.access(connector.name).webhook_secret.get_secret_value():
        return []
    do = f"set FIELDLEDGER_CONNECTORS__{connector.name.upper()}__WEBHOOK_SECRET"
    says = "nothing is registered: the app's webhook secret is not set"
    return [Finding(f"{connector.title}, webhooks", "note", says, do)]


async def _connections(settings: Settings) -> list[Finding]:
    async with open_hub(settings, client_id="fieldledger.doctor") as hub:
        live = [one for one in await hub.connections.all() if one.state != "disconnected"]
        if not live:
            return [Finding("connections", "note", "there are none", "fieldledger connections connect")]
        return [finding for one in live for finding in _connection(await overview(hub, one))]


def _connection(seen: Overview) -> list[Finding]:
    """What is to be said of one connection; one line that all is well when there is nothing."""
    one = seen.connection
    name = f"{one.tenant}, {one.administration.name}"
    login = f"fieldledger connections connect --connector {one.connector} --tenant {one.tenant} --site {one.site}"
    found = []
    if seen.grant is None or seen.grant.state != "live":
        found.append(Finding(name, "wrong", f"access {seen.access}", login))
    elif seen.rests and seen.lane and seen.lane.rest:
        level: Level = "wrong" if seen.lane.rest.kind == "owner" else "note"
        found.append(Finding(name, level, f"rests: {seen.rests}", login if level == "wrong" else "wait"))
    found += [Finding(name, "wrong", advice.says, advice.do) for advice in seen.advice]
    if one.exports_from is None:
        held = seen.states.get("held", 0)
        do = f"fieldledger connections start-exports {one.id} --from YYYY-MM-DD"
        found.append(Finding(name, "note", f"exports are on hold, {held} document(s) wait", do))
    found += [Finding(name, "note", f"no calls left per {budget}", "wait") for budget in seen.empty_budgets]
    return found or [Finding(name, "ok", "nothing waits")]
