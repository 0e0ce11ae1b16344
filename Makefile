# Set-up, tests and the demo, each from a fresh clone in one command. Needs Python 3.11+ and make.

PYTHON ?= python3
VENV ?= .venv
LIMIT ?= --max-minutes 5
BIN := $(VENV)/bin

.PHONY: setup demo test lint format clean

setup: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

# The main job: train on the shipped starter corpus, sample 1,000 molecules, score them, and
# write the report.
demo: setup
	rm -rf demo
	$(BIN)/molvae train --preset small $(LIMIT) --out demo/run
	$(BIN)/molvae sample -n 1000 --model demo/run --properties qed,logp,sa,molecular_weight \
		--out demo/molecules.csv --picture demo/molecules.png
	$(BIN)/molvae score demo/molecules.csv --properties qed,logp,sa,tpsa,np_likeness \
		--out demo/scores.csv
	$(BIN)/molvae report demo/run --out demo/report.html

test: setup
	$(BIN)/python -m pytest -n auto

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) demo build dist .mypy_cache .pytest_cache .ruff_cache
