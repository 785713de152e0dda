"""The matrix: a service as a process, killed at every arrow of the protocol, on every bad day the sandbox can have.

A run is one story (`stories`) under one script (`scripts`): the victim (`victim`), a forked process, works until it
dies at its arrow or is quiet, and is started again until quiet. Then the sandbox's own memory is asked (`oracle`).
Time is the sandbox's: whoever waits moves it, so that leases and time-outs have the length of real life.
"""

from tests.faults.matrix.proof import report, run

__all__ = ["report", "run"]
