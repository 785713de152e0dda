#!/bin/sh
# A real Kafka and a MongoDB run in a container or under Java: see deploy/local. Installs Java and Maven where we may.
set -eu

present() { command -v "$1" >/dev/null 2>&1; }

if present docker && docker info >/dev/null 2>&1; then exit 0; fi
if present javac && present mvn; then exit 0; fi

as_root=""
if [ "$(id -u)" -ne 0 ]; then as_root="sudo -n"; fi
if ! present apt-get || ! $as_root true 2>/dev/null; then
    echo "A real Kafka and a MongoDB need a Java 17 JDK and Maven, or a running container engine: please install either." >&2
    exit 1
fi
echo "Installing Java and Maven for a real Kafka and a MongoDB"
$as_root apt-get update -qq
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    openjdk-17-jdk-headless maven >/dev/null
