"""An instance, and the command line as its operator types it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from sqlalchemy import Engine

from consent.cli import main
from consent.log.sequencer_thread import Sequencer
from consent.signing.keys import load_keys
from consent.storage.receipts import receipts
from consent.storage.sites.sites import SiteRow

BASE_URL = "http://127.0.0.1:9"


VISITORS = ("b" * 32, "c" * 32)


@dataclass
class Instance:
    """An instance and operations on it; `url` is its database's."""

    folder: Path
    url: str
    engine: Engine
    site: SiteRow
    receipts: list[Any]

    def say(self, *arguments: str) -> tuple[int, str]:
        """Run a command; return its exit code and output."""
        result = CliRunner().invoke(main, arguments, catch_exceptions=False)
        return result.exit_code, result.output.strip()

    def ask(self, *arguments: str) -> Any:
        """Run a command that must succeed, and return its output as JSON."""
        code, said = self.say(*arguments, "--json")
        assert code == 0, said
        return json.loads(said)

    def personal(self) -> list[bool]:
        """Return whether each receipt's personal part exists."""
        with self.engine.connect() as transaction:
            return [receipts.personal(transaction, new.id) is not None for new in self.receipts]

    def sequence(self) -> None:
        """Add all pending leaves to the log."""
        Sequencer(self.engine, load_keys(self.folder / "keys"), BASE_URL, self.folder).run()
