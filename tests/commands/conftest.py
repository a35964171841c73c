"""An instance with some receipts of known visitors, and the command line as its operator types it; on both databases."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from consent.cli import main
from consent.proof.keys import load_keys
from consent.proof.sequencer import Sequencer
from consent.storage import receipts, sites
from consent.storage.engine import make_engine
from consent.storage.sites import FoundSite
from consent.storage.writer import ReceiptWriter
from tests.storage.cast import NOW, receipt_of

BASE_URL = "http://127.0.0.1:9"
VISITORS = ("b" * 32, "c" * 32)


@dataclass
class Instance:
    """What tests do with the instance; `url` is that of its database."""

    folder: Path
    url: str
    engine: Engine
    site: FoundSite
    receipts: list[Any]

    def say(self, *arguments: str) -> tuple[int, str]:
        """Run a command; return its exit code and what it said."""
        result = CliRunner().invoke(main, arguments, catch_exceptions=False)
        return result.exit_code, result.output.strip()

    def ask(self, *arguments: str) -> Any:
        """Run a command that ends well, and return what it said as JSON."""
        code, said = self.say(*arguments, "--json")
        assert code == 0, said
        return json.loads(said)

    def personal(self) -> list[bool]:
        """Tell of each receipt whether its personal part is there."""
        with self.engine.connect() as transaction:
            return [receipts.personal(transaction, new.id) is not None for new in self.receipts]

    def sequence(self) -> None:
        """Put all that waits into the log."""
        Sequencer(self.engine, load_keys(self.folder / "keys"), BASE_URL, self.folder).run()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def instance(request, tmp_path, monkeypatch):
    """Make an instance with two receipts of one visitor and one of another."""
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
