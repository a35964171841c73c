"""The fixtures of tests/log."""

from tests.log.fixtures import keys, sequencer
from tests.storage.fixtures import empty_engine, engine, postgres_engine, shop, url, writer

__all__ = ["empty_engine", "engine", "keys", "postgres_engine", "sequencer", "shop", "url", "writer"]
