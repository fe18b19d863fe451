# `make run` needs Python 3.11, git and make; everything else is installed into .venv and app/assets/node_modules.
# Each target does only what has changed since the last time.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
SHELL := /bin/sh
HOST ?= 127.0.0.1
PORT ?= 8000
# Processes for the tests; the machine's memory is no limit, its cores are.
JOBS ?= 2

ASSETS := app/assets/dist/.built
ASSET_SOURCES := app/assets/build.mjs app/assets/build.sh app/assets/node.sh app/assets/package.json \
	app/assets/package-lock.json $(shell find app/assets/src -type f)

.DEFAULT_GOAL := help
.PHONY: help run test check bench assets lock clean

help: ## 说明
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/'

# What the scenarios prove is found out beside the server, out of its way: the clause matrix shows it within minutes.
run: .venv/installed assets ## 启动培训演示系统：http://127.0.0.1:8000
	@export YICHENG_DEMO="$${YICHENG_DEMO:-1}" && \
	$(BIN)/yicheng migrate && $(BIN)/yicheng demo && \
	{ nice $(BIN)/yicheng scenario --record --outstanding >/dev/null 2>&1 & } && \
	exec $(BIN)/yicheng serve --with-worker --host $(HOST) --port $(PORT)

assets: $(ASSETS) ## 生成页面脚本和样式

$(ASSETS): $(ASSET_SOURCES) | .venv/installed
	@command -v node >/dev/null && command -v npm >/dev/null || \
		$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements-node.lock
	PYTHON="$(CURDIR)/$(BIN)/python" sh app/assets/build.sh
	@touch $@

check: .venv/installed-dev assets ## 静态检查
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	PYTHON="$(CURDIR)/$(BIN)/python" sh app/assets/lint.sh

test: check assets ## 全部检查和测试
	$(BIN)/pytest -n $(JOBS) --ignore tests/browser
	$(BIN)/pytest -n $(JOBS) --database postgresql tests/unit/kernel tests/integration tests/process/test_a_whole_project.py tests/process/test_year.py tests/web
	$(BIN)/pytest tests/browser

bench: .venv/installed-dev assets ## 性能测量
	@set -e; for module in $(basename $(notdir $(wildcard tests/bench/[a-z]*.py))); do \
		$(BIN)/python -m tests.bench.$$module; \
	done

# uv where it is installed, because it is quicker; pip otherwise. Both install exactly what the lock names.
.venv/installed: requirements.lock pyproject.toml
	$(call install,requirements.lock)

.venv/installed-dev: requirements-dev.lock pyproject.toml
	$(call install,requirements-dev.lock)
	@touch .venv/installed

define install
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo '需要 Python 3.11 或更高版本' >&2; exit 1; }
	@test -x $(BIN)/python || "$(PYTHON)" -m venv .venv
	@if command -v uv >/dev/null; then \
		VIRTUAL_ENV="$(CURDIR)/.venv" uv pip install --quiet --require-hashes --requirement $(1) && \
		VIRTUAL_ENV="$(CURDIR)/.venv" uv pip install --quiet --no-deps --no-build-isolation --editable .; \
	else \
		$(BIN)/python -m pip install --quiet --require-hashes --requirement $(1) && \
		$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .; \
	fi
	@touch $@
endef

# The locks name versions and digests, and no address: every installation has an index of its own.
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --custom-compile-command 'make lock' pyproject.toml

lock: ## 重新锁定依赖版本（需要 uv）
	$(COMPILE) --group build --output-file requirements.lock
	$(COMPILE) --group build --group dev --output-file requirements-dev.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-emit-find-links --custom-compile-command 'make lock' --group node --output-file requirements-node.lock

clean: ## 删除生成的文件，保留数据
	rm -rf .venv app/assets/dist app/assets/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis
