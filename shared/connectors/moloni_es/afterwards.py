"""Closing a document, for those who chose that: the last step, and the one that cannot be undone."""

from collections.abc import Sequence
from functools import partial

from shared.connector import FollowUp
from shared.mapping import Receipt, Request

from . import exports, lookups
from .client import Client
from .gathered import WorkOrderJob
from .kinds import DocumentKind


def closing(kind: DocumentKind) -> FollowUp:
    """Close documents of this kind; one whose total differs from ours stays a draft (section 4.2, Plugin flow)."""

    async def find(client: Client, job: WorkOrderJob) -> Sequence[Receipt]:
        return await lookups.closed(client, kind, job)

    async def send(client: Client, request: Request) -> Receipt:
        return await client.close(kind, request)

    return FollowUp("close", "closing it", lambda _job: True, find, partial(exports.closing, kind), send)
