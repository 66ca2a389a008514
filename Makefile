# Every task of the project. `make help` lists them.
# Two cores and the package registries are all that any of them needs.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help setup demo test check lint format types imports docs docs-check bench bench-moving nightly rollouts lock clean

help: ## List the tasks
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(VENV)/.installed web/dist/.built ## Install what the lock files name into .venv and build the web assets

$(VENV)/.installed: requirements.lock pyproject.toml
	@echo "Installing the locked packages into $(VENV) …"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Boxoffice needs Python 3.11 or newer: make PYTHON=python3.12 …")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

web/dist/.built: $(wildcard web/build.* web/package*.json web/graphiql/* web/graphiql/examples/* web/operations/*) | $(VENV)/.installed
	@echo "Building the pages …"
	@$(BIN)/python web/build.py

demo: setup ## Serve a demonstration from nothing: its own PostgreSQL and Valkey, data and GraphiQL
	@$(BIN)/boxoffice serve --demo

test: setup ## Run every test against servers that it starts by itself
	@$(BIN)/python tests/run.py

check: setup lint types imports docs-check ## Everything that must hold before work lands
	@$(BIN)/python tests/run.py --coverage

lint:
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .

format: setup ## Format the code, and mend what the linter can
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

types:
	@$(BIN)/mypy

imports:
	@$(BIN)/lint-imports --no-logo

docs: setup ## Write the generated documents again
	@$(BIN)/python -m server.documents write

docs-check:
	@$(BIN)/python -m server.documents check

bench: setup ## Measure, beside a hand-written endpoint on the same tables
	@$(BIN)/python benchmarks/run.py
	@$(BIN)/python benchmarks/authorisation.py
	@$(BIN)/python benchmarks/flagged.py

bench-moving: setup ## Measure how a million events move to functions and back; takes half an hour
	@$(BIN)/python benchmarks/moving.py

nightly: setup rollouts ## The long campaigns
	@$(BIN)/python tests/run.py --nightly

rollouts: setup ## Test the graph with functions first for everybody, for nobody, and for half
	@for each in on off half; do echo "Functions first: $$each"; $(BIN)/python -m pytest -q -n auto \
	  -m "not nightly and not quiet" --functions $$each tests/resolvers tests/schema || exit 1; done

lock: ## Resolve the dependencies again (needs uv)
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --quiet --output-file requirements.lock

clean: ## Remove what set-up and builds made (data in .boxoffice stays)
	rm -rf $(VENV) web/dist web/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
