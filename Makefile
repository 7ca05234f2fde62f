# `make run` and `make test` need only Python >= 3.11 and make; everything else is installed here.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export UV_PYTHON_DOWNLOADS := never

.PHONY: run test lint lock bench clean

run: $(VENV)/.run
	@if [ -f config.toml ]; then exec $(BIN)/python -m bot run; else exec $(BIN)/python -m bot demo; fi

test: $(VENV)/.dev
	@PYTHON=$(BIN)/python sh tests/install-services.sh
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 2 --dist worksteal

# uv resolves and installs in parallel: a cold install takes seconds instead of most of a minute.
$(BIN)/uv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check "uv==$$(cat .uv-version)"

$(VENV)/.run: requirements.lock $(BIN)/uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements.lock
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(BIN)/uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements-dev.lock
	@touch $@ $(VENV)/.run

lock: $(BIN)/uv
	$(BIN)/uv pip compile --quiet --universal --no-annotate --no-header --extra demo --extra postgres --extra solver --extra openai \
		pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --no-annotate --no-header --extra demo --extra postgres --extra solver --extra openai \
		--group dev pyproject.toml -o requirements-dev.lock

bench: $(VENV)/.dev
	@for name in import start commands rota vote outbox recap term; do $(BIN)/python -m benchmarks $$name || exit 1; done

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
