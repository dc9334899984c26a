fits = $(1) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null
VERSIONS := 3.14 3.13 3.12 3.11
PYTHONS := python3 $(addprefix python,$(VERSIONS))
PYTHON ?= $(shell for p in $(PYTHONS); do if $(call fits,$$p); then echo $$p; break; fi; done)
VENV := .venv
BIN := $(VENV)/bin
PROJECT := pyproject.toml $(wildcard requirements*.lock)
MONTHS := $(sort $(notdir $(wildcard data/sample/????-??)))

# uv from the path, else its wheel in the environment, installs in a tenth of the time that pip needs.
pip := $(BIN)/python -m pip install --quiet --disable-pip-version-check
uv = $$(command -v uv || { $(pip) --require-hashes -r requirements-uv.lock && echo $(BIN)/uv; })
fetch = uv=$(uv) && $$uv pip install --quiet --python $(BIN)/python --no-deps --require-hashes -r $(1) \
	|| $(pip) --no-deps --require-hashes -r $(1)
ourselves = $(pip) --no-deps --no-build-isolation --editable .

.DEFAULT_GOAL := help
.PHONY: help report archive fast test check bench clean lock

help:  ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{ printf "make %-8s %s\n", $$1, $$2 }' Makefile

report: $(VENV)/.installed  ## The newest sample month, from a fresh clone to a finished report
	$(BIN)/generate-report --data data/sample --output output/sample --replace

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

bench: $(VENV)/.installed-test  ## What a report costs beside other tools, to docs/bench.md: half an hour
	$(BIN)/python -m docs.bench

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12, 3.13 or 3.14 is needed (name one: make PYTHON=...)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(PROJECT) | $(BIN)/python
	$(call fetch,requirements.lock)
	$(ourselves)
	touch $@

$(VENV)/.installed-test: $(PROJECT) | $(BIN)/python
	$(call fetch,requirements-test.lock)
	$(ourselves)
	touch $@ $(VENV)/.installed

resolve = uv pip compile --universal --python-version 3.11 --only-binary :all: --generate-hashes \
	--no-header --no-annotate
there-are-wheels = uv pip install --quiet --dry-run --target build --only-binary :all: --no-deps \
	--require-hashes --python-platform x86_64-manylinux_2_28 --python-version

lock:  ## Resolve the dependencies anew, to wheels alone for every Python (needs uv)
	$(resolve) pyproject.toml --extra build -o requirements.lock
	$(resolve) pyproject.toml --extra build --extra cluster --extra test -o requirements-test.lock
	echo uv | $(resolve) - -o requirements-uv.lock
	set -e; for version in $(VERSIONS); do $(there-are-wheels) $$version -r requirements-test.lock; done

clean:  ## Remove the environment and what tools left
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache
