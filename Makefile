# Everything runs from .venv, which `make setup` builds from the pins in requirements/.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
UV := $(BIN)/uv
MEMBERS := $(sort $(wildcard libs/*/pyproject.toml services/*/pyproject.toml deploy/local/pyproject.toml))
SOURCES := libs services deploy/local tests

help: ## Print what each target does
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  \033[1m%-12s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/.installed: requirements/bootstrap.txt requirements/dev.txt pyproject.toml $(MEMBERS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Doorward needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 ...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation $(addprefix -e ,$(patsubst %/pyproject.toml,./%,$(MEMBERS)))
	@$(BIN)/python -m compileall -q libs services deploy/local
	@touch $@

setup: .venv/.installed ## Create .venv with every pinned package and the members of the workspace

run: setup ## Start everything in the foreground with the demo world; Ctrl-C stops it
	@$(BIN)/doorward up --demo --account 123456789012

test: setup ## Run all tests; they start their own NATS, Valkey and PostgreSQL
	@$(BIN)/pytest

faults: setup ## The fault tests at full length: more rounds of killing and hanging
	@DOORWARD_SOAK=1 $(BIN)/pytest tests/e2e/test_crashes.py tests/e2e/test_freshness.py tests/integration/messaging tests/contract/test_killed_writer.py

soak: setup ## Random tests fifty times as long: a million cases against the oracle, up to two hours
	@DOORWARD_SOAK=1 $(BIN)/pytest --timeout 7200 tests/property

check: static test ## Everything that must be green before a commit

static: setup lint types layers proto-check ## The checks that need no server

lint: setup ## Style and formatting
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --quiet --check .

types: setup ## mypy --strict over everything
	@$(BIN)/mypy

layers: setup ## The import directions
	@$(BIN)/lint-imports --no-cache

fmt: setup ## Format the code
	@$(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format --quiet .

.venv/.bench: requirements/bench.txt .venv/.installed
	@$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements/bench.txt
	@touch $@

bench: .venv/.bench ## Measure; prints figures, asserts nothing about speed. BENCH="engines --write" picks one
	@$(BIN)/python -m tests.bench $(BENCH)

PROTOS = $(shell cd proto && find doorward -name '*.proto' | sort)
PROTOC = ../$(BIN)/python -m grpc_tools.protoc -I. --plugin=protoc-gen-mypy=../$(BIN)/protoc-gen-mypy \
	--plugin=protoc-gen-mypy_grpc=../$(BIN)/protoc-gen-mypy_grpc
GENERATE = mkdir -p $(1) && (cd proto && \
	$(PROTOC) --python_out=../$(1) --mypy_out=quiet:../$(1) $(PROTOS) && \
	$(PROTOC) --grpc_python_out=../$(1) --mypy_grpc_out=quiet:../$(1) $(filter %_service.proto,$(PROTOS))) && \
	find $(1)/doorward -type d -exec touch {}/__init__.py ';' && touch $(1)/doorward/py.typed

proto: setup ## Generate libs/contracts anew from proto/
	@$(BIN)/buf format -w proto
	@rm -rf libs/contracts/doorward && $(call GENERATE,libs/contracts)

proto-check: setup
	@$(BIN)/buf lint proto && $(BIN)/buf format --diff --exit-code proto
	@$(BIN)/buf breaking proto --against proto/released.binpb
	@rm -rf build/contracts && $(call GENERATE,build/contracts)
	@diff -r -x __pycache__ build/contracts/doorward libs/contracts/doorward || \
	  { echo 'the committed stubs differ from proto/: run `make proto`' >&2; exit 1; }

proto-release: setup ## Take today's proto/ as what `buf breaking` compares with
	@$(BIN)/buf build proto -o proto/released.binpb

aws-policies: setup ## Ship the AWS managed policies of tests/golden as package data
	@$(BIN)/python libs/directory/ship_aws_policies.py tests/golden/aws_managed_policies.jsonl

COMPILE := pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make pins"
OWN := $(foreach member,$(MEMBERS),--no-emit-package $(shell sed -n 's/^name = "\(.*\)"/\1/p' $(member)))

pins: ## Compile requirements/ anew; UPGRADE=--upgrade takes newer versions
	@test -x $(UV) || { $(PYTHON) -m venv .venv && $(BIN)/python -m pip install --quiet uv; }
	@$(UV) $(COMPILE) $(UPGRADE) requirements/bootstrap.in -o requirements/bootstrap.txt
	@$(UV) $(COMPILE) $(UPGRADE) $(OWN) $(filter-out deploy/%,$(MEMBERS)) -o requirements/runtime.txt
	@$(UV) $(COMPILE) $(UPGRADE) $(OWN) --constraint requirements/runtime.txt $(MEMBERS) --group pyproject.toml:dev -o requirements/dev.txt
	@$(UV) $(COMPILE) $(UPGRADE) --constraint requirements/dev.txt --group pyproject.toml:bench -o requirements/bench.txt

clean: ## Remove what was built; keeps .doorward, the data of local runs
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build
	@find libs services deploy tests -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help setup run test faults soak check static lint types layers fmt bench proto proto-check proto-release aws-policies pins clean
