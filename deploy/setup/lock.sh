#!/bin/sh
# Writes requirements.lock: one list for every platform and Python we support, all extras and the build tools included.
set -eu

.venv/bin/pip install --quiet --disable-pip-version-check uv
printf 'hatchling\neditables\n' | .venv/bin/uv pip compile --quiet --upgrade \
    --universal --python-version 3.11 --all-extras --generate-hashes \
    --no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make lock" \
    pyproject.toml - -o requirements.lock
