"""Who may log in to the pretend Multivers, and which administrations they may open."""

from collections.abc import Mapping

from shared.sandbox.oauth import User

FIRST, SECOND, OTHER = "MVL00321", "MVL00322", "MVL00510"
_NAMES = {
    FIRST: "De Vries Installatietechniek B.V.",
    SECOND: "De Vries Onderhoud B.V.",
    OTHER: "Atelier Noord",
}
USERS = (
    User("JVRIES", "Joost de Vries", "joost@devries.example"),
    User("LNOORD", "Lotte Noord", "lotte@noord.example"),
)
_MAY_OPEN = {"JVRIES": (FIRST, SECOND), "LNOORD": (OTHER,)}
OPENS: Mapping[str, Mapping[str, str]] = {user: {id: _NAMES[id] for id in ids} for user, ids in _MAY_OPEN.items()}
"""By user: the administrations with their names."""
ADMINISTRATIONS = tuple(_NAMES)
