"""What the fact sheet leaves open (section 6), as switches of the sandbox."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Rules:
    """`matching`: how a reference is searched for. `modified_in`: the zone in which `lastmodified` is understood.

    `modified_inclusive`: a record of that very second is listed. `repeats_pages`: classes that ignore `offset`.
    `unknown_as`: what `getOne` answers for an id that nobody has. `rounded`: each line is rounded, or only their sum.
    `negative_quantities`: lines may take something back. `chronological`: a document closes only with a day not before
    the last one of its series. `empty_refusals`: a refused write is answered with an empty list.
    """

    matching: Literal["exact", "substring"] = "substring"
    modified_in: str = "Europe/Lisbon"
    modified_inclusive: bool = True
    repeats_pages: Collection[str] = ()
    unknown_as: Literal["empty", "object", "error"] = "empty"
    rounded: Literal["line", "sum"] = "line"
    negative_quantities: bool = True
    chronological: bool = False
    empty_refusals: bool = False
