"""The store of tests/storage, with keys and a sequencer beside it."""

from pathlib import Path

import pytest

from consent.proof.keys import Keys, load_keys
from consent.proof.sequencer import Sequencer
from tests.proof.cast import BASE_URL
from tests.storage.conftest import empty_engine, engine, postgres_engine, shop, url, writer

__all__ = ["empty_engine", "engine", "postgres_engine", "shop", "url", "writer"]


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    """Make the keys of an instance."""
    return load_keys(tmp_path / "keys")


@pytest.fixture
def sequencer(engine, keys, tmp_path) -> Sequencer:
    """Make a sequencer whose thread is not started: tests say when it runs."""
    return Sequencer(engine, keys, BASE_URL, tmp_path)
