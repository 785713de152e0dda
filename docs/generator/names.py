"""Names that people read and that no sentence holds: settings, kinds, documents, taken from the finished connectors."""

from shared import connectors
from shared.connector import Connector
from shared.words import FLOWS, plural, singular


def of_core() -> set[str]:
    """Kinds and documents, which several connectors share."""
    kinds = {kind for how in connectors.all_connectors() for kind in how.kinds}
    documents = {name for how in connectors.all_connectors() for _, name in how.exports}
    flows = set(FLOWS.values())
    named = {singular(one) for one in kinds | documents} | {plural(one) for one in kinds | documents}
    return named | flows | {plural(one) for one in flows}


def of_connector(how: Connector) -> set[str]:
    """Titles and descriptions of its settings, and what its documents and the steps behind them are called."""
    found = {text for field in how.settings.model_fields.values() for text in (field.title, field.description)}
    for export in how.exports.values():
        found.add(export.title)
        found |= {step.title for step in export.follow_ups}
    return {text for text in found if text} - {how.title}
