"""The size of the script as served, for the demo's site with ten vendors."""

import base64
import contextlib
import hashlib
import json
import re
import time
import warnings
from pathlib import Path
from statistics import median

import brotli
import pytest
from werkzeug.test import Client

from bench.vendors import ten_vendors
from consent.app import create_service, load_artifacts, load_rules
from consent.config import Settings
from consent.publishing.publish import publish
from consent.storage.database.engine import make_engine
from consent.storage.maintenance.migrate import upgrade
from consent.storage.sites import sites
from tests.audit_authors import author_of
from tests.code_guards import guard_of

pytestmark = pytest.mark.app

MOST, WANTED = 6_000, 5_000
"""Bytes after `brotli -q 11`. A size above `WANTED` raises a warning: docs/decisions/0007."""
MOST_WITH_EXTRAS = 9_000
"""With guarded cookies and third-party marks."""


SIGNATURE = re.compile(rb"(?<=\.)[A-Za-z0-9_-]{22}(?=\")")
CONFIG = re.compile(rb"(?<=sha256:)[0-9a-f]{64}")
BUILD = re.compile(rb"(?<=/b/demo/)[0-9a-f]{16}(?=/)")
"""The write token, the config's name and the build's name differ in each script, and its size by up to twenty bytes."""
BEGINNING = 16
"""Digits of a config's name in addresses."""


def weight(body: bytes) -> int:
    """Return the median compressed size over fifteen fixed tokens and names."""
    digests = [hashlib.sha256(bytes([number])) for number in range(15)]
    bodies = [with_digest(body, digest.digest()) for digest in digests]
    return int(median(len(brotli.compress(one, quality=11)) for one in bodies))


def with_digest(body: bytes, digest: bytes) -> bytes:
    """Return `body` with its token and names replaced by ones made from `digest`."""
    (config,) = set(CONFIG.findall(body))
    name = digest.hex().encode()
    named = body.replace(config, name).replace(config[:BEGINNING], name[:BEGINNING])
    named = BUILD.sub(name[-BEGINNING:], named)
    signed, count = SIGNATURE.subn(base64.urlsafe_b64encode(digest)[:22], named)
    assert count == 1
    return signed


@contextlib.contextmanager
def served(folder: Path, **overrides):
    """Serve the demo's site with ten vendors and these overrides."""
    settings = Settings(instance=folder, database_url="", demo=True, write_limit=None)
    engine = make_engine(settings.database)
    draft = ten_vendors()
    draft["overrides"] |= overrides
    upgrade(engine)
    with engine.begin() as connection:
        sites.create(connection, "demo", "Demo", json.dumps(draft), int(time.time()))
    publish(engine, "demo", load_rules(), load_artifacts(), guard_of(folder), author_of(folder))
    engine.dispose()
    service = create_service(settings)
    yield Client(service.wsgi_app, use_cookies=False)
    service.close()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory):
    with served(tmp_path_factory.mktemp("ten")) as client:
        yield client


@pytest.mark.filterwarnings("default:/b/demo.js weighs")
def test_the_script_of_ten_vendors_is_light(client):
    size = weight(client.get("/b/demo.js").data)
    if size > WANTED:
        warnings.warn(f"/b/demo.js weighs {size} bytes", stacklevel=1)
    assert size <= MOST


def test_guarded_cookies_and_the_marks_of_others_are_light_too(client, tmp_path):
    with served(tmp_path, guard_cookies=True, foreign_marks=True) as wanting:
        script = wanting.get("/b/demo.js").data
    assert b"cookieconsent" in script
    assert weight(client.get("/b/demo.js").data) < weight(script) <= MOST_WITH_EXTRAS
