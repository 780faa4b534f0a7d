# Every target installs what it needs first. The machine needs only make and Python >= 3.11.
PYTHON ?= python3
ARGS ?=
# Bytecode stays on: without it every process of a test run would compile every module again.
export PYTHONDONTWRITEBYTECODE :=

VENV := .venv
BIN := $(VENV)/bin
# The stamps carry the locks' checksums, so that a checkout which only touches a lock reinstalls nothing.
RUNTIME := $(VENV)/runtime-$(shell cksum < requirements.lock | cut -d ' ' -f 1)
DEV := $(VENV)/dev-$(shell cksum < requirements-dev.lock | cut -d ' ' -f 1)
# Some Linux distributions package ensurepip separately: then the pip of $(PYTHON) installs into a .venv without pip.
PIP = $$($(BIN)/python -m pip --version >/dev/null 2>&1 && echo $(BIN)/python -m pip \
	|| echo $(PYTHON) -m pip --python $(BIN)/python)
INSTALL = $(PIP) install --quiet --disable-pip-version-check --require-hashes
UV := uv==0.13.9
# Tests wait more than they compute: even on two cores, six processes are faster than four. Their databases wait for the
# disk at every commit, so they are in memory if /dev/shm has room.
IN_MEMORY := $(shell df -k /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > 2000000 {print "TMPDIR=/dev/shm"}')
PYTEST = $(IN_MEMORY) $(BIN)/python -m pytest --numprocesses 6 --dist loadgroup

.PHONY: help demo run compile test endurance check docker-check bench docs translations format lock clean

help:
	@echo "make demo       try Darkroom in the browser: no token, no GPU"
	@echo "make run        run the bot with the settings in .env; it asks for missing ones"
	@echo "make compile    import every test, so that the next run starts faster"
	@echo "make test       run every test, also against a real ComfyUI (ARGS='-k queue' selects tests)"
	@echo "make endurance  run the long versions of some tests: thousands of races and examples, many killed processes"
	@echo "make check      check lint, format, types and the import walls"
	@echo "make docker-check  build the image and run it as compose.yaml does (needs a Docker engine; ARGS=comfyui: the ComfyUI, 10 GB)"
	@echo "make bench      measure (ARGS=scale: only crowds, farms and big images; ARGS=hostile: a server or a Discord that misbehaves)"
	@echo "make docs       make a site of the docs in site/; a dead link is a fault"
	@echo "make format     format the code"
	@echo "make translations  find new texts for translators, and compile what they wrote"
	@echo "make lock       update the lock files to the newest versions that pyproject.toml allows"
	@echo "make clean      remove .venv and the caches"
	@echo "PYTHON=python3.12 chooses the Python for .venv"

demo: $(DEV)
	$(BIN)/python -m tests.demo $(ARGS)

run: $(RUNTIME)
	$(BIN)/python -m bot $(ARGS)

# Once, not by each of six processes: the tests of a fresh checkout are compiled when they are first imported.
compile: $(DEV)
	$(BIN)/python -m pytest --collect-only --quiet --quiet > /dev/null

# Without a real ComfyUI its tests are skipped on a developer's machine and fail in CI. Either way the others should run.
test: $(DEV)
	@$(BIN)/python -m tests.real_comfyui.install || printf '\n%s\n%s\n\n' \
		'*** The real ComfyUI could not be installed (the reason is above). ***' \
		'*** The tests run without it.                                      ***' >&2
	$(PYTEST) $(ARGS)

# Only the modules with such tests: to import all of them in six processes takes half a minute of a core.
endurance: $(DEV)
	$(PYTEST) -m "endurance or hypothesis" --hypothesis-profile long -o faulthandler_timeout=1200 \
		$$(grep -rlE 'hypothesis|endurance' tests --include='test_*.py') $(ARGS)

check: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest --quiet tests/test_walls.py tests/test_house.py

docker-check: $(DEV)
	$(BIN)/python -m tests.docker $(ARGS)

bench: $(DEV)
	$(BIN)/python -m tests.bench $(ARGS)

docs: $(DEV)
	$(BIN)/python -m sphinx --quiet --fail-on-warning --fresh-env --conf-dir docs --doctree-dir $(VENV)/doctrees . site
	@echo "The site is in site/: open site/index.html"

translations: $(DEV)
	$(BIN)/python -m tests.translations $(ARGS)

format: $(DEV)
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

# One lock serves every system and every Python that pyproject.toml allows. It contains no index address and no header.
# The development lock uses the runtime lock's versions, so that tests run what is shipped.
COMPILE = .venv-lock/bin/uv --no-config pip compile --quiet --upgrade --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-header --no-annotate pyproject.toml
lock:
	@$(PYTHON) -m venv .venv-lock
	@.venv-lock/bin/python -m pip install --quiet --disable-pip-version-check $(UV)
	$(COMPILE) --output-file requirements.lock
	$(COMPILE) --group dev --constraint requirements.lock --output-file requirements-dev.lock

clean:
	rm -rf $(VENV) .venv-lock .mypy_cache .pytest_cache .ruff_cache .hypothesis dist site
	find bot tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "$(PYTHON) is not Python >= 3.11. Choose another, like make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || $(PYTHON) -m venv --clear --without-pip $(VENV)

$(RUNTIME): | $(BIN)/python
	@echo "Installing the bot's packages into $(VENV)"
	@$(INSTALL) --requirement requirements.lock
	@touch $@

# The development lock contains the whole runtime lock in the same versions, so this marks both as installed.
$(DEV): | $(BIN)/python
	@echo "Installing the development packages into $(VENV) (about half a minute)"
	@$(INSTALL) --requirement requirements-dev.lock
	@touch $@ $(RUNTIME)
