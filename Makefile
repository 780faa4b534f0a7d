# Every target makes what it needs first; all that must be there is make and Python >= 3.11.
PYTHON ?= python3
ARGS ?=
# Where it is switched off, every process of a run compiles every module anew.
export PYTHONDONTWRITEBYTECODE :=

VENV := .venv
BIN := $(VENV)/bin
# The stamps carry the locks' checksums: a checkout that only touches a lock installs nothing again.
RUNTIME := $(VENV)/runtime-$(shell cksum < requirements.lock | cut -d ' ' -f 1)
DEV := $(VENV)/dev-$(shell cksum < requirements-dev.lock | cut -d ' ' -f 1)
# Some Linux distributions split ensurepip off: the pip of $(PYTHON) then fills a .venv that has none.
PIP = $$($(BIN)/python -m pip --version >/dev/null 2>&1 && echo $(BIN)/python -m pip \
	|| echo $(PYTHON) -m pip --python $(BIN)/python)
INSTALL = $(PIP) install --quiet --disable-pip-version-check --require-hashes
UV := uv==0.13.9
# Tests wait more than they reckon: even on two cores six processes are faster than four. Their ledgers wait for the
# disk at every commit, unless they are in memory, where there is room for that.
IN_MEMORY := $(shell df -k /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > 2000000 {print "TMPDIR=/dev/shm"}')
PYTEST = $(IN_MEMORY) $(BIN)/python -m pytest --numprocesses 6 --dist loadgroup

.PHONY: help demo run test endurance check bench format lock clean

help:
	@echo "make demo       Darkroom in the browser: no token, no GPU"
	@echo "make run        the bot, with the settings in .env; it asks for what is missing"
	@echo "make test       every test, also against a real ComfyUI (ARGS='-k queue' picks)"
	@echo "make endurance  the long forms of some of them: thousands of races and examples, many killed workers"
	@echo "make check      lint, format, types and the import walls"
	@echo "make bench      the measurements (ARGS=scale: crowds, farms and big images alone; ARGS=hostile)"
	@echo "make format     put the code in shape"
	@echo "make lock       newest versions that pyproject.toml allows into the lock files"
	@echo "make clean      remove .venv and the caches"
	@echo "PYTHON=python3.12 picks the Python that .venv is made from"

demo: $(DEV)
	$(BIN)/python -m tests.demo $(ARGS)

run: $(RUNTIME)
	$(BIN)/python -m bot $(ARGS)

# Without a real ComfyUI its tests are skipped on a desk and fail in CI; either way the rest should run.
test: $(DEV)
	@$(BIN)/python -m tests.real_comfyui.install || printf '\n%s\n%s\n\n' \
		'*** The real ComfyUI could not be installed (the reason is above). ***' \
		'*** Going on without it.                                           ***' >&2
	$(PYTEST) $(ARGS)

endurance: $(DEV)
	$(PYTEST) -m "endurance or hypothesis" --hypothesis-profile long $(ARGS)

check: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest --quiet tests/test_walls.py tests/test_house.py

bench: $(DEV)
	$(BIN)/python -m tests.bench $(ARGS)

format: $(DEV)
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

# One lock for every system and every Python that pyproject.toml allows; no addresses, no trace of who made it.
# The development lock takes over the runtime lock's versions, so that tests run what is shipped.
COMPILE = .venv-lock/bin/uv --no-config pip compile --quiet --upgrade --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-header --no-annotate pyproject.toml
lock:
	@$(PYTHON) -m venv .venv-lock
	@.venv-lock/bin/python -m pip install --quiet --disable-pip-version-check $(UV)
	$(COMPILE) --output-file requirements.lock
	$(COMPILE) --group dev --constraint requirements.lock --output-file requirements-dev.lock

clean:
	rm -rf $(VENV) .venv-lock .mypy_cache .pytest_cache .ruff_cache .hypothesis dist
	find bot tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "$(PYTHON) is not Python >= 3.11: name one, as in make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || $(PYTHON) -m venv --clear --without-pip $(VENV)

$(RUNTIME): | $(BIN)/python
	@echo "installing what the bot needs into $(VENV)"
	@$(INSTALL) --requirement requirements.lock
	@touch $@

# It holds everything that the runtime lock holds, in the same versions.
$(DEV): | $(BIN)/python
	@echo "installing what development needs into $(VENV) (about half a minute)"
	@$(INSTALL) --requirement requirements-dev.lock
	@touch $@ $(RUNTIME)
