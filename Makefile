# make bundle   build the bundles of every release into scripts/ (no database needed)
# make test     run the tests, on a PostgreSQL server of their own (installs PostgreSQL and PostGIS where they are missing)
# make check    ruff, mypy and the tests that need no server: in under a minute, for the loop while working
# make test-all the tests that take long, too
# make test-lowest  generate SQL with the oldest libraries that are supported (tests/lowest.txt)
# make test-servers  the tests of what depends on the server, on PostgreSQL 13 to 18 (MAJORS="13 18": on some of them)
# make rehearse  prove the newest release on a scratch server (installs PostgreSQL and PostGIS where they are missing)
# make lint     ruff and mypy          make format   let ruff rewrite the layout
# make golden   refresh all that is generated in docs/ and README.md (DOCS="docs/rules.md": some of it)
# make bench    measure                make clean    remove what the above left, but for scripts/

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# release:last revision, for the day that a bundle is built for the first time
RELEASES := 1.0.0:002 1.1.0:005 1.2.0:009
WORKERS ?= $(shell nproc 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null || echo 2)

# the newest
RELEASE ?= $(firstword $(subst :, ,$(lastword $(RELEASES))))

.PHONY: bundle rehearse check test test-all test-lowest test-servers lint golden bench format clean venv
.DEFAULT_GOAL := bundle

$(STAMP): pyproject.toml .ci/make-venv
	.ci/make-venv $(VENV)
	@touch $@

venv: $(STAMP)

# A bundle that is there already knows its range, and is checked rather than written again.
bundle: $(STAMP)
	@set -e; for release in $(RELEASES); do \
	  version=$${release%%:*}; \
	  if [ -e scripts/$$version/manifest.json ]; then set --; else set -- --to $${release##*:}; fi; \
	  $(BIN)/release build $$version "$$@"; \
	done
	@$(BIN)/release list

rehearse: $(STAMP)
	@.ci/install-postgresql $(BIN)/python
	$(BIN)/release rehearse $(RELEASE) --rows 1000 $(ARGS)

test: $(STAMP)
	@.ci/install-postgresql $(BIN)/python
	$(BIN)/python -m pytest -n $(WORKERS) -m "not slow and not servers" $(ARGS)

# What depends on Alembic, SQLAlchemy and GeoAlchemy2: how SQL comes from migrations.
LOWEST := .venv-lowest
LOWEST_TESTS := $(addprefix source/test_,facts refusals literals histories layouts internals) record/test_recording record/test_drivers

$(LOWEST)/.installed: pyproject.toml tests/lowest.txt .ci/make-venv
	.ci/make-venv $(LOWEST) tests/lowest.txt
	@touch $@

test-lowest: $(LOWEST)/.installed
	@.ci/install-postgresql $(LOWEST)/bin/python
	$(LOWEST)/bin/python -m pytest -n $(WORKERS) -m "not slow" $(LOWEST_TESTS:%=tests/%.py) $(ARGS)

# Every server is brought by .ci/servers. What they gave is kept in docs/servers.md, and in build/servers.
MAJORS ?=

test-servers: $(STAMP)
	WORKERS=$(WORKERS) $(BIN)/python -m tests.servers $(MAJORS) $(ARGS)

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@$(BIN)/mypy & mypy=$$!; \
	$(BIN)/python -m pytest -q -n $(WORKERS) --no-server -m "not slow and not servers and not processes" $(ARGS); tests=$$?; \
	wait $$mypy && exit $$tests

test-all: $(STAMP)
	@.ci/install-postgresql $(BIN)/python
	$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(STAMP)
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

# What needs a server is left out, and named, where there is none: tests/golden.py lists it.
DOCS ?=

golden: $(STAMP)
	$(BIN)/python -m tests.golden $(DOCS)

bench: $(STAMP)
	$(BIN)/python -m bench

clean:
	rm -rf $(VENV) $(LOWEST) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
