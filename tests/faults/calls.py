"""Whether a package was called too often, by its own list of calls."""

from __future__ import annotations

from collections.abc import Sequence

from shared.connector import Window
from shared.sandbox import Call


def overrun(calls: Sequence[Call], window: Window) -> bool:
    """Whether more came within the length of a window than it allows, whenever that begins."""
    moments = sorted(call.at for call in calls)
    pairs = zip(moments, moments[window.calls :], strict=False)
    return any(late - early < window.length for early, late in pairs)
