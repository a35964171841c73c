"""An instance with receipts of known visitors, and the command line as its operator types it; on both databases."""

import json
import shutil

import pytest

from consent.storage.database.engine import make_engine
from consent.storage.receipts.writer import ReceiptWriter
from consent.storage.sites import sites
from tests.cli.instance import BASE_URL, VISITORS, Instance
from tests.cli.operator import made_site, operator
from tests.storage.sample_receipts import NOW, receipt_of


@pytest.fixture
def say(tmp_path, monkeypatch):
    """Return a function that runs a command in an empty instance and returns its exit code and output."""
    return operator(tmp_path, monkeypatch)


@pytest.fixture
def site(say, tmp_path):
    """Add the site `shop` to the instance, and return its draft, which is ready to be published."""
    shutil.copytree(made_site().name, tmp_path, dirs_exist_ok=True)
    return json.loads(say("config", "export", "shop")[1])


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def instance(request, tmp_path, monkeypatch):
    """Create an instance with two receipts of one visitor and one of another."""
    url = request.getfixturevalue(f"ready_{request.param}_database")
    monkeypatch.chdir(tmp_path)
    settings = {"INSTANCE": str(tmp_path), "SECRET_KEY": "0f1e2d3c4b5a6978" * 4, "BASE_URL": BASE_URL}
    settings["DATABASE_URL"] = url.replace("postgresql+psycopg:", "postgresql:")
    for name, value in settings.items():
        monkeypatch.setenv(f"CONSENT_{name}", value)
    engine = make_engine(url)
    with engine.begin() as transaction:
        site = sites.create(transaction, "shop", "The shop", "{}", NOW)
    writer = ReceiptWriter(engine, timeout=60)
    made = [receipt_of(site.id, visitor=VISITORS[step // 2], time=NOW + step) for step in range(3)]
    for new in made:
        writer.submit(new)
    assert writer.close()
    yield Instance(tmp_path, url, engine, site, made)
    engine.dispose()
