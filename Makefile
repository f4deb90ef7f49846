# Every target does its own set-up: nothing needs to be installed or activated first but Python 3.13 and make.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON_IN_VENV = .venv/bin/python
SOURCES = layers functions/ingest functions/relay webhooks_cli tools tests benchmarks
HANDLERS = functions/handlers

# Without byte code, every command would compile the SAM CLI and boto3 anew, for seconds.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: .venv/ready ## run the whole path once, from the vendor's own curl to the record of the order
	@$(PYTHON_IN_VENV) -m tools.demo

.PHONY: up
up: .venv/handlers/requirements.txt ## keep the local stack running until Ctrl-C, with your code as you save it (LIVE=0: as it was built)
	@$(PYTHON_IN_VENV) -m tools.up

.PHONY: down
down: .venv/ready ## stop the `make up` of this checkout
	@$(PYTHON_IN_VENV) -m tools.up --stop

# Named on the command line or not at all: a STAGE in the environment does not count.
STAGE = stage
.PHONY: redeploy
redeploy: .venv/handlers/requirements.txt ## bring the stack of `make up` up to date with your changes, while it runs
	@$(PYTHON_IN_VENV) -m tools.redeploy

.PHONY: deploy
deploy: .venv/ready ## build, validate, show what would change, ask, and deploy to AWS (STAGE=stage, or live)
	@$(PYTHON_IN_VENV) -m tools.deploy '$(STAGE)'

# Four at once: with more, two processors are too slow for the timeouts of calls to AWS.
SIDE_BY_SIDE = $(MAKE) --no-print-directory --jobs=4 $(if $(filter output-sync,$(.FEATURES)),--output-sync=line)
.PHONY: test
test: .venv/ready ## run all tests: your handlers', and the product's in memory and on a deployed stack
	@echo "five suites side by side, three on deployed stacks and two in memory; each is printed when it ends, after some minutes"
	@$(SIDE_BY_SIDE) test-deployed-first test-deployed-second test-deployed-third test-in-memory-second test-in-memory-first

.PHONY: test-quick
test-quick: .venv/ready ## run your handlers' tests and the product's quickest
	@$(SIDE_BY_SIDE) test-quick-first test-quick-second

# Halves: there is one processor for each.
.PHONY: test-quick-first test-quick-second
test-quick-first: .venv/handlers/requirements.txt
	$(PYTHON_IN_VENV) -m pytest --quiet $(HANDLERS)
	$(PYTHON_IN_VENV) -m pytest --quiet tests/contract $(wildcard tests/unit/test_[a-n]*.py)

test-quick-second: .venv/ready
	$(PYTHON_IN_VENV) -m pytest --quiet $(wildcard tests/unit/test_[o-z]*.py)

# `make check` runs all of each suite, and measures the coverage; `make test` leaves out what is marked `thorough`.
SUITE = $(PYTHON_IN_VENV) -m pytest $(if $(THOROUGH),,-m "not thorough")
.PHONY: test-in-memory
test-in-memory: .venv/ready ## run the tests that need no deployed stack
	@$(SIDE_BY_SIDE) test-in-memory-first test-in-memory-second

.PHONY: test-in-memory-first test-in-memory-second
test-in-memory-first: .venv/handlers/requirements.txt
	$(PYTHON_IN_VENV) -m pytest $(HANDLERS)
	$(SUITE) tests/unit tests/contract $(if $(THOROUGH),--cov --cov-report=term)

test-in-memory-second: .venv/ready
	$(SUITE) tests/cli tests/template tests/client tests/faults tests/fuzz

.PHONY: test-deployed
test-deployed: .venv/ready ## run the tests on the built functions and on the deployed local stack
	@$(SIDE_BY_SIDE) test-deployed-first test-deployed-second test-deployed-third

# They wait more than they compute. The first has what deploys stacks of its own; a file of another name is in one of the
# others, which need a shared stack. Without the words of this make: the tests run make too.
OWN_STACKS = $(wildcard tests/e2e/test_l*.py) tests/e2e/test_upgrade.py
.PHONY: test-deployed-first test-deployed-second test-deployed-third
test-deployed-first: .venv/ready
	@$(MAKE) --silent .venv/debug/ready
	MAKEFLAGS= $(SUITE) tests/integration $(OWN_STACKS)

test-deployed-second: .venv/ready
	MAKEFLAGS= $(SUITE) tests/e2e/cli $(filter-out $(OWN_STACKS),$(wildcard tests/e2e/test_[p-z]*.py))

test-deployed-third: .venv/ready
	MAKEFLAGS= $(SUITE) $(filter-out $(OWN_STACKS),$(wildcard tests/e2e/test_[a-o]*.py))

.PHONY: check
check: export THOROUGH = 1
check: lint audit test ## the gate: format, lint, types, template, security findings, tests

.PHONY: lint
lint: .venv/ready ## format, lint, types and template, without the tests
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/ruff check --isolated --target-version py313 --select E9,F63,F7,F82 $(HANDLERS)
	.venv/bin/mypy $(SOURCES)
	$(PYTHON_IN_VENV) tools/words.py
	$(PYTHON_IN_VENV) tools/lengths.py
	AWS_DEFAULT_REGION=us-east-1 SAM_CLI_TELEMETRY=0 .venv/bin/sam validate --lint
	.venv/sam/bin/python -m tools.schemas

