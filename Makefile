# Every verb says what it does behind '##'; 'make help' lists them.
# make setup PYTHON=python3.13 VENV=/tmp/venv uses another Python, make test TESTS=tests/test_docs.py one file.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
TESTS :=
export CHROMIUM ?= /usr/bin/chromium
export POSTGRES ?= $(lastword $(sort $(wildcard /usr/lib/postgresql/*/bin)))
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PIP := $(BIN)/pip --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help setup run test quick browser database check lint bench telegram lock pictures extract hear-report places clean

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' Makefile

# The mark is taken away first: what was interrupted starts again from nothing.
$(STAMP): requirements/dev.lock pyproject.toml
	@[ -n "$(PYTHON)" ] || { echo "Lucht needs Python 3.11 or newer. On Debian or Ubuntu: apt-get install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "This Python cannot make a virtual environment. On Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "Setting up $(VENV) (half a minute, once) ..."
	@[ -e $@ ] || $(PYTHON) -m venv --clear $(VENV)
	@rm -f $@
	@$(PIP) install --require-hashes -r requirements/dev.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

setup: $(STAMP) ## make .venv with every pinned dependency

run: setup ## serve web chat and console on http://127.0.0.1:8080
	$(BIN)/lucht run

test: browser database setup ## run every test
	$(BIN)/python -m pytest $(TESTS)

quick: setup ## run the tests that need no browser and little time
	$(BIN)/python -m pytest -m 'not browser and not slow' $(TESTS)

browser: ## see that the browser for the tests is there
	@[ -x "$(CHROMIUM)" ] || { echo "The tests of the web chat need Chromium at $(CHROMIUM). On Debian: apt-get install chromium fonts-noto-core; elsewhere: make test CHROMIUM=/path/to/chromium" >&2; exit 1; }

database: ## see that PostgreSQL for the tests is there
	@[ -x "$(POSTGRES)/initdb" ] || { echo "The tests of the content store need PostgreSQL's programs. On Debian: apt-get install postgresql; elsewhere: make test POSTGRES=/path/to/its/bin" >&2; exit 1; }

check: setup ## check conversations, translations and directory
	$(BIN)/lucht check

lint: setup ## ruff and mypy
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

bench: setup ## durable turns a second beside a stateless echo
	$(BIN)/python -m benchmarks

telegram: setup ## a Telegram on this machine; you are the person, in the terminal
	@$(BIN)/python -m tests.telegram.fake_api

pictures: setup ## makes the pictures of the documentation anew; needs Chromium
	$(BIN)/python docs/pictures/make.py

extract: setup ## bring the catalogs up to date with the conversations
	$(BIN)/lucht extract

hear-report: setup ## measure what is heard and write docs/hearing-report.md
	$(BIN)/python -m tests.hearing.report

places: setup ## rebuild the tables of places and holidays (needs npm)
	$(BIN)/python directory/build_places.py $(if $(CHECK),--check $(CHECK))
	$(BIN)/python directory/build_holidays.py

lock: ## pin the dependencies anew (needs uv)
	uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-header --group dev --group build pyproject.toml -o requirements/dev.lock
	uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-header --group build pyproject.toml -o requirements/run.lock

clean: ## remove what setup and tests made
	rm -rf .venv .hypothesis .mypy_cache .ruff_cache build *.egg-info
