"""An installation as the browser tests use it: small packages, short pauses, any free port."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from demo.installation import Installation
from deploy.local.java import free_port
from shared.sandbox.scenario import Scenario

QUICK: dict[str, Any] = {
    "poll": 0.05,
    "retry_first": 0.2,
    "settle_after": 0.2,
    "console_rate": 1000.0,
    "reconcile_hour": -1,  # a comparison by night would stand among those that a test asks for
}


def start(bootstrap: str, folder: Path, names: Sequence[str]) -> Installation:
    """Use as `async with`: all services, the pretend packages and the platform's sign-in, as `make demo` runs them."""
    return Installation(bootstrap, folder, names, real_kafka=False, sized=_sized, port=lambda _: free_port(), **QUICK)


def _sized(scenario: Scenario) -> Mapping[str, Any]:
    return {**scenario.options, **scenario.small}
