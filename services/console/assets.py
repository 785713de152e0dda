"""What browsers fetch beside pages: style, scripts, icons, fonts. All ours, named by their content, kept for a year."""

import hashlib
from functools import cache
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

STATIC = Path(__file__).parent / "static"
PATH = "/static"
YEAR = "public, max-age=31536000, immutable"


@cache
def version() -> str:
    """Of all files together: the style names its fonts by where it stands itself."""
    content = hashlib.sha256()
    for file in _files().values():
        content.update(file.read_bytes())
    return content.hexdigest()[:12]


@cache
def _files() -> dict[str, Path]:
    """Those there are, so that no path leads anywhere else."""
    return {file.relative_to(STATIC).as_posix(): file for file in sorted(STATIC.rglob("*")) if file.is_file()}


def asset(name: str) -> str:
    """Where a file is: `asset("console.css")`."""
    assert name in _files(), f"there is no {name} in static/"
    return f"{PATH}/{version()}/{name}"


async def serve(request: Request) -> Response:
    """A file; one that is asked for by an older name may have changed since, so that is not kept."""
    file = _files().get(request.path_params["name"])
    if file is None:
        raise HTTPException(404)
    kept = YEAR if request.path_params["version"] == version() else "no-cache"
    return FileResponse(file, headers={"Cache-Control": kept})