.PHONY: audit
audit: .venv/audit/ready ## look for security findings in the template; .checkov.yaml says what is ignored and why
	@mkdir -p .local
	.venv/sam/bin/python -m tools.expand >.local/template.json
	.venv/audit/bin/checkov --config-file .checkov.yaml --file .local/template.json

.PHONY: format
format: .venv/ready ## format the code
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix-only .

.PHONY: fuzz
fuzz: .venv/ready ## 10,000 random deliveries: no 5xx, and what comes out of the queue is what went in (CASES=n)
	FUZZ_CASES=$(or $(CASES),10000) $(PYTHON_IN_VENV) -m pytest tests/fuzz

.PHONY: scale
scale: .venv/ready ## what the webhooks command reads of an inbox of 100,000 events (EVENTS=n)
	SCALE_EVENTS=$(or $(EVENTS),100000) $(PYTHON_IN_VENV) -m pytest tests/cli/test_scale.py -rP

.PHONY: soak
soak: .venv/ready ## load, kills and disturbed AWS calls on the local stack (EVENTS=n SEED=n)
	@$(PYTHON_IN_VENV) -m tools.soak $(if $(EVENTS),--events $(EVENTS)) $(if $(SEED),--seed $(SEED))

.PHONY: reliability
reliability: .venv/ready ## play the whole crash matrix, and write its table into docs/reliability.md
	$(PYTHON_IN_VENV) -m tests.faults.report

.PHONY: mutants
mutants: .venv/ready ## strength of the tests: a seeded sample of mutants (SAMPLE=n SEED=n); takes about an hour
	@$(PYTHON_IN_VENV) -m tools.mutants --sample $(or $(SAMPLE),200) --seed $(or $(SEED),1)

.PHONY: bench
bench: .venv/bench/ready ## measure all of benchmarks/ beside the alternatives, into benchmarks/RESULTS.md and its plots (Linux)
	@.venv/bench/bin/python -m pytest -q benchmarks/tests
	@.venv/bench/bin/python -m benchmarks

.PHONY: costs
costs: .venv/ready ## compute the monthly bill, and write it into docs/costs.md
	$(PYTHON_IN_VENV) -m benchmarks.costs.report

.PHONY: limits
limits: .venv/ready ## compute at how many events a second each limit is met, and write it into docs/scale.md
	$(PYTHON_IN_VENV) -m benchmarks.limits

.PHONY: sam-local
sam-local: .venv/ready ## run events/ (or FILES=...) with `sam local invoke` on the stack of `make up` (SAM_LOCAL_FLAGS=...)
	@$(PYTHON_IN_VENV) -m tools.sam_local $(FILES)

.PHONY: sam-env
sam-env: .venv/ready ## open the stack of `make up` to containers, for `sam local invoke` by hand
	@$(PYTHON_IN_VENV) -m tools.sam_local --env

.PHONY: lock
lock: .venv/ready ## resolve the dependencies anew, to locks/*.txt
	tools/lock $(if $(UPGRADE),--upgrade)

# A moved checkout is set up anew: .venv contains absolute paths. `pwd -P`, because .venv may be a link.
ifneq ($(shell cat .venv/ready 2>/dev/null),$(shell cd .venv 2>/dev/null && pwd -P))
.PHONY: .venv/ready
endif
.venv/ready: tools/setup tools/find-python $(filter-out locks/advisories.txt locks/audit.txt locks/bench.txt locks/debug.txt, $(wildcard locks/*.txt))
	@echo "setting up .venv (once)"
	@tools/setup

# The packages of your handlers, for their unit tests and the command line: in the last version if several are required.
REQUIRED = $(wildcard $(HANDLERS)/*/requirements.txt $(HANDLERS)/*/requirements-dev.txt)
ifneq ($(shell cat $(REQUIRED) /dev/null | cmp -s - .venv/handlers/requirements.txt && echo installed),installed)
.PHONY: .venv/handlers/requirements.txt
endif
.venv/handlers/requirements.txt: .venv/ready
	@rm -rf .venv/handlers && mkdir .venv/handlers
	@for file in $(REQUIRED); do .venv/bin/uv pip install --quiet --python $(PYTHON_IN_VENV) --target .venv/handlers \
		--requirement "$$file" || exit; done
	@cat $(REQUIRED) /dev/null >$@

# These are large, or few need them, so each is made only when it is needed.
.venv/bench/ready: locks/bench.txt .venv/ready
	@echo "setting up .venv/bench (once)"
	@.venv/bin/uv venv --quiet --clear --python .venv/bin/python .venv/bench
	@.venv/bin/uv pip sync --quiet --require-hashes --only-binary :all: --python .venv/bench/bin/python locks/bench.txt
	@cp .venv/lib/python3.13/site-packages/project.pth .venv/bench/lib/python3.13/site-packages/
	@touch $@

.venv/audit/ready: locks/audit.txt .venv/ready
	@echo "setting up .venv/audit (once)"
	@.venv/bin/uv venv --quiet --clear --python .venv/bin/python .venv/audit
	@.venv/bin/uv pip sync --quiet --require-hashes --only-binary :all: --python .venv/audit/bin/python locks/audit.txt
	@touch $@

# For `webhooks dev --debug`, which runs this; so it must not make .venv anew, from which the local stack runs.
.venv/debug/ready: locks/debug.txt
	@echo "setting up .venv/debug (once)"
	@.venv/bin/uv venv --quiet --clear --python .venv/bin/python .venv/debug
	@.venv/bin/uv pip sync --quiet --require-hashes --only-binary :all: --compile-bytecode --python .venv/debug/bin/python locks/debug.txt
	@touch $@
