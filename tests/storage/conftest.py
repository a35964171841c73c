"""The same tests on both databases, each with a schema of its own and one site."""

from tests.storage.fixtures import empty_engine, engine, postgres_engine, shop, url, writer

__all__ = ["empty_engine", "engine", "postgres_engine", "shop", "url", "writer"]
