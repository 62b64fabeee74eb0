# Everything a person does with a checkout. `make help` lists the targets.
SHELL := /bin/bash
UV_VERSION := 0.13.8
UV := .uv/bin/uv
RUN := $(UV) run --frozen --no-sync
VIDEO ?=
ARGS ?=
NAME ?=

.PHONY: help setup clip up test test-end-to-end test-faults test-gpu check openapi clients format pictures bench clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: .venv/.installed ## Install everything into this folder

$(UV):
	python3 -m venv .uv
	.uv/bin/python -m pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)"

.venv/.installed: pyproject.toml uv.lock | $(UV)
	$(UV) sync --frozen --quiet --compile-bytecode
	@touch $@

clip: setup ## Clip VIDEO=talk.mp4 (none: a composed demo talk); ARGS="--clips 3 …"
	@$(RUN) cliply clip $(if $(VIDEO),"$(VIDEO)") $(ARGS)

up: setup ## Start database, graph daemon and the Dagster UI
	@$(RUN) cliply up $(ARGS)

test: setup ## Run the tests (no network, no model weights; under 10 minutes)
	$(RUN) pytest -n 2 --dist loadfile -q $(ARGS)

test-end-to-end: setup clients ## Whole commands, the service, the API's contract and its clients
	$(RUN) pytest -n 2 --dist loadfile -q tests_end_to_end $(ARGS)

test-faults: setup ## Kill every step and process at three moments; each job has to end (20 min)
	$(RUN) pytest -n 2 --dist loadfile -q -o faulthandler_timeout=1800 tests_faults $(ARGS)

check: setup ## Lint, types, import contracts, lock file
	$(UV) lock --check --quiet
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(RUN) lint-imports
	$(RUN) python -m api.contract --check

openapi: setup ## Write openapi.json anew after a change of the API
	$(RUN) python -m api.contract

clients: setup ## Generate the Python and TypeScript clients from openapi.json (needs Node 20)
	$(UV) tool run --quiet openapi-python-client@0.29.1 generate --path openapi.json --config clients/python.yaml \
	  --output-path clients/python --overwrite
	cd clients/typescript && npm ci --silent --no-audit --no-fund && npm run --silent generate && npm run --silent build

test-gpu: setup ## Run the code of the extra `gpu` on the CPU, with a tiny network (installs 6 GB)
	UV_PROJECT_ENVIRONMENT=.venv-gpu $(UV) sync --frozen --quiet --extra gpu --group gpu
	YOLO_AUTOINSTALL=false .venv-gpu/bin/python -m pytest -q tests_gpu $(ARGS)

pictures: setup ## Make the contact sheets in docs/pictures; NAME=… picks one
	@$(RUN) python -m showcase $(NAME)

format: setup ## Format the code
	$(RUN) ruff check --fix --select I .
	$(RUN) ruff format .

bench: setup ## Measure ours against the limit and the alternative; NAME=… picks one
	@$(RUN) python -m benchmarks $(NAME)

clean: ## Remove what was installed and built; keeps .cliply
	rm -rf .venv .venv-gpu .uv .mypy_cache .ruff_cache .pytest_cache
