"""The JSON API of this area."""

from fastapi import APIRouter

router = APIRouter(prefix="/api/v1", tags=["preview"])
