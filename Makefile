# make run: set up and start jokebox.  make test: set up and run every check.
# make bench: set up and run every benchmark in its short form.
# make coverage: run the tests once more and measure what they cover, which takes half as long again.
# make faults: set up and run the fault campaigns in their long form, which takes half an hour.
# make snapshots: accept how the screen looks now; look at the pictures before you commit them.
PYTHON ?= python3
BIN := .venv/bin
UV ?= $(shell command -v uv)
ifeq ($(UV),)
VENV := $(PYTHON) -m venv .venv
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt
else # does the same in a fraction of the time; make UV= ... does without it
VENV := $(UV) venv --quiet --allow-existing --python $(PYTHON) .venv
INSTALL := $(UV) pip install --quiet --python $(BIN)/python --constraint constraints.txt
endif
BENCHMARKS := learning training_speed talking coherence busy scaling start feel

.PHONY: run test coverage faults bench snapshots clean

run: .venv/ready-to-run
	@$(BIN)/jokebox

test: .venv/ready
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/pytest -n 2 --dist loadgroup

coverage: .venv/ready
	$(BIN)/pytest -n 2 --dist loadgroup --cov --cov-report=term:skip-covered

faults: .venv/ready-to-fuzz
	JOKEBOX_FAULTS=long $(BIN)/pytest -s tests/faults

bench: .venv/ready-to-bench
	@set -e; for program in $(BENCHMARKS); do $(BIN)/python -m benchmarks.$$program --fresh; done

snapshots: .venv/ready
	$(BIN)/pytest -n 2 tests/tui/test_snapshots.py --snapshot-update

.venv/ready-to-run: pyproject.toml constraints.txt
	$(VENV)
	$(INSTALL) --editable .
	@touch $@

.venv/ready: .venv/ready-to-run
	$(INSTALL) --editable ".[dev]"
	@touch $@

.venv/ready-to-fuzz: .venv/ready
	$(INSTALL) --editable ".[faults]"
	@touch $@

.venv/ready-to-bench: .venv/ready
	$(INSTALL) --editable ".[bench]"
	@touch $@

clean:
	rm -rf .venv dist build .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis
