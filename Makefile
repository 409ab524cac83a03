# Commands for people; `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
BIN := .venv/bin
SERVER_TESTS := tests/accounts tests/api tests/archive tests/desk tests/dossier tests/evaluations tests/evidence tests/experts tests/finding tests/improvement tests/insights tests/ledger tests/notices tests/operations tests/panels tests/project tests/public tests/registry tests/reporting tests/rubrics tests/scoring tests/visits
PARTS := t1 t2 t3 t6 t7 t8 t9 t13
PYTEST := $(BIN)/python -m pytest -q -n auto --dist worksteal
LOCK := --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --no-strip-extras --universal --python-version 3.11
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

help: ## list the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.venv/ready-run: requirements/build.txt requirements/run.txt pyproject.toml
	@[ -n "$(PYTHON)" ] || { echo "需要 Python 3.11 或更高版本 · Python 3.11 or newer is needed (found: $$(python3 --version 2>&1))"; exit 1; }
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv .venv 2>/dev/null || { rm -rf .venv; \
		echo "Python 缺少 venv 模块，请先安装（Debian/Ubuntu：apt-get install python3-venv） · Python's venv module is missing: install it (Debian/Ubuntu: apt-get install python3-venv)"; exit 1; }
	@echo "正在安装依赖 · installing dependencies …"
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/build.txt -r requirements/run.txt
	@$(BIN)/pip install -q --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

.venv/ready-test: .venv/ready-run requirements/test.txt
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/test.txt
	@touch $@

static: .venv/ready-run ## build styles and scripts if their sources have changed
	@$(BIN)/python hatch_build.py

install: static ## install the product into .venv
	@$(BIN)/python -m compileall -q src # pip compiles the libraries; nothing is compiled when the product starts
	@$(BIN)/python -c "from zhiping.documents.papers.word.papers import compile_all; compile_all()"

demo: static ## serve a fictional region with platforms in every stage, on localhost
	@$(BIN)/zhiping demo $(if $(PORT),--port $(PORT))

example: static ## evaluate the spreadsheets of examples/; papers are in out/
	@$(BIN)/zhiping evaluate examples/platform/sheets/*.xlsx --about examples/platform/evaluation.toml \
		--agreed examples/platform/deliberation.xlsx -o out/example

test: .venv/ready-test install ## install test dependencies, then run all tests
	@# The domain is covered by its own tests alone: coverage would double the time of all others.
	@.ci/parts \
		"$(PYTEST) tests/domain --cov --cov-report=term" \
		"$(PYTEST) --ignore=tests/domain" \
		"ZHIPING_TEST_DATABASE=postgres $(PYTEST) -m 'not t1 and not t7' --ignore=tests/operations/test_bridge.py --ignore=tests/api/test_fuzz.py $(SERVER_TESTS)"

test-long: .venv/ready-test install ## run all tests with the figures of a release, or go on with them; PART=t1: these only
	@$(if $(filter-out $(PARTS),$(PART)),echo "PART: $(PARTS)"; exit 1,:)
	@.ci/parts \
		"$(PYTEST) $(if $(PART),-m $(PART)) --long --resume" \
		"ZHIPING_TEST_DATABASE=postgres $(PYTEST) $(if $(PART),-m $(PART)) --long --resume $(SERVER_TESTS)"

check: .venv/ready-test ## run all checks without changing files
	@# mypy's plugin loads the settings, which would create a data folder for the generated key.
	@.ci/parts \
		"$(BIN)/ruff format --check --diff ." \
		"$(BIN)/ruff check ." \
		"ZHIPING_SECRET_KEY=none $(BIN)/mypy" \
		"$(BIN)/lint-imports" \
		"git diff --check"

fix: .venv/ready-test ## apply automatic fixes
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/ready-test install ## update docs/benchmarks.md
	$(BIN)/python -m benchmarks

compare: .venv/ready-test ## compare page times with another tree: make compare BASE=../base
	$(BIN)/python -m benchmarks.compare $(BASE)

measures: .venv/ready-test ## measure the source of a tree: make measures TREE=.
	$(BIN)/python -m benchmarks.measures $(or $(TREE),.)

locks: ## resolve the locked dependencies again (needs uv)
	uv pip compile --group build -o requirements/build.txt $(LOCK)
	uv pip compile pyproject.toml -o requirements/run.txt $(LOCK)
	uv pip compile pyproject.toml --group build --group test -o requirements/test.txt $(LOCK)

clean: ## remove all generated files, including the data of the demo (zhiping-demo)
	rm -rf .venv frontend/node_modules src/zhiping/web/static zhiping-demo out dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*

.PHONY: help static install demo example test test-long check fix bench compare measures locks clean
