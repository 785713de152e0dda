"""The JSON API of this area."""

from fastapi import APIRouter

from services.console.context import Here, Mine
from services.console.integrations.views import Card, Integrations, card, integrations

router = APIRouter(prefix="/api/v1", tags=["integrations"])


@router.get("/integrations")
async def list_integrations(here: Here) -> Integrations:
    """Every package there is, and how the tenant's connection does."""
    return await integrations(here.hub, here.user.tenant)


@router.get("/connections/{connection}")
async def read_connection(here: Here, connection: Mine) -> Card:
    """How one connection does."""
    return await card(here.hub, connection)
