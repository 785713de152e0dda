"""What a user sees when a command fails: one sentence and an exit code, never a traceback."""

import sys
import traceback
from collections.abc import Iterator
from tempfile import NamedTemporaryFile
from typing import Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from services.cli.output import complain
from shared.bus import BusUnavailable
from shared.errors import FieldledgerError, WorkError
from shared.log import mask
from shared.turns import FuseBlown

WRONG = 1
"""Exit code of a command that worked and found something wrong (doctor, preview)."""
FAILED = 2
FUSE = 3
BUG = 70
"""EX_SOFTWARE of sysexits.h."""

_NOT_OURS = (TyperException, typer.Exit, typer.Abort, EOFError, BrokenPipeError)


class Sentences(TyperGroup):
    """A command group whose errors become sentences."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; typer itself speaks of wrong usage, everything else is said here."""
        try:
            return super().invoke(ctx)
        except _NOT_OURS:
            raise
        except Exception as error:  # noqa: BLE001  # the last place that sees it
            raise typer.Exit(report(error, debug=bool(ctx.params.get("debug")))) from None


def report(error: Exception, *, debug: bool = False) -> int:
    """Say what went wrong; the exit code."""
    if debug:
        print(_trace(error), file=sys.stderr)
    said = _most_telling(error)
    if not isinstance(said, FieldledgerError):
        complain(_bug(error, debug=debug))
        return BUG
    complain(_sentence(said))
    return FUSE if isinstance(said, FuseBlown) else FAILED


def _sentence(error: FieldledgerError) -> str:
    if isinstance(error, BusUnavailable):
        return f"{error} Start Kafka, or set FIELDLEDGER_KAFKA to where it is; `fieldledger doctor` checks it."
    if isinstance(error, WorkError) and error.vendor_says:
        return f"{error} The package says: {mask(error.vendor_says)}"
    return str(error)


def _most_telling(error: BaseException) -> BaseException:
    """Of errors that came together, the one that explains the others: the fuse, else one made to be read."""
    leaves = list(_leaves(error))
    for kind in (FuseBlown, FieldledgerError):
        for leaf in leaves:
            if isinstance(leaf, kind):
                return leaf
    return leaves[0]


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error


def _trace(error: Exception) -> str:
    return mask("".join(traceback.format_exception(error)))


def _bug(error: Exception, *, debug: bool) -> str:
    name = type(_most_telling(error)).__name__
    if debug:
        return f"This is a bug in Fieldledger ({name}); please report the traceback above."
    with NamedTemporaryFile("w", prefix="fieldledger-", suffix=".log", delete=False) as log:
        log.write(_trace(error))
    return f"This is a bug in Fieldledger ({name}); please report it with the traceback in {log.name}."
