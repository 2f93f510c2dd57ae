# Everything a newcomer needs; `make help` lists it.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin
# An office's own settings, if it has made any: see .env.example.
TANYA := set -a; [ ! -f .env ] || . ./.env; set +a; $(RUN)/tanya
INSTALLED := $(VENV)/.installed
TESTED := $(VENV)/.installed-dev

# Ordinary servers have no graphics card: TORCH=cpu takes PyTorch's small CPU build instead of the CUDA one.
# TORCH_INDEX is then the address that pytorch.org shows under "Install" for pip and CPU.
TORCH ?=
TORCH_INDEX ?=

.DEFAULT_GOAL := help
.PHONY: help start build test browser year bench clean

help: ## List what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

start: build ## Install, build and serve on http://127.0.0.1:8080 (TORCH=cpu: see README)
	@$(TANYA) serve

build: $(INSTALLED) ## Install, train the model and build the index
	@$(TANYA) index build

$(INSTALLED): pyproject.toml constraints.txt
	@echo "Memasang lingkungan Python di $(VENV) (sekali saja, beberapa menit) …"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Tanya Layanan memerlukan Python 3.11 atau lebih baru.")'
	@$(PYTHON) -m venv $(VENV)
ifeq ($(TORCH),cpu)
	@$(RUN)/pip install --quiet $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) "torch==2.13.0+cpu" || \
	  { echo "PyTorch CPU tidak ditemukan: beri TORCH_INDEX, lihat README." >&2; exit 1; }
endif
	@$(RUN)/pip install --quiet --constraint constraints.txt --editable .
	@touch $@

$(TESTED): $(INSTALLED)
	@$(RUN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

test: $(TESTED) browser ## Install what the tests need, then format, lint, types, floors, tests
	$(RUN)/ruff format --check .
	$(RUN)/ruff check .
	$(RUN)/mypy
	$(RUN)/lint-imports
	$(RUN)/tanya index build
	$(RUN)/pytest

browser: # The page tests drive a real Chromium.
	@command -v chromium >/dev/null || { apt-get update -qq && apt-get install -y -qq chromium >/dev/null; }

year: $(TESTED) build ## Simulate a year of 5,000 complaints: every promise, reminder and report
	$(RUN)/pytest tests/bot/test_year.py --complaints 5000 --durations 1

bench: $(TESTED) build ## Measure quality, speed, memory and delivery beside named alternatives
	$(RUN)/python -m tests.bench
	$(RUN)/python -m tests.deliver
	$(RUN)/python -m tests.growth

clean: ## Remove what was built; the office's own data stays
	rm -rf $(VENV) data/built
