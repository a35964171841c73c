# Needs python3 (3.11 or later) with venv, and make. The tests need more of the system: see tools/system-packages.
# After the first run all but `clean` works without a network.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
RUN_STAMP := .venv/.installed-to-run
NODE_STAMP := node_modules/.installed
SHORT := not long
FAST := not browser and not server and not postgres and not app and not slow and not long
# Folders in which all but a few tests need what is left out: reading them takes longer than running those few.
WITH_SERVICE := $(addprefix --ignore=tests/,archive banner cli cluster deploy edge engines evidence exports gate guides hammer log nodes npm operating privacy process story website)
# A file at a time, since tests of one file share their servers; three, since two leave a third of two cores idle.
PYTEST := $(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder
# Walks print what they took: two of these at a time are what two cores carry.
LONG := $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

# Where bytecode is not kept each process compiles all that it imports, and pytest rewrites every test for each run.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run walks test test-fast test-all attacks test-engines test-guides hammer lint format bench bench-log bench-delivery bench-classify bench-banner bench-websites bench-cluster cluster cluster-test banner check-banner docs screenshots messages release requirements system system-engines system-guides system-cluster system-fonts clean

help:
	@echo "make run           the service with a demo shop, on http://127.0.0.1:8000; installs what running needs alone"
	@echo "make test          what every change must pass, in about 16 minutes on 2 cores"
	@echo "make test-fast     tests of parts alone, in a minute: no browser, server, PostgreSQL or whole service"
	@echo "make test-all      also the long ones but cluster-test;  make hammer only the one with twenty kills"
	@echo "make attacks       what an attacker would do, alone; the last stage of make test-all"
	@echo "make test-engines  the banner in Chromium, Firefox and WebKit"
	@echo "make test-guides   each guide in a fresh project of its framework, which npm and PyPI give once"
	@echo "make lint          ruff, layers, types;  make format repairs what can be repaired"
	@echo "make bench         measures speed;  make bench-log that of the log and of exports, bench-delivery of deliveries"
	@echo "make walks         prints which files a request enters;  ARGS=--files names them in order"
	@echo "make bench-classify  measures how often the classifier is right about vendors and sites that it has not seen"
	@echo "make cluster       three databases, two nodes, HAProxy, PgBouncer, and the demo, on http://127.0.0.1:8000"
	@echo "make cluster-test  kills the parts of such a cluster one by one under load;  make bench-cluster measures it"
	@echo "make bench-banner  measures the banner beside its peers, which npm fetches"
	@echo "make bench-websites  tries the lines of Install on public websites, whose files lie in the folder that SITES names"
	@echo "make banner        builds static/banner.js and static/consent_edge.js;  make check-banner tells whether it is what the sources give"
	@echo "make docs          builds the documentation site into consent/docs_site; the service has it at /docs"
	@echo "make messages      brings the dashboard's catalogues up to date with the sentences in the sources"
	@echo "make screenshots   does the tutorial in Chromium and saves its pictures to docs/images"
	@echo "make release       builds wheel, packages for npm, hashed requirements, SBOM and checksums into dist/, signed with KEY=; uploads nothing"
	@echo "make requirements  writes requirements.txt anew: versions of constraints.txt with hashes; needs a network"
	@echo "make clean         removes what make has installed"

run: $(RUN_STAMP)
	$(BIN)/consent demo

test: $(STAMP) system lint check-banner
	$(PYTEST) -m "$(SHORT)"

test-fast: $(STAMP)
	$(BIN)/lint-imports --no-logo
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder -m "$(FAST)" $(WITH_SERVICE)

# cluster-test is apart: it takes some minutes more, and hands its table to docs/benchmarks.md.
test-all: $(STAMP) system system-engines system-guides system-cluster system-fonts lint check-banner
	$(PYTEST) -m "$(SHORT) and not attack"
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
	$(BIN)/python -m bench

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

# A network of its own takes root, or user namespaces; ARGS are for the program: ARGS="--site knapsack --pages 1".
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

# KEY is a private key of OpenSSH (a file), or the name of a key of GnuPG.
release: $(STAMP)
	@$(BIN)/python -m tools.release "$(KEY)"

requirements: $(STAMP)
	@$(BIN)/python tools/lock_requirements.py

# libatomic1 is for Playwright's own program. Without the shell all tests run in the whole Chromium, which takes longer.
system:
	@tools/system-packages chromium libatomic1 postgresql pgbouncer nginx-light libnginx-mod-http-js varnish caddy nodejs npm
	@tools/system-packages chromium-headless-shell || true

# libnss3-tools lets Chromium and Firefox trust the authority that a test makes; Caddy and Apache load the lines of guides.
system-engines:
	@tools/system-packages firefox-esr webkit2gtk-driver xvfb libnss3-tools caddy apache2-bin

# WordPress with its database; what comes from npm and PyPI the tests fetch themselves.
system-guides:
	@tools/system-packages wordpress php-cli php-mysql mariadb-server jekyll hugo

# prometheus has promtool, which checks the rules; faketime gives a node of a test a clock that is off.
system-cluster:
	@tools/system-packages postgresql-17 patroni python3-etcd etcd-server haproxy pgbouncer iproute2 prometheus systemd faketime

# Fonts of most scripts, for the browser of one test alone: installed, they would change how all other pages are drawn.
system-fonts: $(STAMP)
	@tools/noto-fonts .venv/noto-fonts

# Packages are built with the setuptools of constraints.txt instead of one fetched for each build, so that a second run
# needs no network.
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

# What running needs: a third of the room of all. Bytecode is made as it is needed: of most files it never is.
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
