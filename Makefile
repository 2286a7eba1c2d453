# One virtual environment, made on first need. Everything below works on a fresh machine with Python and make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.sayso-installed
# More arguments for pip, e.g. an index with the CPU-only build of torch (see README).
PIP_ARGS ?=
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-long check format bench train screenshots clean

help: ## Say what there is
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## Make the virtual environment (2.4 GB with the CPU build of torch)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "sayso needs Python 3.11 or newer")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_ARGS) -c constraints.txt -e '.[test]'
	touch $@

demo: $(STAMP) ## Collect a sample town with real spiders, read it, and open the view (ARGS=--no-view ends before it)
	$(BIN)/sayso demo $(ARGS)

test: check ## Lint, types, floors and all tests (under 20 minutes on 2 cores)
	$(BIN)/python -m pytest -n $(WORKERS) -m 'not long' $(ARGS)

test-long: check ## The slow tests too
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test,long]'
	$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

check: $(STAMP) ## ruff, mypy strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP) ## Put the code into its form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(STAMP) ## Measure and print JSON
	$(BIN)/sayso bench reader --json

# Where the labelled corpora stand (their shape: docs/corpora.md).
DATA ?= ../shared/data

train: $(STAMP) ## Train the reader's weights from the corpora in DATA (hours; LICENCES=open: openly licensed sets only)
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[train]'
	$(BIN)/python -m models.training.train --data $(DATA) --licences $(or $(LICENCES),all) $(ARGS)

screenshots: $(STAMP) ## Take the pictures of the view from the demo's home
	$(BIN)/python -m app.screenshots demo-home docs/images

clean: ## Remove the virtual environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
