"""The pages of this area: the settings form of a connection."""

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from services.console.audit import note
from services.console.context import Here, Mine, Office
from services.console.problems import is_fragment
from services.console.rendering import render
from services.console.settings import views
from services.console.settings.fields import Field, Form
from services.console.settings.saving import attempt
from shared import connectors
from shared.schemas.connections import Connection

Saved = Annotated[int | None, Query(ge=0)]
router = APIRouter(include_in_schema=False)

MOST_DOCUMENTS = 10_000_000
"""A number of documents in an address is what we put there, so it is no larger."""


@router.get("/connections/{connection}/settings")
async def show(request: Request, here: Here, connection: Mine, saved: Saved = None) -> HTMLResponse:
    """The form; as a part of a page where htmx asks for it."""
    form = await views.form_of(here.hub, connection, here.texts)
    return _page(request, here, connection, form, saved=saved)


@router.post("/connections/{connection}/settings")
async def save(request: Request, here: Here, connection: Mine) -> Response:
    """Save, or show the form again with what is to be said; nothing that was typed is lost."""
    views.must_live(connection)
    sent = await request.form()
    tried, more = attempt(sent, views.known_shapes(connection)), _text(sent, "add")
    if more:  # a browser without JavaScript wants one more row
        form = await views.typed_form(here.hub, connection, here.texts, tried, more)
        return _page(request, here, connection, form)
    done = await views.save(here.hub, connection, tried, here.texts)
    if isinstance(done, views.Refused):
        return _page(request, here, connection, done.form, status=422)
    if done.differs:
        await note(here, "settings.changed", connection, settings=sorted(done.differs), documents=done.go_on)
    if is_fragment(request):
        form = await views.form_of(here.hub, done.connection, here.texts)
        return _page(request, here, done.connection, form, saved=done.go_on)
    return RedirectResponse(f"/connections/{connection.id}/settings?saved={done.go_on}", 303)


@router.get("/connections/{connection}/settings/rows/{name}")
async def row(request: Request, here: Here, connection: Mine, name: str) -> HTMLResponse:
    """One more empty row of a list or mapping."""
    form = await views.form_of(here.hub, connection, here.texts)
    found = next((one for one in _fields(form) if one.name == name and one.widget in ("table", "lines")), None)
    if found is None or found.fixed_keys:
        raise HTTPException(404)
    return render(request, here, "settings/row.html", connection=connection, field=found)


@router.get("/connections/{connection}/settings/rows")
async def no_row(connection: Mine) -> Response:  # noqa: ARG001  # asked for it must be one's own, as everywhere
    """Nothing, in the place of a row that is removed from the form."""
    return HTMLResponse("")


@router.get("/connections/{connection}/settings/choices/{name}")
async def choices(request: Request, here: Here, connection: Mine, name: str) -> HTMLResponse:
    """What fits what somebody types; the field sends it under its own name."""
    typed = [*request.query_params.values(), ""][0][:100]
    table = await views.choices(here.hub, connection, name, typed)
    if table is None:
        raise HTTPException(404)
    return render(request, here, "settings/choices.html", list=table)


def _page(
    request: Request, here: Office, connection: Connection, form: Form, *, saved: int | None = None, status: int = 200
) -> HTMLResponse:
    marked = [one for one in _fields(form) if one.error or one.ask or one.meanwhile]
    shown: dict[str, Any] = {
        "form": form,
        "saved": min(saved, MOST_DOCUMENTS) if saved is not None else None,
        "refused": status != 200,  # noqa: PLR2004
        "marked": marked,
        "marked_names": {one.name for one in marked},
        "ended": connection.state == "disconnected",
        "package": connectors.get(connection.connector).title,
    }
    template = "settings/form.html" if is_fragment(request) else "settings/page.html"
    return render(request, here, template, status, connection=connection, **shown)


def _fields(form: Form) -> list[Field]:
    """Every field, wherever it stands."""
    found = [one for part in form.parts for one in part.fields]
    found += [one for part in form.parts for kind in part.kinds for one in kind.filters]
    return found + [one for part in form.parts for common in part.shared for one in common.filters]


def _text(form: FormData, name: str) -> str | None:
    value = form.get(name)
    return value if isinstance(value, str) and value else None
