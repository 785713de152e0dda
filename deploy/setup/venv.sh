#!/bin/sh
# Makes .venv from requirements.lock: exactly those versions, checked by hash, then this project itself.
set -eu

usable() {
    # Run it: a name on the PATH may be a shim for a Python that is not there, or lack what a venv needs.
    "$1" -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' >/dev/null 2>&1
}

find_python() {
    for name in python3.13 python3.12 python3.11 python3; do
        if usable "$name"; then
            echo "$name"
            return
        fi
    done
    echo "Python 3.11, 3.12 or 3.13 with venv is needed (Debian: apt-get install python3-venv)." >&2
    exit 1
}

if ! usable .venv/bin/python; then
    python=$(find_python)
    echo "Making .venv with $python"
    rm -rf .venv
    "$python" -m venv .venv
fi
.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
.venv/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
