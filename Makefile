# `make help` lists what can be made. Nothing here is cleverer than the command that it runs.
.DEFAULT_GOAL := help
.PHONY: help setup demo up cluster test test-slow lint bench pictures docs site lock clean crash safeguards

# The first Python that is new enough; `make PYTHON=…` names another.
ifndef PYTHON
PYTHON := $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name -ISc 'import sys; sys.version_info >= (3, 11) or sys.exit(1); print(sys.executable)' 2>/dev/null && break; \
	done)
endif
TOOLS = $(if $(PYTHON),$(PYTHON) -m tools,$(error Helium needs Python 3.11 or newer on the PATH; or name it: make PYTHON=/path/to/python3))
BIN := .venv/bin
# What a cluster for tests is made of.
CLUSTER := etcd kubernetes kwok
WITH_PULUMI = HELIUM_PULUMI="$$($(TOOLS) where pulumi)"
# One more than there are cores: real processes are waited for.
PARALLEL ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
BESIDE = -n $(PARALLEL) --dist worksteal
# Compiled once: every worker of pytest, and every process that a test starts, would compile the same modules again.
PYTEST = PYTHONDONTWRITEBYTECODE= $(WITH_PULUMI) $(BIN)/python -m pytest
# How pytest ends when ARGS leave no test over.
NONE = 5

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## find or make what Helium needs: the Python packages and Pulumi
	@$(TOOLS) setup pulumi

demo: setup ## from nothing to three workspaces in the sandbox, and a tour
	@$(WITH_PULUMI) $(BIN)/helium demo

up: setup ## all of Helium on this machine: a remote, the API, the control plane, the sandbox; Ctrl-C stops it
	@$(WITH_PULUMI) exec $(BIN)/helium up --parent $$PPID

cluster: ## a real Kubernetes API on this machine, without containers, and its kubeconfig; Ctrl-C ends it
	@$(TOOLS) setup $(CLUSTER)
	@exec $(TOOLS) cluster --parent $$PPID

# What must not have another beside it runs alone, after the others; nothing is run twice.
test: setup ## all tests but the slow ones; core and reconcile covered in every branch
	@$(PYTEST) -m "not slow and not serial" $(BESIDE) --cov --cov-report= $(ARGS)
	@$(PYTEST) -m "serial and not slow" --cov --cov-append --cov-report= $(ARGS) || [ $$? -eq $(NONE) ]
	@$(BIN)/coverage report --fail-under=100

# A package that cannot be installed here is named, and the tests that need it fail.
test-slow: setup ## kills, walks, browsers, git hosts, workflows; and the properties with many more examples
	@$(TOOLS) setup gitea $(if $(HELIUM_TEST_KUBECONFIG),,$(CLUSTER)) pulumi-kubernetes
	-@$(TOOLS) browser
	-@$(TOOLS) sshd
	-@$(TOOLS) setup github-mock
	-@$(TOOLS) setup oidc-provider
	@$(PYTEST) -m "slow or hypothesis" --hypothesis-profile=many $(BESIDE) $(ARGS)

lint: ## style, types, rooms, workflows, specs
	@$(TOOLS) setup
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo --no-cache
	@$(TOOLS) backends
	@$(BIN)/python -m pytest -q tests/test_house_rules.py
	@$(TOOLS) workflows
	@$(BIN)/helium validate

bench: setup ## measure the promises side by side and print ratios
	@$(TOOLS) setup $(CLUSTER) pulumi-kubernetes
	@$(WITH_PULUMI) $(BIN)/python -m bench

pictures: setup ## take the pictures again, for docs/pictures
	@$(TOOLS) browser
	@$(BIN)/python -m tools.pictures
	@$(WITH_PULUMI) $(BIN)/python -m tools.terminal

docs: ## write the pages of docs/reference that the code knows: commands, settings, exit codes, reasons, safeguards
	@$(TOOLS) setup
	@$(BIN)/python -m tools.docs

site: ## build the documents as a site in .site/html, and follow every link of it
	@$(TOOLS) site

crash: setup ## kill everything at every step, and count what is lost, wrongly destroyed or leaked
	@$(WITH_PULUMI) $(BIN)/python -m tools.crash $(ARGS)

safeguards: setup ## take each line that guards a deletion out in turn, and show a test failing
	@$(WITH_PULUMI) $(BIN)/python -m tools.safeguards $(ARGS)

lock: ## resolve requirements.lock again, for every Python and system that Helium serves
	@$(TOOLS) setup
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --upgrade --all-extras pyproject.toml --output-file requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --upgrade --group site --output-file tools/site/requirements.lock

clean: ## remove what this clone made; the user's cache stays
	rm -rf .venv .helium .demo .up .site .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache
