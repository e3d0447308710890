# The verbs of this project; `make help` lists them.
PORT ?= 8000
DATA ?= data
PYTHON ?= python3
# Where torch's wheel comes from; empty means the default index. See README for a CPU-only machine.
TORCH_INDEX ?=
PIP := .venv/bin/pip --disable-pip-version-check

.PHONY: help serve test test-fast house lock install install-test

help:
	@echo "serve      install, migrate, import, index and start everything (PORT=8000 DATA=data)"
	@echo "test       everything: lint, types, rooms, house, unit, contract, end to end, browser"
	@echo "test-fast  what a minute can tell, after every change"
	@echo "house      the house rules alone: sizes, names, documents, imports"
	@echo "lock       make requirements/*.txt anew from pyproject.toml"

serve: install
	@HUIQI_PORT=$(PORT) HUIQI_DATA=$(DATA) exec .venv/bin/huiqi serve

test: install-test
	@.venv/bin/python -m tests.suites

test-fast: install-test
	@.venv/bin/python -m tests.suites fast

house: install-test
	@.venv/bin/python -m tests.suites house

lock: install-test
	@requirements/lock.sh

install: .venv/.run

install-test: .venv/.test

.venv/.run: requirements/torch.txt requirements/run.txt pyproject.toml
	@test -x .venv/bin/pip || $(PYTHON) -m venv .venv
	$(PIP) install $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) --requirement requirements/torch.txt
	$(PIP) install --no-deps --require-hashes --requirement requirements/run.txt
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.test: .venv/.run requirements/test.txt
	$(PIP) install --no-deps --require-hashes --requirement requirements/test.txt
	@touch $@
