# Every target sets itself up in .venv; only Python 3.11 or newer, git and make are needed.
#   make                      .venv/bin/nightswatch, the command
#   make demo [ARGS=--once]   the main job at work, on a small Buildbot and GitHub of our own
#   make run                  the service, with settings from the environment or .env
#   make test [ARGS=...]      the tests, and which took longest (ARGS goes to pytest)
#   make e2e [ARGS=...]       those in which a real Buildbot, a browser or a test runner takes part, or a service is killed
#   make test-changed         the tests of the rooms that differ from main (BASE=...)
#   make check                lint, format, types, import rules, docs, patterns
#   make docs                 the pages that are made from the code
#   make lock                 requirements*.txt from requirements*.in, with hashes
#   make audit                known holes of what is locked; needs the Python Package Index itself
#   make bench                speed and accuracy, as ratios against yardsticks run beside them

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
RUN_READY := $(VENV)/.ready-run
DEV_READY := $(VENV)/.ready-dev

# Tests start many processes; each would compile all of bot anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: install help demo run test e2e test-changed check docs bench lock audit clean

install: $(RUN_READY)
	@echo "$(abspath $(BIN))/nightswatch is ready: \`. $(BIN)/activate\` lets you say nightswatch."

help:
	@sed -n 's/^#   //p' Makefile

demo: $(RUN_READY)
	$(BIN)/nightswatch demo $(ARGS)

run: $(RUN_READY)
	$(BIN)/nightswatch serve

PYTEST := $(BIN)/python -m pytest --numprocesses=3 --dist=loadfile --no-loadscope-reorder --durations=10

test: $(DEV_READY)
	$(PYTEST) -m 'not e2e' $(ARGS)

e2e: $(DEV_READY)
	$(PYTEST) -m e2e $(ARGS)

check: $(DEV_READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/test_architecture.py tests/test_docs.py \
		tests/test_patterns.py

test-changed: $(DEV_READY)
	$(BIN)/python -m pytest --numprocesses=2 --dist=loadfile $$($(BIN)/python tests/changed.py $(BASE)) $(ARGS)

docs: $(DEV_READY)
	$(BIN)/python -m docs.generate

bench: $(DEV_READY)
	$(BIN)/python -m bench

$(VENV)/bin/pip:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)

# The command itself leads to this folder: what is changed here is what it does.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
INSTALL := $(PIP) --no-deps --no-build-isolation --editable .

$(RUN_READY): requirements.txt requirements-build.txt pyproject.toml | $(VENV)/bin/pip
	$(PIP) -r requirements.txt -r requirements-build.txt
	$(INSTALL)
	touch $@

$(DEV_READY): requirements.txt requirements-dev.txt pyproject.toml | $(VENV)/bin/pip
	$(PIP) -r requirements-dev.txt
	$(INSTALL)
	touch $@ $(RUN_READY)

# What runs and what tests: `*.in` name what is wanted, `*.txt` hold all of it with hashes.
lock: $(VENV)/bin/pip
	$(PIP) uv
	for name in requirements requirements-build requirements-dev; do \
		$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-strip-extras --python-version 3.11 \
			--no-annotate --custom-compile-command 'make lock' $$name.in -o $$name.txt || exit 1; \
	done

# Known holes of what is locked, asked of the Python Package Index. A mirror that does not serve them
# fails it: what nobody could look up is not known to be sound.
audit: $(VENV)/bin/pip
	$(PIP) pip-audit
	for name in requirements requirements-build requirements-dev; do \
		$(BIN)/pip-audit --strict --require-hashes --disable-pip -r $$name.txt || exit 1; \
	done

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
