# make test   everything that has to hold, in an environment of its own (.venv)
# make demo   the story of a data pull request, played on this machine
# Both need Python 3.11 or newer, git and make; the tests also node 20 or newer with npm, and Chromium. Another Python: make PYTHON=python3.13 test

PYTHON ?= python3
TEMPLATE := {{cookiecutter.project_slug}}
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
READY := $(VENV)/.ready
ACTIONLINT := $(VENV)/actionlint-1.6.0
WORKERS ?= 2

# No cache may lie where cookiecutter would bake it.
export MYPY_CACHE_DIR := $(CURDIR)/.mypy_cache
export RUFF_CACHE_DIR := $(CURDIR)/.ruff_cache
export HYPOTHESIS_STORAGE_DIRECTORY := $(CURDIR)/.hypothesis
export PYTEST_ADDOPTS := -p no:cacheprovider

.PHONY: test lint types engine in-place template demo format clean

test: lint types engine template
	@echo "All tests passed."

lint: $(READY)
	"$(BIN)/ruff" check .
	"$(BIN)/ruff" format --check .

types: $(READY)
	"$(BIN)/mypy"
	cd '$(TEMPLATE)' && "$(BIN)/mypy"

# The tests of the engine, in a freshly baked project, as its owner would run them.
engine: $(READY)
	"$(BIN)/python" tests/baking.py $(VENV)/baked
	cd $(VENV)/baked/out/* && PYTHONPATH="$$PWD/src" "$(BIN)/python" -m pytest -q -n $(WORKERS)

# The same in place, which is handy while working on them: make in-place TESTS=tests/formats
TESTS ?= tests
in-place: $(READY)
	cd '$(TEMPLATE)' && PYTHONPATH="$$PWD/src" "$(BIN)/python" -m pytest -q -n $(WORKERS) $(TESTS)

template: $(READY) $(ACTIONLINT)
	"$(BIN)/python" -m pytest -q -n $(WORKERS)

demo: $(READY)
	"$(BIN)/python" tests/demo.py

format: $(READY)
	"$(BIN)/ruff" check --fix .
	"$(BIN)/ruff" format .

$(READY): pyproject.toml tests/pinned.txt $(TEMPLATE)/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=…")'
	test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	"$(BIN)/python" tests/requirements.py > $(VENV)/requirements.txt
	"$(BIN)/python" -m pip install --quiet --disable-pip-version-check --requirement $(VENV)/requirements.txt
	"$(BIN)/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement tests/pinned.txt
	touch $(READY)

$(ACTIONLINT): tests/actionlint.py $(READY)
	"$(BIN)/python" tests/actionlint.py
	touch $(ACTIONLINT)

clean:
	rm -rf $(VENV)
	git clean -fdXq
