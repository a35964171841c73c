"""The databases that the storage tests use, for rules that need both."""

from tests.storage.fixtures import engine

__all__ = ["engine"]
