# Everything runs from .venv, which is made from uv.lock with Python >= 3.11, venv and pip; nothing else is needed.
PYTHON ?= python3
UV_VERSION := 0.13.9
VENV := .venv
RUN := $(VENV)/bin/
STAMP := $(VENV)/.synced

# dlt reports anonymous usage unless this variable is false.
export RUNTIME__DLTHUB_TELEMETRY := false

# Modules are compiled once, also where Python may not write what it compiles: programs start in half the time.
SYNC = VIRTUAL_ENV=$(CURDIR)/$(VENV) $(RUN)uv sync --quiet --frozen --all-packages --all-extras --inexact --compile-bytecode

# The environment of the destination dlt-iceberg, which needs another dlt, for benchmarks.
DLT_ICEBERG := $(CURDIR)/$(VENV)/dlt-iceberg

# The port of Dagster's page, and where `make pictures` writes.
PORT ?= 3000
PICTURES ?= docs/pictures

# Tests that `make test` runs apart, because the coverage of all tests would take as long as they do, or not at all.
ELSEWHERE := tests/unit/domain tests/integration tests/spark tests/floe_platform tests/packages

# Without services in the environment, those of compose.yaml are used.
SERVICES = test -n "$$POLARIS_URI" || { set -a; . ./services.env; set +a; };

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-polaris demo-dagster ui pictures up down test test-fast test-integration test-packages test-full test-spark spark test-platform platform prove bench bench-full check audit format docs clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 26

setup: $(STAMP) ## create .venv from the lock file

$(STAMP): uv.lock pyproject.toml orchestrators/dagster/pyproject.toml
	@test -x $(RUN)python || $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "$(PYTHON) is $$($(PYTHON) --version 2>/dev/null || echo not Python), and 3.11 or later is needed: make setup PYTHON=..." >&2; exit 1; }
	@test -x $(RUN)python || $(PYTHON) -m venv $(VENV)
	@test -x $(RUN)uv || $(RUN)python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(SYNC)
	@$(RUN)python -m compileall -q src orchestrators
	@touch $@

demo: $(STAMP) ## load a year of real flights from an API, a database and files into Iceberg tables
	@$(RUN)python -m examples.demo

demo-polaris: $(STAMP) ## run the demo with Apache Polaris (`make up` first)
	@$(SERVICES) $(RUN)python -m examples.polaris && \
		PYICEBERG_CATALOG__FLOE__CREDENTIAL=$$POLARIS_CREDENTIAL \
		$(RUN)python -m examples.demo --catalog polaris --home .demo/polaris

demo-dagster: $(STAMP) ## load the same data as Dagster assets
	@$(RUN)python -m examples.dagster_demo

ui: $(STAMP) ## show the demo's sources in Dagster's web page
	@$(SYNC) --group ui
	@$(RUN)python -m examples.dagster_demo --ui --port $(PORT)

pictures: $(STAMP) ## take the pictures in docs/pictures of the demo in Dagster's web page (needs Chromium)
	@$(SYNC) --group ui --group pictures
	@$(RUN)python -m tools.pictures --folder $(PICTURES)

up: ## start MinIO, Polaris, Postgres, MariaDB and toxiproxy with docker
	@docker compose version >/dev/null 2>&1 || { \
		echo "make up needs docker with its plugin compose (docker compose version). Or start the services in another way, and set the variables of services.env." >&2; exit 1; }
	docker compose up --detach --wait

down: ## stop these services and delete their data
	docker compose down --volumes

test: $(STAMP) ## run the tests that need no services
	@$(RUN)python -m pytest tests/unit/domain --numprocesses 2 --cov --cov-report= --cov-fail-under=0
	@$(RUN)coverage report --include='*/floe_ingestion_dlt/domain/*' --fail-under=93
	@$(RUN)python -m pytest $(ELSEWHERE:%=--ignore %) --numprocesses 2 --dist worksteal

test-fast: $(STAMP) ## run the tests of everything but adapters, with few examples: in a minute
	@$(RUN)python -m pytest tests/unit --ignore tests/unit/adapters --numprocesses 2 --dist worksteal --hypothesis-profile "few examples"

