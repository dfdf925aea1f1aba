# Everything runs in .venv, which these targets make from hash-pinned requirements; nothing else on the machine changes.
ENV ?= dev
JOBS ?= auto
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet
CANDIDATES := $(or $(PYTHON),python3 python3.13 python3.12 python3.11 python)

.DEFAULT_GOAL := help
.PHONY: help up demo test check fix docs requirements clean
.DELETE_ON_ERROR:

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: $(VENV)/runtime.stamp ## bring ENV up on the local Azure (ENV=dev unless given)
	@$(BIN)/seawall up $(ENV) --local --yes

demo: $(VENV)/runtime.stamp ## train, promote and release a model on the local Azure, with live traffic
	@$(BIN)/python examples/fraud/demo

# A file's tests stay in one worker: many share a server or a platform, which another worker would make once more.
test: $(VENV)/dev.stamp ## run the tests on all cores (JOBS=2 for two workers)
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder

check: $(VENV)/dev.stamp ## lint, check types, and check that generated tables are up to date
	@$(BIN)/ruff check .
	@$(BIN)/mypy components policies rbac seawall stacks
	@$(BIN)/python -m seawall.cli.docs --check
	@$(BIN)/python -m seawall.checkov

fix: $(VENV)/dev.stamp ## mend what the linter can mend
	@$(BIN)/ruff check --fix .

docs: $(VENV)/dev.stamp ## generate the tables of README.md and docs/, and the pictures
	@$(BIN)/python -m seawall.cli.docs

requirements: ## pin the requirements anew from pyproject.toml (needs uv)
	@uv pip compile pyproject.toml $(PINS) --output-file requirements/runtime.txt
	@uv pip compile pyproject.toml $(PINS) --extra dev --constraint requirements/runtime.txt --output-file requirements/dev.txt
	@echo checkov | uv pip compile - $(PINS) --output-file requirements/checkov.txt
	@uv pip compile requirements/inference.in $(PINS) --output-file requirements/inference.txt

clean: ## remove .venv, caches and what the local Azure keeps
	rm -rf $(VENV) components/.venv .seawall .pytest_cache .ruff_cache .mypy_cache .hypothesis build *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

PINS := --quiet --generate-hashes --no-header --no-annotate --universal --python-version 3.11

# The stamps make a second run quick. Byte-compiling the Azure SDK ahead would take longer than all the rest, and Python
# compiles the small part of it that is used when it is first imported.
$(VENV)/runtime.stamp: requirements/runtime.txt pyproject.toml
	$(call install,runtime)

$(VENV)/dev.stamp: requirements/dev.txt pyproject.toml
	$(call install,dev)
	@touch $(VENV)/runtime.stamp

define install
	@set -e; \
	if [ ! -x $(BIN)/python ]; then \
	  for candidate in $(CANDIDATES); do \
	    if $$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$candidate; break; fi; \
	  done; \
	  if [ -z "$$found" ]; then \
	    echo "Seawall needs Python 3.11 or newer; none of these is: $(CANDIDATES). Name one: make PYTHON=/path/to/python" >&2; \
	    exit 2; \
	  fi; \
	  echo "Making $(VENV) with $$($$found --version)"; \
	  $$found -m venv $(VENV) || { echo "$$found can't make virtual environments; on Debian and Ubuntu: apt install python3-venv" >&2; exit 2; }; \
	fi; \
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null; \
	echo "Installing requirements/$(1).txt (a minute at most; only when it changes)"; \
	$(PIP) install --require-hashes --no-compile -r requirements/$(1).txt; \
	$(PIP) install --no-deps --no-build-isolation --no-index --editable .; \
	touch $(VENV)/$(1).stamp
endef
