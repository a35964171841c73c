# Needs python3 (3.11 or later) with venv, and make. The tests need more system packages: see tools/system-packages.
# After the first run, everything but `clean` works without a network.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
RUN_STAMP := .venv/.installed-to-run
NODE_STAMP := node_modules/.installed
# What `make test` runs; CI also runs the extended tests: make test TESTS="not long".
TESTS := not long and not extended
FAST := not browser and not server and not postgres and not app and not slow and not long and not extended
# Folders in which nearly all tests need what is left out: collecting them takes longer than running the few others.
WITH_SERVICE := $(addprefix --ignore=tests/,archive banner cli cluster deploy edge engines evidence exports gate guides hammer log nodes npm operating privacy process story website)
# One file at a time, since tests in a file share their servers; three processes, since two leave a third of two cores
# idle.
PYTEST := $(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder
# Long tests print their timings; two at a time are what two cores can handle.
LONG := $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

# Without stored bytecode, each process compiles everything that it imports, and pytest rewrites every test in each run.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run walks test test-fast test-all attacks test-engines test-guides hammer lint format bench bench-log bench-delivery bench-classify bench-banner bench-websites bench-cluster cluster cluster-test banner check-banner docs screenshots messages release requirements system system-engines system-guides system-cluster system-fonts clean

help:
	@echo "make run           the service with a demo shop, on http://127.0.0.1:8000; installs only what running needs"
	@echo "make test          what every change must pass, in under 10 minutes on 2 cores"
	@echo "make test-fast     unit tests, in a minute: no browser, server, PostgreSQL or whole service"
	@echo "make test-all      also the extended and the long tests, except cluster-test;  make hammer runs only the test with twenty kills"
	@echo "make attacks       only the attack tests, which are the last stage of make test-all"
	@echo "make test-engines  the banner in Chromium, Firefox and WebKit"
	@echo "make test-guides   each guide in a fresh project of its framework, fetched once from npm and PyPI"
	@echo "make lint          ruff, layers, types;  make format fixes what can be fixed"
	@echo "make bench         measures speed;  ARGS="--raw FILE" keeps each round;  make bench-log measures the log and exports, bench-delivery deliveries"
	@echo "make walks         prints how many files a request enters;  ARGS=--files lists them in order"
	@echo "make bench-classify  measures how often the classifier is right about unseen vendors and sites"
	@echo "make cluster       three databases, two nodes, HAProxy, PgBouncer, and the demo, on http://127.0.0.1:8000"
	@echo "make cluster-test  kills the parts of such a cluster one by one under load;  make bench-cluster measures its speed"
	@echo "make bench-banner  compares the banner with its peers, fetched from npm"
	@echo "make bench-websites  tests the Install lines on public websites, whose files are in the folder SITES"
	@echo "make banner        builds static/banner.js and static/consent_edge.js;  make check-banner checks that they match the sources"
	@echo "make docs          builds the documentation site into consent/docs_site; the service serves it at /docs"
	@echo "make messages      updates the dashboard's message catalogs from the sources"
	@echo "make screenshots   follows the tutorial in Chromium and saves its screenshots to docs/images"
	@echo "make release       builds wheel, npm packages, hashed requirements, SBOM and checksums in dist/, signed with KEY=; uploads nothing"
	@echo "make requirements  rewrites requirements.txt: the versions in constraints.txt with hashes; needs a network"
	@echo "make clean         removes everything that make has installed"

run: $(RUN_STAMP)
	$(BIN)/consent demo

test: $(STAMP) system lint check-banner
	$(PYTEST) -m "$(TESTS)"

# These tests share no servers, so a process with nothing left to do takes tests from the other.
test-fast: $(STAMP)
	$(BIN)/lint-imports --no-logo
	$(BIN)/pytest -n 2 --dist worksteal -m "$(FAST)" $(WITH_SERVICE)

# cluster-test is separate: it takes some minutes more, and its table is for docs/benchmarks.md.
test-all: $(STAMP) system system-engines system-guides system-cluster system-fonts lint check-banner
	$(PYTEST) -m "not long and not attack"
	$(LONG) -m "long and not attack" --ignore tests/cluster/test_kills.py
	$(MAKE) attacks

attacks: $(STAMP) system
	$(LONG) -m attack

test-engines: $(STAMP) $(NODE_STAMP) system system-engines
	$(BIN)/pytest tests/engines

test-guides: $(STAMP) system system-guides
	$(BIN)/pytest tests/guides

cluster: $(STAMP) system-cluster
	@$(BIN)/python -m cluster

cluster-test: $(STAMP) system-cluster
	$(BIN)/pytest -s tests/cluster/test_kills.py

hammer: $(STAMP) system
	$(BIN)/pytest -s tests/hammer

lint: $(STAMP) $(NODE_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy
	node_modules/.bin/tsc --project banner/jsconfig.json

format: $(STAMP)
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: $(STAMP)
	@tools/system-packages wrk postgresql || true
	$(BIN)/python -m bench $(ARGS)

walks: $(STAMP)
	@$(BIN)/python -m bench.walks $(ARGS)

bench-classify: $(STAMP)
	$(BIN)/python -m bench.classify

bench-log: $(STAMP)
	@tools/system-packages wrk postgresql || true
	$(BIN)/python -m bench.log

bench-delivery: $(STAMP)
	$(BIN)/python -m bench.delivery

bench-cluster: $(STAMP) system-cluster
	@tools/system-packages wrk || true
	$(BIN)/python -m cluster.bench

bench-banner: $(STAMP)
	@$(BIN)/python -m bench.banner

# Its own network needs root or user namespaces; ARGS are passed to the program: ARGS="--site knapsack --pages 1".
bench-websites: $(STAMP)
	@tools/system-packages chromium libatomic1 iproute2 nodejs npm
	@$(BIN)/python -m bench.websites $(ARGS)

banner: $(NODE_STAMP)
	node tools/build-banner.mjs
	node tools/build-edge.mjs

check-banner: $(NODE_STAMP)
	node tools/build-banner.mjs --check
	node tools/build-edge.mjs --check

docs: $(STAMP)
	@$(BIN)/python -m tools.docs

messages: $(STAMP)
	@$(BIN)/python -m tools.messages

screenshots: $(STAMP)
	@tools/system-packages chromium curl
	@$(BIN)/python -m tools.tutorial

# KEY is an OpenSSH private key (a file), or the name of a GnuPG key.
release: $(STAMP)
	@$(BIN)/python -m tools.release "$(KEY)"

requirements: $(STAMP)
	@$(BIN)/python tools/lock_requirements.py

# libatomic1 is for Playwright's own program. Without the headless shell, all tests run in full Chromium, which takes
# longer.
system:
	@tools/system-packages chromium libatomic1 postgresql pgbouncer nginx-light libnginx-mod-http-js varnish caddy nodejs npm
	@tools/system-packages chromium-headless-shell || true

# libnss3-tools lets Chromium and Firefox trust a test's certificate authority; Caddy and Apache load the lines in the
# guides.
system-engines:
	@tools/system-packages firefox-esr webkit2gtk-driver xvfb libnss3-tools caddy apache2-bin

# WordPress with its database; the tests fetch what they need from npm and PyPI themselves.
system-guides:
	@tools/system-packages wordpress php-cli php-mysql mariadb-server jekyll hugo

# prometheus provides promtool, which checks the rules; faketime gives a test's node a wrong clock.
system-cluster:
	@tools/system-packages postgresql-17 patroni python3-etcd etcd-server haproxy pgbouncer iproute2 prometheus systemd faketime

# Fonts for most scripts, for the browser of a single test: if installed, they would change how all other pages are
# rendered.
system-fonts: $(STAMP)
	@tools/noto-fonts .venv/noto-fonts

# Packages are built with the setuptools in constraints.txt instead of one downloaded for each build, so that a second
# run needs no network.
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

# Only what running needs, a third of the disk space. Bytecode is compiled on demand: most files never need it.
$(RUN_STAMP): setup.cfg pyproject.toml constraints.txt
	@echo "Installing what running needs into .venv"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(PIP_INSTALL) --no-compile setuptools
	@PYTHONWARNINGS="ignore:Editable installation" $(PIP_INSTALL) --no-compile --no-build-isolation --editable .
	@touch $@

$(STAMP): setup.cfg pyproject.toml constraints.txt
	@echo "Installing what running and tests need into .venv"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(PIP_INSTALL) pip setuptools
	@PYTHONWARNINGS="ignore:Editable installation" $(PIP_INSTALL) --no-build-isolation --editable ".[test]"
	@touch $(RUN_STAMP) $@

$(NODE_STAMP): package-lock.json
	@tools/system-packages nodejs npm
	npm ci
	@touch $@

clean:
	rm -rf .venv node_modules build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
