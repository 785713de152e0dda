"""Which documents of a connector the faults are about: what its own table of contents declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shared import connectors
from shared.access import Credentials
from shared.connector import Connector, Export
from shared.exporting import MODELS
from shared.sandbox.scenario import scenario
from shared.schemas.documents import Flow

SETTINGS: Mapping[Flow, str] = {"workorder": "work_order_document", "invoice": "invoice_document"}
"""The setting that chooses what documents of a flow become."""

_NAMED = ("relation", "product_category", "product")
"""Kinds with a name or a description, which tells whether a change arrived."""


def chosen(connector: Connector) -> dict[Flow, str]:
    """What documents of each flow become: as users have it by default, else the first kind there is."""
    found = {flow: _document_type(connector, flow) for flow in SETTINGS}
    return {flow: document_type for flow, document_type in found.items() if document_type is not None}


def _document_type(connector: Connector, flow: Flow) -> str | None:
    offered = [document_type for model, document_type in connector.exports if model is MODELS[flow]]
    default: str | None = connector.settings.model_fields[SETTINGS[flow]].default if offered else None
    return default or next(iter(offered), None)


def choices(connector: Connector) -> dict[str, Any]:
    """The settings by which every flow is exported."""
    return {**scenario(connector.name).settings, **{SETTINGS[flow]: type for flow, type in chosen(connector).items()}}


def export_of(connector: Connector, flow: Flow) -> Export:
    """How documents of that flow are exported then."""
    return connector.exports[MODELS[flow], chosen(connector)[flow]]


def login_may_be_lost(connector: str) -> bool:
    """Whether a renewal whose answer gets lost can end the login."""
    return scenario(connector).rotates and not isinstance(connectors.get(connector).auth, Credentials)


def kinds_of(connector: str) -> Sequence[str]:
    """The kinds that are read by themselves: two, if it has so many with a name."""
    declared = connectors.get(connector)
    return [kind for kind in _NAMED if kind in declared.kinds and not declared.import_of(kind).manual_only][:2]
