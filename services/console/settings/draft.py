"""What a settings form is made of, before it is one: shapes, what is in the fields, what the package offers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.console.settings.fields import Ask
from services.console.settings.offers import Offer
from services.console.settings.shapes import Shape
from services.console.settings.written import Written
from shared.connector import Connector
from shared.missing import Missing


@dataclass(frozen=True)
class Remarks:
    """What there is to say about what was typed, by field; `general` belongs to none."""

    errors: Mapping[str, str] = field(default_factory=dict)
    asks: Mapping[str, Ask] = field(default_factory=dict)
    meanwhile: frozenset[str] = frozenset()
    general: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything that keeps it from being saved."""
        return bool(self.errors or self.asks or self.meanwhile or self.general)


@dataclass(frozen=True)
class Draft:
    """What the form is made of. `was` names what is saved, by setting; `given` is what stands in the fields.

    `more` names a list that gets one more empty row.
    """

    connector: Connector
    tier: str | None
    was: Mapping[str, str]
    shapes: Mapping[str, Shape]
    given: Mapping[str, Written]
    offers: Mapping[str, Offer]
    missing: Sequence[Missing] = ()
    remarks: Remarks = Remarks()
    more: str | None = None
