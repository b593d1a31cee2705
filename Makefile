# make run: set up and start jokebox.  make test: set up and run every check.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test clean

run: .venv/ready
	@$(BIN)/jokebox

test: .venv/ready
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/pytest -n 2 --dist loadgroup

# torch comes first, from its CPU index where there is one to reach: the plain Linux wheel of PyPI
# brings gigabytes of CUDA along
.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[dev]"
	@touch $@

clean:
	rm -rf .venv dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis
