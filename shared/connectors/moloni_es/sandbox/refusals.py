"""How Moloni says no: errors that name a field, beside or in place of data (Moloni Spain fact sheet, section 2)."""

from __future__ import annotations


class Refusal(Exception):  # an answer to a caller, not an error of ours
    """A business error, told with HTTP 200. `field` is `*` where it is about no field."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(field, message)
        self.field = field
        self.message = message

    @property
    def error(self) -> dict[str, str]:
        """As it stands among `errors`."""
        return {"field": self.field, "msg": self.message}


def closed_company() -> Refusal:
    """A company that the user may not open, or that does not exist."""
    return Refusal("*", "You don't have access to this company.")
