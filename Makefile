# What a newcomer needs is `make run` and `make test`; everything is set up on the way.

PORT ?= 8000
# `make run DEMO=no` leaves an empty database empty.
DEMO ?= yes
# Newest first; `make PYTHONS=/path/to/python run` takes another.
PYTHONS ?= python3.13 python3.12 python3.11 python3
PYTEST_ARGS ?= -n auto
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes

LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet

.PHONY: run test check bench assets lock clean

run: .venv/.runtime assets
	@exec $(BIN)/python manage.py run_portal --port "$(PORT)" $(if $(filter no,$(DEMO)),--without-demonstration)

test: .venv/.dev assets
	$(BIN)/python -m pytest $(PYTEST_ARGS)

check: .venv/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/python manage.py makemigrations --check --dry-run

# Needs PostgreSQL (BENCH_DATABASE_URL) and Redis (BENCH_REDIS_URL); see docs/bench.md.
bench: .venv/.runtime assets
	@$(BIN)/python -m bench.run

assets: | .venv/bin/python
	@$(BIN)/python deploy/assets.py

# After a change of dependencies; needs uv on the PATH. The address of a registry must not get into the files.
lock:
	$(LOCK) --output-file requirements.lock
	$(LOCK) --group dev --output-file requirements-dev.lock

# Everything that was made by the set-up and the checks; the data in var/ stay.
clean:
	rm -rf .venv static/vendor var/static .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@for python in $(PYTHONS); do \
	    if $$python -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	        echo "Making .venv with $$($$python --version)"; \
	        exec $$python -m venv --clear .venv; \
	    fi; \
	done; \
	echo "Python 3.11 or newer, with its venv module, is needed and was not found." >&2; \
	echo "Install it (on Debian: apt-get install python3-venv) and try again." >&2; \
	exit 1

.venv/.runtime: requirements.lock | .venv/bin/python
	@echo "Installing the Python packages"
	@$(PIP) -r requirements.lock
	@touch $@

# The development lock holds the runtime's packages too, at the same versions.
.venv/.dev: requirements-dev.lock | .venv/bin/python
	@echo "Installing the Python packages for development"
	@$(PIP) -r requirements-dev.lock
	@touch $@ .venv/.runtime