test-integration: $(STAMP) ## run the tests with real services (`make up` first, unless the environment names others)
	@$(SYNC) --group ui
	@$(SERVICES) $(RUN)python -m tests.services.reachable && $(RUN)python -m pytest tests/integration --numprocesses 2 --dist worksteal

test-packages: $(STAMP) ## build the package, and try it in empty environments of each Python that is here, with each extra
	@$(RUN)python -m pytest tests/packages --numprocesses 2 --dist loadfile --timeout 600

spark: .spark/.made ## create Spark's own environment (needs Maven's `mvn`, for the jars)

.spark/.made: tests/spark/requirements.txt tests/spark/pom.xml
	@rm -rf .spark
	@$(PYTHON) -m venv .spark/venv
	@.spark/venv/bin/pip install --quiet --disable-pip-version-check --requirement tests/spark/requirements.txt
	@mvn --quiet --batch-mode --file tests/spark/pom.xml dependency:copy-dependencies \
		-DexcludeTransitive=true -DoutputDirectory=$(CURDIR)/.spark/jars
	@touch $@

test-spark: $(STAMP) ## run the tests with a real Spark (`make spark` first; needs Java 17)
	@$(RUN)python -m pytest tests/spark --numprocesses 2 --dist worksteal

platform: .platform/.made ## create an environment of floe's published packages and this project

.platform/.made: tests/floe_platform/requirements.txt pyproject.toml orchestrators/dagster/pyproject.toml
	@rm -rf .platform
	@$(PYTHON) -m venv .platform/venv
	@$(RUN)uv pip install --quiet --python .platform/venv/bin/python --editable . --editable orchestrators/dagster \
		--requirement tests/floe_platform/requirements.txt
	@touch $@

test-platform: $(STAMP) ## run floe's published packages with this plugin (`make platform` and `make up` first)
	@$(SERVICES) $(RUN)python -m tests.services.reachable && $(RUN)python -m pytest tests/floe_platform

test-full: $(STAMP) ## run all tests, with every kill, every lost answer, every network fault and long walks of the state machine
	@FULL_SUITE=1 $(RUN)python -m pytest --numprocesses 2 --dist worksteal --cov --cov-report=term

prove: $(STAMP) ## check every schedule of commits, answers, kills and late requests, and write docs/proof.md
	@$(RUN)python -m floe_ingestion_dlt.testing.explorer docs/proof.md

bench: $(STAMP) ## measure loads beside the plainest programs, with a tenth of the rows
	@$(SYNC) --group benchmarks
	@$(RUN)python -m benchmarks.suite --scale 0.1 --rounds 1

bench-full: $(STAMP) ## measure loads with all rows, three times, and write docs/benchmarks.md
	@$(SYNC) --group benchmarks
	@test -x $(DLT_ICEBERG)/bin/python || { $(RUN)uv venv --quiet --python $(RUN)python $(DLT_ICEBERG) && \
		VIRTUAL_ENV=$(DLT_ICEBERG) $(RUN)uv pip install --quiet --requirements benchmarks/suite/dlt_iceberg.txt; }
	@$(RUN)python -m benchmarks.suite --dlt --dlt-iceberg $(DLT_ICEBERG)/bin/python --profile --page docs/benchmarks.md

check: $(STAMP) ## check format, lint, types, security, imports between packages, dead code, and known vulnerabilities
	$(RUN)ruff format --check .
	$(RUN)ruff check .
	$(RUN)mypy
	$(RUN)bandit --quiet --recursive src orchestrators --configfile pyproject.toml
	$(RUN)lint-imports
	$(RUN)vulture
	@$(MAKE) --no-print-directory audit

audit: $(STAMP) ## look for known vulnerabilities in all packages of uv.lock, if the package index reports them
	@.ci/audit

format: $(STAMP) ## format the code
	$(RUN)ruff format .
	$(RUN)ruff check --fix .

docs: $(STAMP) ## write the parts of docs/ that are generated from the code, and build the site
	@$(SYNC) --group docs
	@$(RUN)python -m tests.documents
	@NO_MKDOCS_2_WARNING=1 $(RUN)mkdocs build --quiet

clean: ## delete what these commands created
	rm -rf $(VENV) .spark .demo .floe .mypy_cache .ruff_cache .import_linter_cache .coverage .hypothesis
