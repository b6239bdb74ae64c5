# One target a task; each sets up what it needs. `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
UV := $(shell command -v uv || echo .tools/bin/uv)

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

.tools/bin/uv:
	@echo "installing uv into .tools"
	@python3.11 -m venv .tools && .tools/bin/pip install --quiet uv

.PHONY: setup
setup: $(if $(findstring .tools,$(UV)),.tools/bin/uv) ## install both Python environments from their locks
	@$(UV) sync --quiet --frozen
	@$(UV) sync --quiet --frozen --project job
	@$(if $(findstring .tools,$(UV)),ln -sf ../../.tools/bin/uv .venv/bin/uv) # Pulumi looks for it on the PATH

# Needs Python alone where nothing is installed yet; an account is looked at with what setup installs.
.PHONY: doctor
doctor: $(if $(STACK),setup) ## what is missing on this machine, or in an account [STACK=sandbox PROFILE=name]
ifdef STACK
	@.venv/bin/stocktrading doctor --stack $(STACK) $(if $(PROFILE),--profile $(PROFILE))
else
	@if command -v python3.11 >/dev/null; then python3.11 -m doctor; \
	elif command -v $(UV) >/dev/null; then $(UV) run -q --no-project --python 3.11 python -m doctor; \
	else echo "neither python3.11 nor uv is on the PATH: install one of them" >&2; exit 1; fi
endif

.PHONY: pulumi
pulumi: ## Pulumi's engine into ~/.cache/stocktrading: its release, or built by Go [for test-pulumi]
	@.ci/install-pulumi

.PHONY: package
package: setup ## build the job's archive, dist/stocktrading-job.zip [VERSION=name]
	@$(UV) run --quiet stocktrading package

.PHONY: bench-simulator
bench-simulator: setup ## trades a second that one core makes and packs
	@$(UV) run --quiet python -m tools.bench.simulator --check

.PHONY: capacity
capacity: setup ## what a load needs and costs [ARGS="--peak 50000 --packed"]
	@$(UV) run --quiet stocktrading capacity $(ARGS)

.PHONY: demo
demo: package ## everything on this machine, with proof, until Ctrl-C [FOR=90 RATE=100 PORT=4566]
	@exec .venv/bin/stocktrading demo $(if $(FOR),--for $(FOR)) $(if $(RATE),--rate $(RATE)) $(if $(PORT),--port $(PORT))

.PHONY: release-demo
release-demo: package ## the pipeline rehearsed: commits rolled out under load, and back [CHECKS="lint test-java" RATE=100]
	@exec .venv/bin/stocktrading release-demo $(if $(CHECKS),--checks "$(CHECKS)") $(if $(RATE),--rate $(RATE))

.PHONY: board
board: setup ## the web page of a stack at work, the local cloud's by default [STACK=sandbox OUTPUTS=file PORT=8280]
	@exec .venv/bin/stocktrading board $(if $(STACK),--stack $(STACK)) $(if $(OUTPUTS),--outputs $(OUTPUTS)) $(if $(PORT),--port $(PORT))

.PHONY: docs
docs: setup ## build the documentation into site/; a broken link fails it
	@$(UV) run --quiet python -m tools.documentation build

.PHONY: docs-serve
docs-serve: setup ## read the documentation, built anew at each change [DOCS_PORT=8000]
	@exec .venv/bin/python -m tools.documentation serve $(if $(DOCS_PORT),--port $(DOCS_PORT))

.PHONY: docs-reference
docs-reference: setup ## write the pages that are generated from the code
	@$(UV) run --quiet python -m tools.documentation reference

.PHONY: lint
lint: setup ## style and types, strict
	@$(UV) run --quiet ruff check
	@$(UV) run --quiet ruff format --check --quiet
	@$(UV) run --quiet basedpyright
	@$(UV) run --quiet basedpyright --project job/pyrightconfig.json

# The tiers of the tests, fast ones first; each can run alone.
PYTEST := $(UV) run --quiet pytest

.PHONY: test
test: lint test-pure test-java test-emulator test-pulumi test-browser test-cluster ## every check there is, fast ones first

.PHONY: test-pure
test-pure: setup package ## seconds: rules, properties, recorded resources
	$(PYTEST) -m "not emulator and not pulumi and not browser and not cluster"

.PHONY: test-java
test-java: ## seconds: decoding, watermarks
	mvn -q -B -ntp -f job/pom.xml test
	@cat job/target/surefire-reports/*.txt | awk '/^Tests run/ {n += $$3} END {print n " Java tests passed"}'

.PHONY: test-emulator
test-emulator: package ## a minute: the stacks on an AWS emulator
	$(PYTEST) -m "emulator and not pulumi and not browser and not cluster"

.PHONY: test-pulumi
test-pulumi: package ## minutes: the sandbox by Pulumi's own engine on the emulator, where there is a CLI
	$(PYTEST) -m pulumi

.PHONY: test-browser
test-browser: package ## a minute: the board in headless Chromium, where there is one
	$(PYTEST) -m "browser and not cluster"

.PHONY: test-cluster
test-cluster: package ## minutes: the job's archive on a real Flink cluster, held against the oracle
	$(PYTEST) -m cluster

.PHONY: bench
bench: package ## the job's query against a plain Java job; prints the ratio
	@$(UV) run --quiet python bench/window.py
