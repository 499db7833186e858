# annarchy_ml. `make help` lists the targets; PYTHON and VENV may be given: make test PYTHON=python3.12

PYTHON ?= python3
VENV ?= .venv
TESTS ?= -m "not slow"
DEMO ?= demo
BENCH ?=

BIN := $(VENV)/bin
HAVE := $(VENV)/.have
VIEW := build/view
FOLDERS := annarchy_ml importers exporters engine
CPP := $(shell find cpp -name '*.?pp' -o -name '*.h')
SOURCES := CMakeLists.txt pyproject.toml $(CPP)
PYTHON_SOURCES := $(shell find $(FOLDERS) -name '*.py' -o -name '*.c' -path '*/templates/*')
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo -n)
NEEDS := python3-venv python3-dev

.DELETE_ON_ERROR:
.PHONY: help demo test ctest bench lint format mypy docs clean

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

demo: $(HAVE)-package ## install, run one example of the standard, draw it
	@mkdir -p $(DEMO) && echo '*' > $(DEMO)/.gitignore
	@$(BIN)/annarchy-ml examples Ex5 $(DEMO)
	@$(BIN)/annarchy-ml run $(DEMO)/LEMSexamples/LEMS_NML2_Ex5_DetCell.xml --out $(DEMO) \
	  --plot $(DEMO)/Ex5.png
	@echo "Look at the picture: $(DEMO)/Ex5.png"

test: $(HAVE)-tests lint ctest ## lint, native tests, and all Python tests that are not slow
	$(BIN)/pytest -n auto --dist worksteal $(TESTS)

lint: $(HAVE)-tests mypy ## ruff, mypy, clang-format; nothing is changed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/clang-format --dry-run --Werror $(CPP) tests/cpp/*.cpp tests/cpp/*.hpp

mypy: $(HAVE)-tests $(VIEW)/annarchy_ml ## types only
	@MYPYPATH=$(VIEW) $(BIN)/mypy

ctest: $(HAVE)-tests ## tests of the native parts
	@$(BIN)/cmake -S . -B build/ctest -G Ninja -DANNARCHY_ML_BUILD_TESTS=ON \
	  -DCMAKE_MAKE_PROGRAM=$(abspath $(BIN))/ninja -DANNARCHY_ML_BUILD_MODULE=OFF > build/ctest.log
	@$(BIN)/cmake --build build/ctest
	@$(BIN)/ctest --test-dir build/ctest --output-on-failure --no-tests=error

format: $(HAVE)-tests ## put Python and C++ files into their normal form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/clang-format -i $(CPP) tests/cpp/*.cpp tests/cpp/*.hpp

bench: $(HAVE)-tests ## speed of each workload, the peers beside us
	@for name in standard_examples hh_network hh_cells sweep lowering; do \
	  echo "$$name" && $(BIN)/python benchmarks/$$name.py || exit 1; done
	@$(BIN)/python benchmarks/peers.py $(BENCH)

docs: $(HAVE)-docs ## user guide into build/docs
	$(BIN)/mkdocs build --strict --site-dir build/docs

clean: ## remove the environment and all that was built
	rm -rf $(VENV) build dist $(DEMO)

# The package as an installation lays it out, for tools that read sources.
$(VIEW)/annarchy_ml: annarchy_ml $(wildcard annarchy_ml/*) Makefile
	@rm -rf $(VIEW) && mkdir -p $@
	@for part in $(wildcard annarchy_ml/*) $(filter-out annarchy_ml,$(FOLDERS)); do \
	  ln -s "$(CURDIR)/$$part" $@/; done

# Debian keeps venv and the headers of Python in packages of their own.
$(HAVE)-venv:
	@$(PYTHON) -c 'import ensurepip, os, sysconfig; \
	  os.stat(sysconfig.get_path("include") + "/Python.h")' 2> /dev/null || \
	  { echo "Python's venv or headers are missing: installing $(NEEDS)"; \
	    command -v apt-get > /dev/null && $(SUDO) apt-get update -q && \
	    $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -q $(NEEDS); } || \
	  { echo "They could not be installed. Please install $(NEEDS), then call make again."; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(HAVE)-package: $(HAVE)-venv $(SOURCES) $(PYTHON_SOURCES)
	@if [ -e $(HAVE)-tests ]; then $(MAKE) -s $(HAVE)-tests; \
	  else echo "installing annarchy_ml"; $(BIN)/pip install --quiet --no-input .; fi
	@touch $@

$(HAVE)-tests: $(HAVE)-venv $(SOURCES)
	@mkdir -p build
	@echo "installing annarchy_ml in place, with all that its tests need"
	@$(BIN)/pip install --quiet --no-input --editable '.[test]' cmake ninja
	@touch $@ $(HAVE)-package

$(HAVE)-docs: $(HAVE)-venv pyproject.toml
	@$(BIN)/pip install --quiet --no-input '.[docs]'
	@touch $@
