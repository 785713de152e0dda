"""Pages and fragments, from the templates in `pages/`."""

from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from services.console.assets import asset
from services.console.context import THEME, Office
from services.console.texts import LANGUAGES, Texts
from shared.schemas.connections import Connection

PAGES = Path(__file__).parent / "pages"


def render(request: Request, here: Office, template: str, status_code: int = 200, **context: Any) -> HTMLResponse:
    """A page or fragment for this user: `_`, `ngettext`, the filters and `csrf()` are in their language."""
    return HTMLResponse(page(request, here.texts, template, here=here, **context), status_code)


def page(request: Request, texts: Texts, template: str, *, here: Office | None = None, **context: Any) -> str:
    """The text of a page, also for somebody who is not signed in."""
    known = {
        "request": request,
        "here": here,
        "texts": texts,
        "_": texts,
        "ngettext": texts.plural,
        "csrf": lambda: _csrf(here),
        "theme": _theme(request),
        # What extends this is a whole page, or, asked for by htmx, only its content.
        "layout": "parts/fragment.html" if request.headers.get("hx-request") == "true" else "base.html",
        "embedded": request.url.path.startswith("/embed/"),
    }
    return environment().get_template(template).render(known | context)


def _csrf(here: Office | None) -> Markup:
    """The hidden field of every form that changes something."""
    if here is None or here.csrf is None:
        return Markup()
    return Markup('<input type="hidden" name="csrf" value="{}">').format(here.csrf)


def _theme(request: Request) -> str:
    theme = request.cookies.get(THEME, "")
    return theme if theme in {"light", "dark"} else "system"


@cache
def environment() -> Environment:
    """The templates. An unknown name in one is an error, so that a test finds it."""
    made = Environment(
        loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.globals |= {"asset": asset, "languages": LANGUAGES}
    made.filters |= {"said": _said, "date": _date, "moment": _moment, "number": _number, "money": _money}
    return made


def _texts(context: Context) -> Texts:
    texts: Texts = context["texts"]
    return texts


@pass_context
def _said(context: Context, sentence: str | None) -> str:
    return _texts(context).said(sentence)


@pass_context
def _date(context: Context, day: date | None) -> str:
    return _texts(context).date(day)


@pass_context
def _moment(context: Context, moment: datetime | None, zone: str | None = None) -> str:
    """By the clock of the connection that the page is about, unless a zone is given."""
    about = context.get("connection")
    return _texts(context).moment(moment, zone or (about.timezone if isinstance(about, Connection) else "UTC"))


@pass_context
def _number(context: Context, number: Decimal | float) -> str:
    return _texts(context).number(number)


@pass_context
def _money(context: Context, amount: Decimal, currency: str) -> str:
    return _texts(context).money(amount, currency)
