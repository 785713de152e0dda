#!/bin/sh
# The tests look at the console in the distribution's Chromium. Installs it where we may; nothing else is downloaded.
set -eu

if [ -n "${FIELDLEDGER_CHROMIUM:-}" ]; then exit 0; fi
for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null 2>&1; then exit 0; fi
done

as_root=""
if [ "$(id -u)" -ne 0 ]; then as_root="sudo -n"; fi
if ! command -v apt-get >/dev/null 2>&1 || ! $as_root true 2>/dev/null; then
    echo "The browser tests need Chromium: please install it, or set FIELDLEDGER_CHROMIUM to where yours is." >&2
    exit 1
fi
echo "Installing Chromium for the browser tests"
$as_root apt-get update -qq
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
