"""The JSON API of this area."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Query
from fastapi.responses import JSONResponse
from pydantic import Field

from services.console.audit import note
from services.console.context import Here, Mine, Office
from services.console.settings import mapping_views, views
from services.console.settings.fields import Form
from services.console.settings.mapping_views import ChangedView, MappingsView, Pairs
from services.console.settings.saving import defaults
from services.console.settings.views import NotValid, SavedView, SettingsView, Table
from shared.connections import SavedMeanwhile
from shared.schemas.base import Frozen
from shared.schemas.connections import Connection

router = APIRouter(prefix="/api/v1", tags=["settings"])

Name = Annotated[str, Path(max_length=100)]
Values = Annotated[Mapping[str, Any], Field(max_length=200)]
MOST_VERSIONS = 2**53


class Changes(Frozen):
    """Settings to change; the others stay. With a `version`, only if nobody saved since that was read."""

    settings: Values
    version: Annotated[int, Field(ge=0, le=MOST_VERSIONS)] | None = None


class Whole(Frozen):
    """All settings: what is left out gets its default. `version` is that which was read."""

    settings: Values
    version: Annotated[int, Field(ge=0, le=MOST_VERSIONS)]


_REFUSED: dict[int | str, dict[str, Any]] = {
    409: {"description": "Somebody else saved meanwhile, or the connection was ended."},
    422: {"description": "Some settings are wrong: a sentence for each."},
}


@router.get("/connections/{connection}/settings")
async def read(here: Here, connection: Mine) -> SettingsView:
    """The settings, the JSON schema of what they may be, and what documents wait for."""
    return await views.view(here.hub, connection)


@router.get("/connections/{connection}/settings/form")
async def form(here: Here, connection: Mine) -> Form:
    """The form of these settings as data, with what can be chosen: all that the page shows."""
    return await views.form_of(here.hub, connection, here.texts)


@router.put("/connections/{connection}/settings", response_model=SavedView, responses=_REFUSED)
async def replace(here: Here, connection: Mine, wanted: Whole) -> SavedView | JSONResponse:
    """Save all settings, and wake the documents that waited for one of them."""
    return await _save(here, connection, {**defaults(connection), **wanted.settings}, wanted.version)


@router.patch("/connections/{connection}/settings", response_model=SavedView, responses=_REFUSED)
async def change(here: Here, connection: Mine, wanted: Changes) -> SavedView | JSONResponse:
    """Save some settings, and wake the documents that waited for one of them."""
    return await _save(here, connection, wanted.settings, wanted.version)


@router.get("/connections/{connection}/settings/choices/{name}", responses={404: {"description": "No such list."}})
async def choices(here: Here, connection: Mine, name: Name, q: Annotated[str, Query(max_length=100)] = "") -> Table:
    """What a setting can be chosen from, as last read from the package; `q` is looked for in codes and titles."""
    found = await views.choices(here.hub, connection, name, q)
    if found is None:
        raise HTTPException(404)
    return found


@router.get("/connections/{connection}/mappings")
async def all_mappings(here: Here, connection: Mine) -> MappingsView:
    """Which code of the package stands for what, and what has none yet."""
    return await mapping_views.all_mappings(here.hub, connection)


@router.put("/connections/{connection}/mappings/{name}", responses=_REFUSED)
async def map_codes(here: Here, connection: Mine, name: Name, wanted: Pairs) -> ChangedView:
    """Choose codes for some keys; documents that waited for these keys go on at once."""
    views.must_live(connection)
    done = await mapping_views.change(here.hub, connection, name, wanted)
    await note(here, "settings.changed", connection, settings=[name], documents=done.documents_go_on)
    return done


async def _save(
    here: Office, connection: Connection, wanted: Mapping[str, Any], version: int | None
) -> SavedView | JSONResponse:
    try:
        saved = await views.save_values(here.hub, connection, wanted, version, here.texts)
    except NotValid as error:
        return JSONResponse({"error": str(error), "fields": error.fields}, 422)
    except SavedMeanwhile as error:
        return JSONResponse({"error": here.texts.said(str(error))}, 409)
    if saved.changed:
        await note(here, "settings.changed", connection, settings=saved.changed, documents=saved.documents_go_on)
    return saved
