"""The base of every shape that crosses a border of this project."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """Immutable; fields we do not know are ignored, so that a newer publisher does not break an older reader."""

    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True)
