"""The same tests on both databases, each with its own schema and one site."""

from tests.storage.fixtures import empty_engine, engine, postgres_engine, shop, url, writer

__all__ = ["empty_engine", "engine", "postgres_engine", "shop", "url", "writer"]
