fits = $(1) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null
PYTHON ?= $(shell for p in python3 python3.12 python3.11; do if $(call fits,$$p); then echo $$p; break; fi; done)
VENV := .venv
BIN := $(VENV)/bin
PROJECT := pyproject.toml $(wildcard requirements*.lock)
MONTHS := $(sort $(notdir $(wildcard data/sample/????-??)))

.DEFAULT_GOAL := help
.PHONY: help report archive fast test check clean lock

help:  ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{ printf "make %-8s %s\n", $$1, $$2 }' Makefile

report: $(VENV)/.installed  ## The newest sample month, from a fresh clone to a finished report
	$(BIN)/generate-report --data data/sample --output output/sample

archive: $(VENV)/.installed  ## All sample months, the oldest first
	set -e; for month in $(MONTHS); do \
		$(BIN)/generate-report $$month --data data/sample --output output/sample --replace; \
	done

test: $(VENV)/.installed-test check  ## Linters, type checker, tests, coverage
	OMP_NUM_THREADS=1 $(BIN)/python -m slipcover --branch --source analysis,report --skip-covered \
		-m pytest -n 2 --dist loadfile

fast: $(VENV)/.installed-test check  ## Linters, type checker and the quick tests
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist loadfile --quick

check: $(VENV)/.installed-test  ## Formatter, linter, type checker
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or 3.12 is needed (name one: make PYTHON=...)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(PROJECT) | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.installed-test: $(PROJECT) | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@ $(VENV)/.installed

lock:  ## Resolve the dependencies anew (needs uv)
	uv pip compile pyproject.toml --extra build --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -o requirements.lock
	uv pip compile pyproject.toml --extra build --extra test --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -o requirements-test.lock

clean:  ## Remove the environment and what tools left
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache
