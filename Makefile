# One target for each task. A target first installs what it needs. `make` alone lists the targets.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
UV := $(shell command -v uv || echo .tools/bin/uv)

# Where the user's cache can't be written, uv keeps its own in the checkout.
ifndef UV_CACHE_DIR
ifneq ($(shell d="$${XDG_CACHE_HOME:-$$HOME/.cache}/uv"; while [ ! -e "$$d" ]; do d=$$(dirname "$$d"); done; [ -d "$$d" ] && [ -w "$$d" ] && echo ok),ok)
export UV_CACHE_DIR := $(CURDIR)/.local/cache/uv
export UV_PYTHON_INSTALL_DIR := $(CURDIR)/.local/cache/python
endif
endif

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

.tools/bin/uv:
	@command -v python3.11 >/dev/null || { echo "neither python3.11 nor uv is on the PATH$$(python3 -V 2>&1 | sed -n 's/^Python/, only Python/p'): install Python 3.11, or uv, which fetches it" >&2; exit 1; }
	@echo "installing uv into .tools"
	@python3.11 -m venv .tools && .tools/bin/pip install --quiet --require-hashes -r tools/uv/requirements.txt

.PHONY: setup
setup: $(if $(findstring .tools,$(UV)),.tools/bin/uv) ## install both Python environments from their locks
	@$(UV) sync --quiet --frozen
	@$(UV) sync --quiet --frozen --project job
	@$(if $(findstring .tools,$(UV)),ln -sf ../../.tools/bin/uv .venv/bin/uv) # Pulumi looks for it on the PATH

# To check the machine it needs only Python, so that it works before setup. To check an account it needs setup.
.PHONY: doctor
doctor: $(if $(STACK),setup) ## say what is missing on this machine, or in an account [STACK=sandbox PROFILE=name]
ifdef STACK
	@.venv/bin/stocktrading doctor --stack $(STACK) $(if $(PROFILE),--profile $(PROFILE))
else
	@if command -v python3.11 >/dev/null; then python3.11 -m doctor; \
	elif command -v $(UV) >/dev/null; then $(UV) run -q --no-project --python 3.11 python -m doctor; \
	else echo "neither python3.11 nor uv is on the PATH: install one of them" >&2; exit 1; fi
endif

.PHONY: pulumi
pulumi: ## install Pulumi's engine into ~/.cache/stocktrading: its release, or built by Go [for test-pulumi]
	@.ci/install-pulumi

.PHONY: package
package: setup ## build the job's archive, dist/stocktrading-job.zip [VERSION=name]
	@$(UV) run --quiet stocktrading package
	@$(UV) run --quiet python -m local.flink.distribution # fetches Flink's web UI once

.PHONY: bench-simulator
bench-simulator: setup ## measure the trades a second that one core makes and packs
	@$(UV) run --quiet python -m tools.bench.simulator --check

.PHONY: capacity
capacity: setup ## compute what a load needs and costs [ARGS="--peak 50000 --packed"]
	@$(UV) run --quiet stocktrading capacity $(ARGS)

# Print this line first, because the checks take a few seconds.
ifneq ($(filter demo release-demo chaos,$(MAKECMDGOALS)),)
$(shell echo "checking the environments and the job's archive" >&2)
endif

.PHONY: demo
demo: package ## run everything on this machine and recount every result, until Ctrl-C [FOR=90 RATE=100 PORT=4566 OPEN=1]
	@exec .venv/bin/stocktrading demo $(if $(FOR),--for $(FOR)) $(if $(RATE),--rate $(RATE)) $(if $(PORT),--port $(PORT)) $(if $(OPEN),--open)

.PHONY: release-demo
release-demo: package ## rehearse the pipeline: roll commits out under load, and back [CHECKS="lint test-java" RATE=100]
	@exec .venv/bin/stocktrading release-demo $(if $(CHECKS),--checks "$(CHECKS)") $(if $(RATE),--rate $(RATE))

.PHONY: chaos
chaos: package ## run the local cloud under load and faults, and recount everything [ROUNDS=3 SEED=7]
	@exec .venv/bin/stocktrading chaos $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(SEED),--seed $(SEED))

