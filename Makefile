# `make chat` is all it takes: it sets up everything that is missing and opens the chat.

PYTHON ?= python3
CORPUS ?= seeds
export Q

RUN := .venv/bin/python
PIP := $(RUN) -m pip --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help chat ask eval eval-model test lint check clean

help: ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

chat: .venv/.installed ## open the web chat (CORPUS=folder for other articles than seeds)
	@$(RUN) -m ui --corpus "$(CORPUS)"

ask: .venv/.installed ## ask one question: make ask Q="Who leads the offensive?"
	@$(RUN) -m rag ask "$$Q" --corpus "$(CORPUS)"

eval: .venv/.installed ## measure, judge by the gates and compare with the baseline (REPORT=file.html for a page with plots)
	@$(RUN) -m eval $(if $(REPORT),--html "$(REPORT)")

eval-model: .venv/.installed ## the same with a real small model that is set up for it (half an hour; JSON=file keeps every answer)
	@.ci/eval-model $(if $(JSON),--json "$(JSON)")

test: .venv/.installed-dev ## all tests; says what was skipped and why
	$(RUN) -m pytest -rs

lint: .venv/.installed-dev ## format, lint and types
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .
	$(RUN) -m mypy

check: lint test ## everything that must pass before a commit

clean: ## remove what was installed and made here; indexes are elsewhere (DATA_DIR) and stay
	rm -rf .venv .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist *.egg-info
	find rag ui eval tests -name __pycache__ -prune -exec rm -rf {} +

.venv/bin/pip:
	@command -v $(PYTHON) >/dev/null || { echo "Python is not installed: get 3.11 or newer, or name one with PYTHON=…" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "$$($(PYTHON) --version) is too old: Footnote needs 3.11 or newer. Name one: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -m venv .venv

# Stamps: an install that fails leaves none, and is tried again. Tests need a little more than the chat does.
.venv/.installed: .venv/bin/pip pyproject.toml constraints.txt
	@echo "Installing Footnote into .venv (the first time about 2 minutes and 6 GB, most of it PyTorch) …"
	$(PIP) install --constraint constraints.txt --editable .
	@touch $@

.venv/.installed-dev: .venv/bin/pip pyproject.toml constraints.txt
	@echo "Installing Footnote and what its tests need into .venv (the first time about 2 minutes and 6 GB) …"
	$(PIP) install --constraint constraints.txt --editable '.[dev]'
	@touch .venv/.installed $@
