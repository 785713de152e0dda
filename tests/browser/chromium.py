"""Which Chromium the tests use: the distribution's own, so that nothing is downloaded."""

import os
import shutil

SETTING = "FIELDLEDGER_CHROMIUM"
_NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--force-prefers-reduced-motion"]
"""Tests run as root in containers with little shared memory, and wait for no animation."""


def chromium() -> str:
    """Its path. Without one the tests fail: a console that nobody looked at is not tested."""
    found = os.environ.get(SETTING) or next(filter(None, map(shutil.which, _NAMES)), None)
    assert shutil.which(found or ""), (
        f"The browser tests need Chromium: run deploy/setup/chromium.sh (on Debian: apt-get install chromium), or set "
        f"{SETTING} to where yours is."
    )
    return str(found)
