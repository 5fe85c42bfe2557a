# Every target sets itself up in .venv; only Python 3.11 or newer, git and make are needed.
#   make demo [ARGS=--once]   the main job at work, on a small Buildbot and GitHub of our own
#   make run                  the service, with settings from the environment or .env
#   make test [ARGS=...]      all tests (ARGS goes to pytest)
#   make check                lint, format, types
#   make bench                speed and accuracy, as ratios against yardsticks run beside them

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
RUN_READY := $(VENV)/.ready-run
DEV_READY := $(VENV)/.ready-dev

# Tests start many processes; each would compile all of bot anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo run test check bench clean

demo: $(RUN_READY)
	$(BIN)/python -m bot demo $(ARGS)

run: $(RUN_READY)
	$(BIN)/python -m bot serve

test: $(DEV_READY)
	$(BIN)/python -m pytest --numprocesses=3 --dist=loadfile --no-loadscope-reorder $(ARGS)

check: $(DEV_READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_architecture.py tests/test_docs.py

bench: $(DEV_READY)
	$(BIN)/python -m bench

$(VENV)/bin/pip:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)

$(RUN_READY): requirements.txt | $(VENV)/bin/pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(DEV_READY): requirements.txt requirements-dev.txt | $(VENV)/bin/pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@ $(RUN_READY)

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
