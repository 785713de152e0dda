"""The base of all sandboxes: pretend packages to develop, test and demonstrate against."""

from shared.sandbox.base import Sandbox
from shared.sandbox.browser import sandbox_approve
from shared.sandbox.clock import SandboxClock
from shared.sandbox.faults import Fault
from shared.sandbox.serve import create, serve, serving
from shared.sandbox.stage import Call

__all__ = ["Call", "Fault", "Sandbox", "SandboxClock", "create", "sandbox_approve", "serve", "serving"]
