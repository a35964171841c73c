"""An instance's keys and a sequencer, in addition to the fixtures of tests/storage."""

from pathlib import Path

import pytest

from consent.log.sequencer_thread import Sequencer
from consent.signing.keys import Keys, load_keys
from tests.log.sequencing import BASE_URL


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    """Create an instance's keys."""
    return load_keys(tmp_path / "keys")


@pytest.fixture
def sequencer(engine, keys, tmp_path) -> Sequencer:
    """Return a sequencer whose thread isn't started: tests run its rounds."""
    return Sequencer(engine, keys, BASE_URL, tmp_path)
