# Every verb prepares what it needs; plain `make` lists them.
BIN := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help demo up test faults bench check docs texts sandbox kafka mongodb format lock java chromium screenshots

help:
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/ready $(if $(KAFKA),java) ## the whole way from work order to books, in one go (ONCE=1: end when done; KAFKA=1: real Kafka)
	@$(BIN)/python -m demo $(if $(ONCE),--once) $(if $(KAFKA),--kafka)

up: .venv/ready java ## every service by itself, on a real Kafka: processes or containers (ONCE=1: the demo's story on it)
	@$(BIN)/python -m deploy.up $(if $(ONCE),--once)

test: .venv/ready java chromium ## all tests, those on a real Kafka and in a browser included (ARGS="-k lanes" narrows it)
	@$(BIN)/pytest $(or $(ARGS),--numprocesses 2)

faults: .venv/ready java ## break everything at every point and count what is double or lost (FULL=1: for an hour)
	@$(BIN)/python -m tests.faults $(if $(FULL),--full)

bench: .venv/ready java ## how fast it is, against bare loops (QUICK=1: a tenth of it; ROWS=import,intake: these)
	@$(BIN)/python -m bench $(if $(QUICK),--quick) $(if $(ROWS),--rows $(ROWS)) $(if $(ROUNDS),--rounds $(ROUNDS))

check: .venv/ready ## style, types and borders
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

docs: .venv/ready ## write anew what the docs take from the code, the event contract included
	@$(BIN)/python -m docs.generate

texts: .venv/ready ## bring the catalogs of all languages up to date with what the code says, keeping what is translated
	@$(BIN)/python -m docs.generator.texts

sandbox: .venv/ready ## a pretend accounting package over HTTP (NAME=exact_online)
	@$(BIN)/fieldledger sandbox --connector $(or $(NAME),exact_online)

kafka: .venv/ready java ## a real Kafka on 127.0.0.1:9092, in the foreground
	@$(BIN)/python -m deploy.local.kafka

mongodb: .venv/ready java ## a MongoDB-compatible server on 127.0.0.1:27017, in the foreground
	@$(BIN)/python -m deploy.local.mongodb

format: .venv/ready ## let ruff tidy the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: .venv/ready ## choose the newest versions of all dependencies, with hashes, into requirements.lock
	@sh deploy/setup/lock.sh

screenshots: .venv/ready chromium ## the pictures of the console in docs/screenshots, from a running installation
	@$(BIN)/python -m tests.browser.screenshots

java:
	@sh deploy/setup/java.sh

chromium:
	@sh deploy/setup/chromium.sh

.venv/ready: requirements.lock pyproject.toml deploy/setup/venv.sh
	@sh deploy/setup/venv.sh
	@touch $@
