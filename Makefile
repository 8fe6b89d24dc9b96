# The two commands are `make serve` and `make test`; each does its whole set-up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SPREAD := --numprocesses auto --maxprocesses 8
# Without bytecode each of the processes that tests start and kill would compile all of the program anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: serve test test-off e2e soak bench lock graphiql clean

serve: $(VENV)/.run
	$(BIN)/classbook serve --demo

test: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest $(SPREAD)

test-off: $(VENV)/.dev ## The tests again with graphql-core in place of plans: the answers must be the same.
	CLASSBOOK_EXECUTOR=off $(BIN)/pytest $(SPREAD)

e2e: $(VENV)/.dev ## In a real browser, and its processes started and killed; installs Debian's Chromium where there is none and apt may.
	command -v chromium >/dev/null || { apt-get update -qq && apt-get install -y -qq chromium; }
	$(BIN)/pytest --numprocesses 2 tests/e2e

soak: $(VENV)/.dev ## A thousand commands while the server is killed and PostgreSQL crashes; a year; the full demo's reports; many drawn queries.
	$(BIN)/pytest tests/soak
	EXECUTION_EXAMPLES=60 $(BIN)/pytest $(SPREAD) tests/test_execution*.py

bench: $(VENV)/.dev ## Measure against the limit and the peers; those written in Node are left out where there is no npm.
	if command -v npm >/dev/null; then cd bench/peers && npm ci --no-audit --no-fund --loglevel=error; fi
	$(BIN)/python -m bench.run $(BENCH)

graphiql: ## Build the GraphiQL page anew (needs node 20.19 or newer and npm); the result is committed.
	cd server/graphiql && npm ci --no-audit --no-fund && npm run build

lock: ## Write both lock files anew from pyproject.toml (needs uv).
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url \
	  pyproject.toml --group build -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url \
	  pyproject.toml --group build --group dev -c requirements.lock -o requirements-dev.lock

$(VENV)/.run: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@

clean:
	rm -rf $(VENV) .bench .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
