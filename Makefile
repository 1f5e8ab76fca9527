# Every target does its own set-up, works twice in a row, and needs no network once .venv exists.
PYTHON ?= python3
BIN    := .venv/bin
# Where the published documents are, when they are there.
SOURCES ?= ../shared/sources
# The folder stands beside its files so that a removed proto counts as a change.
PROTOS := proto/service_config.json $(shell find proto/quotary -name '*.proto' -o -type d)

.DEFAULT_GOAL := help
.PHONY: help setup run test test-long test-pages test-engine test-web-api lint format types contract contract-accept kit clients stubs coverage scenarios asked-by passages passages-accept edition bench crash mutants strength clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: .venv/installed .build/contract ## Make the environment (.venv) and the stubs

# The stamp is a copy of pyproject.toml: a newer file with the same content installs nothing.
.venv/installed: pyproject.toml
	@command -v $(PYTHON) >/dev/null || \
	  { echo "$(PYTHON) was not found: install Python 3.11 or newer, or name one: make setup PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "$$($(PYTHON) -V) is too old: Quotary needs 3.11 or newer; name one: make setup PYTHON=python3.12"; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "$(PYTHON) cannot make environments: on Debian, apt-get install python3-venv"; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	@cmp -s $< $@ || { echo "installing into .venv (once; this needs the network)" && \
	  $(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]' && cp $< $@; }
	@touch $@

.build/contract: .venv/installed $(PROTOS) proto/generate.py
	@$(BIN)/python proto/generate.py
	@touch $@

run: setup ## Set up, then serve on the embedded defaults
	$(BIN)/quotary serve

test: setup ## Set up, then run the tests
	$(BIN)/pytest -q -n 2

test-long: setup ## The tests with many more examples for each property
	$(BIN)/pytest -q -n 2 --hypothesis-profile=long

test-pages: setup ## Carry out the pages on how to add something, and leave each of their steps out once
	TEST_WHOLE=1 $(BIN)/pytest -q tests/test_worked_pages.py tests/test_new_edition.py tests/test_pages.py

test-engine: kit ## The example engine in Go, built and measured (needs Go, and once the network)
	conformance/engines/go/measure.sh

lint: setup ## Style: ruff's rules and its layout
	$(BIN)/ruff check
	$(BIN)/ruff format --check

format: setup ## Mend the layout of Python files and of the contract
	$(BIN)/ruff check --fix-only --quiet
	$(BIN)/ruff format
	$(BIN)/buf format --write proto

types: setup ## Types: mypy --strict
	$(BIN)/mypy

contract: setup ## The contract: lint, layout, and no break since it was last accepted
	$(BIN)/buf lint
	$(BIN)/buf format --diff --exit-code proto
	@test -e proto/accepted.binpb || echo "no contract was accepted yet (make contract-accept): nothing to break"
	test ! -e proto/accepted.binpb || $(BIN)/buf breaking proto --against proto/accepted.binpb

contract-accept: setup ## Accept the contract as it is; a break needs a line in CHANGELOG.md
	$(BIN)/buf build proto --exclude-source-info --output proto/accepted.binpb

kit: setup ## The yardstick on its own: the release in dist/kit, and a wheel with it inside
	$(BIN)/python conformance/release.py

clients: kit ## Build and measure the clients of every language (ONLY=go for one); docs/clients
	$(BIN)/python clients/check.py $(ONLY)

stubs: setup ## Make the generated code again that clients commit (ONLY=go for one language)
	$(BIN)/python clients/stubs.py $(ONLY)

test-web-api: setup ## Requests drawn from the OpenAPI document, put to the web door (EXAMPLES=5 a call)
	.ci/web-api.sh

coverage: setup ## What the register accounts for of the catalogue (CHECK=1 fails unless it is all)
	$(BIN)/python tests/coverage_report.py $(if $(CHECK),--check)

scenarios: setup ## Write docs/scenarios.md: one question, each edition's answer
	$(BIN)/python tests/scenario_table.py

asked-by: setup ## Write which calls ask each rule, with a request to try, from the vectors
	$(BIN)/python tests/asked_by.py

passages: setup ## Check the hash of every cited passage against the documents (SOURCES=folder)
	$(BIN)/python -m quotary_spec.register.passages --check $(if $(wildcard $(SOURCES)),--sources $(SOURCES))

passages-accept: setup ## Register what is cited now, with the hashes of its text (SOURCES=folder)
	$(BIN)/python -m quotary_spec.register.passages $(if $(wildcard $(SOURCES)),--sources $(SOURCES))

edition: setup ## Start an edition: ID=2027 DOCUMENT=005 SOURCES=folder, and INSTEAD_OF=000 for a new snapshot
	$(BIN)/python -m quotary_spec.register.new_edition --id $(ID) --document $(DOCUMENT) --sources $(SOURCES) \
	  $(if $(AFTER),--after $(AFTER)) $(if $(INSTEAD_OF),--instead-of $(INSTEAD_OF))
	$(if $(INSTEAD_OF),$(BIN)/ruff format --quiet spec)
	$(BIN)/python -m quotary_spec.register.passages --sources $(SOURCES)

bench: setup ## Measure the server against an empty handler, and its store against raw inserts
	$(BIN)/python -m bench.bench
	$(BIN)/python -m bench.store

crash: setup ## Kill the server under load again and again: nothing may be lost or doubled (KILLS=200, STORE=url)
	$(BIN)/python tests/lifecycle/crash.py $(if $(KILLS),--kills $(KILLS)) $(if $(STORE),--store-url $(STORE))

mutants: setup ## Change one token of a rule at a time: a test must notice (SAMPLE=100, AREAS='rules/fees money', AGAIN=1)
	$(BIN)/python tests/mutants.py $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(AGAIN),--again) \
	  $(if $(AT_LEAST),--at-least $(AT_LEAST)) $(AREAS)

strength: setup ## How strong the vectors are alone: cheats, fields, mutants (SAMPLE=100, AREAS='rules/fees money', AGAIN=1)
	$(BIN)/python conformance/strength.py
	$(BIN)/python tests/strength_mutants.py $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(AGAIN),--again) \
	  $(if $(RESUME),--resume) $(if $(AT_LEAST),--at-least $(AT_LEAST)) $(AREAS)

clean: ## Remove what was made, except .venv
	rm -rf .build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	rm -f clients/python/quotary/v1/*_pb2* clients/python/quotary/v1/*.binpb clients/python/quotary/v1/*.json
	find proto spec server clients conformance tests -name __pycache__ -prune -exec rm -rf {} +
