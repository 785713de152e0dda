"""Names that people read and that no sentence holds: settings, kinds, documents, taken from the finished connectors."""

from collections.abc import Iterator

from services.console.settings.shapes import shapes, worded
from shared import connectors
from shared.access import Credentials
from shared.connector import Connector
from shared.hints import spoken
from shared.reconcile.findings import OPEN
from shared.words import FLOWS, plural, singular


def of_core() -> set[str]:
    """Kinds and documents, which several connectors share; the states of documents that a comparison names."""
    kinds = {kind for how in connectors.all_connectors() for kind in how.kinds}
    documents = {name for how in connectors.all_connectors() for _, name in how.exports}
    flows = set(FLOWS.values())
    named = {singular(one) for one in kinds | documents} | {plural(one) for one in kinds | documents}
    return named | flows | {plural(one) for one in flows} | set(OPEN)


def of_connector(how: Connector) -> set[str]:
    """What a form shows of its settings and its login, and what its documents and the steps behind them are called."""
    found = {*spoken(how.settings), *_values(how), *_login(how), *(window.name for window in how.limit.windows)}
    for export in how.exports.values():
        found.add(export.title)
        found |= {step.title for step in export.follow_ups}
    return {text for text in found if text} - {how.title}


def _values(how: Connector) -> Iterator[str]:
    """Fixed values that say what they are by themselves. The others have a title, as kinds and documents do."""
    named = {*how.kinds, *(name for _, name in how.exports)}
    for shape in shapes(how.settings).values():
        for value in set(shape.fixed) - named - set(shape.hints.titles):
            yield value if shape.kind == "word" else worded(value)


def _login(how: Connector) -> Iterator[str]:
    """What the user types, and where."""
    yield from how.auth.site_names.values()
    if isinstance(how.auth, Credentials):
        yield from (field.label for field in how.auth.fields)
