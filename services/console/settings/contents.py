"""What is in one field: the options it has, its texts, or the rows of its table. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from services.console.settings.draft import Draft
from services.console.settings.fields import Field, Row, Widget
from services.console.settings.offers import Offer, Option
from services.console.settings.shapes import Shape, worded
from shared.connector import Connector
from shared.exporting import CHOSEN_BY, MODELS
from shared.mapping import Choice
from shared.missing import Missing

LISTED = 40
"""A list that long can be looked through; a longer one is searched."""


def a_field(draft: Draft, shape: Shape) -> Field:
    """One setting."""
    name, hints, given = shape.name, shape.hints, draft.given[shape.name]
    offer = draft.offers.get(hints.choices or "")
    widget = _widget(shape, offer)
    waits = [wait for wait in draft.missing if wait.waits_for == name]
    field = Field(
        name=name,
        title=shape.title,
        description=shape.description,
        widget="table" if shape.kind == "mapping" else widget,
        cell=widget,
        value=given if isinstance(given, str) else "",
        word=shape.fixed[0] if shape.kind == "word" else None,
        value_title=offer.title(given) if offer and isinstance(given, str) else None,
        offer=offer.name if offer and offer.choices and widget in ("search", "lines") else None,
        not_read=offer is not None and offer.name in draft.connector.reference and offer.read is None,
        problem=offer.problem if offer else None,
        fixed_keys=bool(shape.keys),
        key=hints.key,
        key_unit=hints.key_unit,
        unit=hints.unit,
        longest=shape.longest,
        error=draft.remarks.errors.get(name),
        ask=draft.remarks.asks.get(name),
        meanwhile=name in draft.remarks.meanwhile,
        waits=sum(wait.count for wait in waits),
        more=any(wait.more for wait in waits),
        example=waits[0].example if waits else None,
    )
    return field.model_copy(update=_contents(draft, shape, widget, offer))


def _contents(draft: Draft, shape: Shape, widget: Widget, offer: Offer | None) -> dict[str, object]:
    """What depends on how the field is filled in: its options, texts or rows."""
    given = draft.given[shape.name]
    if shape.kind == "mapping":
        pairs = [pair for pair in given if isinstance(pair, tuple)]
        return {"rows": tuple(_rows(draft, shape, pairs, widget, offer))}
    if widget == "lines":
        return {"values": (*given, *_blanks(draft, shape.name))}
    texts = given if isinstance(given, tuple) else (given,)
    chosen = tuple(one for one in texts if isinstance(one, str))
    return {"values": chosen, "options": tuple(options(draft, shape, chosen, offer)) if _lists(widget) else ()}


def _blanks(draft: Draft, name: str) -> Iterator[str]:
    return ("" for _ in range(2 if draft.more == name else 1))


def _lists(widget: Widget) -> bool:
    return widget in ("select", "checks")


def _widget(shape: Shape, offer: Offer | None) -> Widget:
    """What one value is chosen with; for texts, what all of them are."""
    many = shape.kind in ("choices", "texts")
    if shape.fixed:
        return "word" if shape.kind == "word" else "checks" if many else "select"
    if shape.of is not str or shape.kind == "switch":
        return "switch" if shape.kind == "switch" else _OTHER_TYPES[shape.of]
    if offer and offer.whole and not shape.hints.suggests and len(offer.choices) <= LISTED:
        return "checks" if many else "select"
    return "lines" if many else "area" if shape.hints.long else "search" if offer and offer.choices else "text"


_OTHER_TYPES: Mapping[type, Widget] = {int: "number", Decimal: "number", date: "date"}


def options(draft: Draft, shape: Shape, chosen: Sequence[str], offer: Offer | None) -> Iterator[Option]:
    """What can be chosen, what is chosen now included. Of some codes those chosen stand first, in their order."""
    offered = list(_fixed(draft, shape)) if shape.fixed else [_option(one.code, one.title) for one in _choices(offer)]
    known = {one.value: one for one in offered}
    strange = [Option(value=one, title=one, not_offered=True) for one in chosen if one and one not in known]
    if shape.kind == "texts":
        first = [known.get(one) or Option(value=one, title=one, not_offered=True) for one in chosen]
        yield from (*first, *(one for one in offered if one.value not in chosen))
        return
    if shape.kind == "mapping" or shape.optional or ("" in chosen and shape.kind == "choice"):
        yield Option(value="", title=shape.hints.titles.get("", ""), ours=True)
    yield from (*strange, *offered)


def _choices(offer: Offer | None) -> Sequence[Choice]:
    return offer.choices if offer else ()


def _option(code: str, title: str) -> Option:
    return Option(value=code, title=title)


def _fixed(draft: Draft, shape: Shape) -> Iterator[Option]:
    exports = _exports(draft.connector, shape.name)
    for value in shape.fixed:
        title, tier = exports.get(value, (worded(value), None))
        needed = None if draft.connector.includes(draft.tier, tier) else tier
        yield Option(value=value, title=shape.hints.titles.get(value, title), ours=True, tier=needed)


def _exports(connector: Connector, setting: str) -> Mapping[str, tuple[str, str | None]]:
    """What documents of a flow can become, for the settings that choose it: title and licence by name."""
    for flow, chosen_by in CHOSEN_BY.items():
        if setting in (chosen_by, f"{chosen_by}s"):
            found = connector.exports.items()
            return {name: (how.title, how.tier) for (model, name), how in found if model is MODELS[flow]}
    return {}


def _rows(
    draft: Draft, shape: Shape, pairs: Sequence[tuple[str, str]], widget: Widget, offer: Offer | None
) -> Iterator[Row]:
    """What documents wait for on top, then what is mapped, then an empty row to add to."""
    waits = {wait.key: wait for wait in draft.missing if wait.waits_for == shape.name and wait.key}
    codes = dict(pairs)
    first = sorted(shape.keys, key=lambda key: key not in waits) if shape.keys else list(waits)
    ordered = [*((key, codes.get(key, "")) for key in first), *(pair for pair in pairs if pair[0] not in first)]
    for key, code in ordered:
        if key or code:
            yield _row(draft, shape, key, code, widget, offer, waits.get(key))
    for _ in () if shape.keys else _blanks(draft, shape.name):
        yield _row(draft, shape, "", "", widget, offer, None)


def _row(
    draft: Draft, shape: Shape, key: str, code: str, widget: Widget, offer: Offer | None, wait: Missing | None
) -> Row:
    suggested = offer.suggestions(key) if offer and wait else ()
    return Row(
        key=key,
        code=code,
        key_title=shape.hints.titles.get(key, key) if shape.keys else None,
        code_title=offer.title(code) if offer and code else None,
        waits=wait.count if wait else 0,
        more=wait.more if wait else False,
        example=wait.example if wait else None,
        suggestions=tuple(_option(one.code, one.title) for one in suggested),
        options=tuple(options(draft, shape, (code,), offer)) if widget == "select" else (),
    )
