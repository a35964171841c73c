"""Keys of an instance and a sequencer, beside the fixtures of tests/storage."""

from pathlib import Path

import pytest

from consent.log.sequencer_thread import Sequencer
from consent.signing.keys import Keys, load_keys
from tests.log.sequencing import BASE_URL


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    """Make the keys of an instance."""
    return load_keys(tmp_path / "keys")


@pytest.fixture
def sequencer(engine, keys, tmp_path) -> Sequencer:
    """Make a sequencer whose thread is not started: tests say when it runs."""
    return Sequencer(engine, keys, BASE_URL, tmp_path)
