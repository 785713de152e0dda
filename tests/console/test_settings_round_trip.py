"""What the form shows and nobody changes is saved as it was: for every package, whatever is chosen."""

import json
from datetime import date
from decimal import Decimal
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.datastructures import FormData
from starlette.requests import Request

from services.console.rendering import page
from services.console.settings.draft import Draft
from services.console.settings.form import form
from services.console.settings.offers import Offer
from services.console.settings.saving import attempt, changes, digest
from services.console.settings.shapes import Shape, shapes
from services.console.settings.written import written
from services.console.texts import LANGUAGES, texts
from shared import connectors
from shared.clock import now
from shared.mapping import Choice
from shared.schemas.connections import Administration, Connection
from tests.console.forms import untouched

REQUEST = Request({"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""})
WORDS = st.text(
    st.characters(blacklist_categories=("Cc", "Cs", "Zl", "Zp"), blacklist_characters="\u00ad"), min_size=1, max_size=20
).filter(lambda text: text == text.strip() != "")


def values(shape: Shape, *, code: bool = False) -> st.SearchStrategy[Any]:
    """A value of a setting, as JSON."""
    if shape.fixed:
        one: st.SearchStrategy[Any] = st.sampled_from([shape.of(value) for value in shape.fixed])  # type: ignore[operator]
    elif shape.of is date:
        one = st.dates(date(1990, 1, 1), date(2090, 1, 1)).map(str)
    elif shape.of is int:
        one = st.integers(0, 3650)
    elif shape.of is Decimal:
        one = st.decimals(0, 10**6, places=3, allow_nan=False).map(lambda amount: format(amount, "f"))
    else:
        one = WORDS.map(lambda text: text[: shape.longest].strip() or "x") if shape.longest else WORDS
    return one if code or not shape.optional else st.none() | one


def setting(shape: Shape) -> st.SearchStrategy[Any]:
    """What a setting may hold."""
    match shape.kind:
        case "switch":
            return st.booleans()
        case "nothing":
            return st.none()
        case "choices":
            return st.lists(values(shape), unique=True)
        case "texts":
            return st.lists(values(shape), max_size=4)
        case "mapping":
            keys = st.sampled_from(shape.keys) if shape.keys else WORDS
            if shape.hints.key_unit:
                keys = st.integers(0, 1000).map(lambda tenth: format((Decimal(tenth) / 10).normalize(), "f"))
            codes = st.integers(1, 99).map(str) if not shape.fixed and shape.of is str else values(shape, code=True)
            return st.dictionaries(keys, codes, max_size=4)
        case _:
            ids = shape.of is str and not shape.fixed and shape.hints.choices
            return st.none() | st.integers(0, 999).map(str) if ids else values(shape)


def chosen(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Settings of a package, all of them at random."""
    return st.fixed_dictionaries({key: setting(shape) for key, shape in shapes(connectors.get(name).settings).items()})


@pytest.mark.parametrize("name", connectors.names())
@given(data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_an_untouched_form_changes_nothing(name: str, data: st.DataObject) -> None:
    """Through the page, in any language, with what the package offers known, long, or never read."""
    connector = connectors.get(name)
    wanted = data.draw(chosen(name))
    if "closing" in wanted:  # a choice of closed documents needs the word
        wanted["closing"] = connector.settings.model_fields["closing"].annotation.__args__[0].__args__[0]  # type: ignore[union-attr]
    stored = connector.settings.model_validate(wanted).model_dump(mode="json")
    language = texts(data.draw(st.sampled_from(sorted(LANGUAGES))))
    offered = [Choice(str(n), f"Code {n}") for n in range(data.draw(st.sampled_from([0, 5, 90])))]
    connection = a_connection(name, stored, data.draw(st.sampled_from([None, *connector.tiers])))
    known = shapes(connector.settings)
    draft = Draft(
        connector=connector,
        tier=connection.tier,
        was={key: digest(stored[key]) for key in known},
        shapes=known,
        given={key: written(shape, stored[key], language) for key, shape in known.items()},
        offers={
            shape.hints.choices: Offer(shape.hints.choices, offered, whole=bool(offered))
            for shape in known.values()
            if shape.hints.choices
        },
    )
    shown = page(
        REQUEST, language, "settings/form.html",
        connection=connection, form=form(draft), saved=None, refused=False, marked=[], ended=False,
    )  # fmt: skip
    sent = FormData(cast("Any", untouched(shown, f"/connections/{connection.id}/settings")))
    found = changes(connection, attempt(sent, known), draft.offers, language)
    assert not found.remarks, found.remarks
    assert found.values == {}, json.dumps({key: (stored[key], value) for key, value in found.values.items()})


def a_connection(name: str, chosen: dict[str, Any], tier: str | None) -> Connection:
    return Connection(
        id="c",
        tenant="acme",
        connector=name,
        grant="g",
        administration=Administration(code="1", name="A"),
        settings=chosen,
        created=now(),
        tier=tier,
    )
