"""The script for bad days: which call goes wrong, how, and whether the package did the work before it did."""

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Fault(BaseModel):
    """One scripted mishap for calls of that `method` whose path, operation and query match the regex `match`.

    `kind`: `answer` replies with `status`, `headers`, `body`; `cut` closes the line without an answer; `delay`
    answers after `seconds`; `stall` never answers. `{asked}` in a `body` becomes the call itself, its address and
    headers, as the pages of gateways quote it. `when`: with `before` the mishap comes first: the work is not
    done (for `delay`: done when the delay is over); with `after` the work is done and only its answer suffers.
    The first `skip` matching calls pass, then `times` suffer.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["answer", "cut", "delay", "stall"] = "answer"
    status: int = Field(500, ge=100, le=599)
    headers: dict[str, str] = {}
    body: str = ""
    match: str = ""
    method: str | None = None
    when: Literal["before", "after"] = "before"
    seconds: float = Field(0, ge=0)
    times: int = Field(1, ge=1)
    skip: int = Field(0, ge=0)

    def fits(self, method: str, target: str) -> bool:
        """Whether this mishap is meant for such a call. `target` is path and query, decoded."""
        return self.method in {None, method} and re.search(self.match, target) is not None


class Script:
    """The faults still to come, in the order they were added."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Put one more fault at the end of the script."""
        self._faults.append(fault)

    @property
    def left(self) -> tuple[Fault, ...]:
        """Those that nobody met yet."""
        return tuple(self._faults)

    def clear(self) -> None:
        """From now on everything works."""
        self._faults.clear()

    def take(self, method: str, target: str) -> Fault | None:
        """The fault this call suffers, None if it works. Each fitting fault that still skips counts the call."""
        for place, fault in enumerate(self._faults):
            if not fault.fits(method, target):
                continue
            if not fault.skip:
                self._spend(place, fault)
                return fault
            self._faults[place] = fault.model_copy(update={"skip": fault.skip - 1})
        return None

    def _spend(self, place: int, fault: Fault) -> None:
        if fault.times == 1:
            del self._faults[place]
        else:
            self._faults[place] = fault.model_copy(update={"times": fault.times - 1})
