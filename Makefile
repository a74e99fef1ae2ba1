# Everything runs in a virtual environment of its own; nothing else on the machine is touched.
VENV   ?= .venv
PYTHON ?= python3
# A package index that has the CPU build of torch, which saves gigabytes (README, Installed size).
TORCH_INDEX ?=

BIN := $(VENV)/bin
UV  := $(BIN)/uv pip install --python $(BIN)/python --constraint constraints.txt --compile-bytecode \
       $(if $(PIP_FIND_LINKS),--find-links $(PIP_FIND_LINKS)) \
       $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX) --index-strategy unsafe-best-match)

.DEFAULT_GOAL := help
.PHONY: help demo test test-fast interop lint format check docs bench page dashboards \
        dashboards-preview \
        fit-hallucination fit-policy fit-resolution lock clean

help: ## Show this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-18s %s\n", $$1, $$2}'

demo: $(VENV)/.base ## Watch a support bot go wrong: the whole line on an embedded broker
	$(BIN)/semwatch demo $(DEMO)

test: $(VENV)/.dev ## Run all tests, the Kafka ones too where Java 17 and Maven are
	$(BIN)/python -m pytest

test-fast: $(VENV)/.dev ## Run the tests that need no broker
	$(BIN)/python -m pytest --ignore tests/integration -m "not kafka"

interop: $(VENV)/.interop ## Test with real producers: OpenTelemetry, OpenInference, LiteLLM, rsyslog, kcat, the Collector
	$(BIN)/python -m pytest tests/interop -v

lint: $(VENV)/.dev ## Check format, style, types and the layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy -p detectors -p processor -p dashboards -p tests -p benchmarks
	$(BIN)/lint-imports

format: $(VENV)/.dev ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

check: test lint ## All that CI runs

docs: $(VENV)/.base ## Make the generated pages and the example log again
	$(BIN)/python docs/generate.py

dashboards: $(VENV)/.dev ## Write the Grafana dashboards again
	$(BIN)/python -m dashboards

dashboards-preview: $(VENV)/.dev ## Draw the dashboards on a day of the demo (ten minutes)
	$(BIN)/python -m dashboards.preview

bench: $(VENV)/.dev ## Print what the worker and the detectors cost (half an hour)
	$(BIN)/python -m benchmarks.throughput $(BENCH)

page: $(VENV)/.dev ## Print the time from the demo's incident to the pager (needs Prometheus, Alertmanager)
	$(BIN)/python -m benchmarks.page $(PAGE)

fit-hallucination: $(VENV)/.dev ## Fit the hallucination score on labelled answers in DATA=directory
	$(BIN)/python -m benchmarks.hallucination --fit $(DATA)

fit-policy: $(VENV)/.dev ## Fit the learned policy rules on labelled texts in DATA=directory
	$(BIN)/python -m benchmarks.policy --fit $(DATA)

fit-resolution: $(VENV)/.base ## Fit the outcome model: DATA=log.jsonl, in which outcomes are told
	@$(BIN)/semwatch intents fit-resolution $(DATA)

lock: $(VENV)/.uv ## Resolve the newest versions into constraints.txt
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --all-extras \
	  --group dev --group interop --no-header --no-annotate --output-file constraints.txt pyproject.toml

clean: ## Remove the environment and all caches
	rm -rf $(VENV) build *.egg-info tests/kafka/target tests/interop/target .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/.uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "semwatch needs Python 3.11 or newer; set PYTHON=")'
	@echo "==> virtual environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	@touch $@

$(VENV)/.base: $(VENV)/.uv pyproject.toml constraints.txt
	@echo "==> installing semwatch (the first time, this fetches torch)"
	$(UV) --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.uv pyproject.toml constraints.txt
	@echo "==> installing semwatch and the tools to test it"
	$(UV) --editable '.[openvino]' --group dev
	@touch $@ $(VENV)/.base

$(VENV)/.interop: $(VENV)/.dev
	@echo "==> installing the producers of others"
	$(UV) --group interop
	@touch $@
