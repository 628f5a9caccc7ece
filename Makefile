# Every verb says what it does behind '##'; 'make help' lists them.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.DEFAULT_GOAL := help
.PHONY: help setup run test check lint bench lock extract clean

help: ## list the verbs
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

$(STAMP): requirements/dev.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --require-hashes -r requirements/dev.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	@touch $(STAMP)

setup: $(STAMP) ## make .venv with every pinned dependency

run: setup ## serve web chat and console on http://127.0.0.1:8080
	$(BIN)/lucht run

test: setup ## run every test
	$(BIN)/python -m pytest

check: setup ## check conversations, translations and directory
	$(BIN)/lucht check

lint: setup ## ruff and mypy
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

bench: setup ## durable turns a second beside a stateless echo
	$(BIN)/python -m benchmarks

extract: setup ## bring the catalogs up to date with the conversations
	$(BIN)/lucht extract

lock: ## pin the dependencies anew (needs uv)
	uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-header --group dev --group build pyproject.toml -o requirements/dev.lock
	uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-header --group build pyproject.toml -o requirements/run.lock

clean: ## remove what setup and tests made
	rm -rf .venv .mypy_cache .ruff_cache build *.egg-info
