# Every target does its own set-up: nothing needs to be installed or activated first but Python 3.13 and make.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON_IN_VENV = .venv/bin/python
SOURCES = layers functions tools tests

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: .venv/ready ## run the whole path once, from the vendor's own curl to the record of the order
	@$(PYTHON_IN_VENV) -m tools.demo

.PHONY: up
up: .venv/ready ## keep the local stack running until Ctrl-C; prints its endpoint, token and a curl
	@$(PYTHON_IN_VENV) -m tools.up

.PHONY: test
test: .venv/ready ## run all tests, those against the deployed local stack too
	$(PYTHON_IN_VENV) -m pytest --cov --cov-report=term

.PHONY: check
check: lint test ## the gate: format, lint, types, template, tests

.PHONY: lint
lint: .venv/ready ## format, lint, types and template, without the tests
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy $(SOURCES)
	AWS_DEFAULT_REGION=us-east-1 SAM_CLI_TELEMETRY=0 .venv/bin/sam validate --lint

.PHONY: format
format: .venv/ready ## format the code
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix-only .

.PHONY: schemas
schemas: .venv/ready ## write the JSON Schemas of the events to docs/schemas/
	$(PYTHON_IN_VENV) -m tools.schemas

.PHONY: sam-local
sam-local: .venv/ready ## run every file of events/ with `sam local invoke`, against the stack of `make up`
	@$(PYTHON_IN_VENV) -m tools.sam_local

.PHONY: lock
lock: .venv/ready ## resolve the dependencies anew, to locks/*.txt
	tools/lock $(if $(UPGRADE),--upgrade)

.venv/ready: tools/setup tools/find-python $(wildcard locks/*.txt)
	@echo "setting up .venv (once)"
	@tools/setup