.PHONY: board
board: setup ## serve the web page of a running stack, by default the local cloud's [STACK=sandbox OUTPUTS=file PORT=8280 OPEN=1]
	@exec .venv/bin/stocktrading board $(if $(STACK),--stack $(STACK)) $(if $(OUTPUTS),--outputs $(OUTPUTS)) $(if $(PORT),--port $(PORT)) $(if $(OPEN),--open)

.PHONY: docs
docs: package ## build the documentation into site/; a broken link fails the build
	@$(UV) run --quiet python -m tools.documentation build

.PHONY: docs-serve
docs-serve: setup ## serve the documentation, and build it again at each change [DOCS_PORT=8000]
	@exec .venv/bin/python -m tools.documentation serve $(if $(DOCS_PORT),--port $(DOCS_PORT))

.PHONY: pictures
pictures: setup ## take the documentation's pictures from a board; make demo prints its address [URL=http://127.0.0.1:PORT]
	@$(UV) run --quiet python -m tools.pictures $(URL)

.PHONY: docs-reference
docs-reference: package ## write the pages that are generated from the code
	@$(UV) run --quiet python -m tools.documentation reference

.PHONY: lint
lint: setup ## check style and types, strictly
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target types job-types style

.PHONY: style types job-types
style:
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check --quiet
types:
	@.venv/bin/basedpyright
job-types:
	@.venv/bin/basedpyright --project job/pyrightconfig.json

# The tiers of the tests. The fast ones come first. Each can run alone.
QUICK := lint test-pure test-java
TIERS := $(QUICK) test-emulator test-pulumi test-browser test-cluster

.PHONY: check
check: package ## minutes: run the quick tiers before a push; print one summary at the end
	@.venv/bin/python -m tools.tiers $(QUICK)

.PHONY: test
test: package ## run every tier, the fast ones first; print one summary at the end [WORKERS=2]
	@.venv/bin/python -m tools.tiers $(TIERS)

# Two processes share the tests. Tests of one file stay together, because they share what is slow to start.
WORKERS ?= 2
PYTEST := .venv/bin/pytest
SHARED := -n $(WORKERS) --dist loadfile

.PHONY: test-pure
test-pure: package ## minutes: test rules, properties, recorded resources
	$(PYTEST) $(SHARED) -m "not emulator and not pulumi and not browser and not cluster"

.PHONY: fuzz
fuzz: package ## minutes: compare the job's decoder with the oracle on random records [EXAMPLES=100000]
	FUZZ_EXAMPLES=$(or $(EXAMPLES),100000) $(PYTEST) tests/oracle/test_oracle_fuzz.py

.PHONY: test-java
test-java: ## a minute: test the jar's decoding and watermarks
	mvn -q -B -ntp -f job/pom.xml verify
	@cat job/target/surefire-reports/*.txt | awk '/^Tests run/ {n += $$3} END {print n " Java tests passed"}'

.PHONY: test-emulator
test-emulator: package ## minutes: test the stacks on an AWS emulator
	$(PYTEST) $(SHARED) -m "emulator and not pulumi and not browser and not cluster"

.PHONY: test-pulumi
test-pulumi: package ## minutes: test the sandbox with Pulumi's own engine on the emulator, if there is a CLI
	$(PYTEST) $(SHARED) -m pulumi

.PHONY: test-browser
test-browser: package ## minutes: test the board in headless Chromium, if there is one
	$(PYTEST) $(SHARED) -m "browser and not cluster"

# Tests that share a cluster are in one group. The other tests are distributed one by one, in their order.
.PHONY: test-cluster
test-cluster: package ## minutes: test the job's archive on a real Flink cluster, and compare with the oracle
	$(PYTEST) -n $(WORKERS) --dist loadgroup --no-loadscope-reorder -m cluster

.PHONY: bench
bench: package ## measure the job's query and a plain Java job; print the ratio of their speeds
	@$(UV) run --quiet python tools/bench/window.py

.PHONY: bench-read
bench-read: package ## measure how much CPU the job needs to read trades, one in a record and packed
	@$(UV) run --quiet python -m tools.bench.read_path

.PHONY: latency
latency: setup ## measure the delay of results on the running local cloud: p50, p99 [ARGS="--seconds 300 --check"]
	@$(UV) run --quiet python -m tools.bench.latency $(ARGS)
