# Every target but `help` prepares .venv first; a second time that takes no network and no time.
PYTHON ?= python3
PY := .venv/bin/python
SOURCES := config.py wsgi.py webapp jobs
LOCK := uv pip compile --quiet --universal --only-binary :all: --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test faults check bench statistics i18n lock

help: ## Show this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /\1\t/' | expand -t 12

setup: ## Prepare .venv for running the app
	@$(PYTHON) deploy/bootstrap.py

setup-dev: ## Prepare .venv for running, tests and checks
	@$(PYTHON) deploy/bootstrap.py --dev

run: setup ## Start the app: web, workers, scheduler and queue
	@exec $(PY) -m jobs.supervisor

test: setup-dev ## Run the tests; ARGS="tests/test_config.py -k port" runs some
	@$(PY) -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder $(ARGS)

faults: setup-dev ## Run the tests that kill processes; ARGS="--kills 200" runs their long form
	@$(PY) -m pytest -m faults $(ARGS)

check: setup-dev ## Lint, types, security, templates, translations
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check --quiet . || { echo "Run: $(PY) -m ruff format ."; exit 1; }
	@$(PY) -m mypy $(SOURCES)
	@$(PY) -m bandit --quiet --configfile pyproject.toml --recursive $(SOURCES) deploy
	@$(PY) -m djlint --quiet --lint templates
	@$(PY) deploy/translations.py check

i18n: setup-dev ## Extract new texts, update and compile the catalogues
	@$(PY) deploy/translations.py update
	@$(PYTHON) deploy/bootstrap.py

bench: setup-dev ## Measure speed and memory against the budgets
	@test -d benchmarks || { echo "There are no benchmarks yet: the folder benchmarks/ is missing."; exit 1; }
	@$(PY) -m benchmarks $(ARGS)

statistics: setup-dev ## Check the goals for forecasts, tests and alerts on invented creators; ARGS="--data FILE.csv"
	@$(PY) -m benchmarks.statistics $(ARGS)

lock: ## Pin again from deploy/*.in (needs uv); review what moved
	@$(LOCK) deploy/requirements.in --output-file requirements.txt
	@cd deploy && $(LOCK) requirements-dev.in --output-file ../requirements-dev.txt
