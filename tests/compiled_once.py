"""Lets the many services of one test run share what each makes anew.

Page templates, address builders, SQL for SQLite, and the check of the geo database that is shipped.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import maxminddb
import pytest
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from consent.geo import reader

STATEMENTS = 4000


class _InMemory(BytecodeCache):
    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if kept := self._kept.get(bucket.key):
            bucket.bytecode_from_string(kept)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


@contextmanager
def compiled_once() -> Iterator[None]:
    """Keep what was compiled for every service that is made meanwhile.

    An engine looks for a compiled statement by its dialect, so that all of SQLite's have to be one.
    """
    compile_builder, kept = Rule._compile_builder, {}
    open_checked, checked = reader.open_checked, set()
    statements: LRUCache[Any, Any] = LRUCache(STATEMENTS)

    def once(rule: Any, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
        if key not in kept:
            kept[key] = compile_builder(rule, append_unknown)
        return kept[key]

    def open_shipped(path: Path) -> maxminddb.Reader:
        if path != reader.SHIPPED_DATABASE or path not in checked:
            checked.add(path)
            return open_checked(path)
        return maxminddb.open_database(path)

    def share(connection: Connection) -> None:
        if type(connection.dialect) is SQLiteDialect_pysqlite:
            connection.engine._compiled_cache = statements

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", once)
        patch.setattr(SQLiteDialect_pysqlite, "__hash__", lambda dialect: hash(type(dialect)))
        patch.setattr(SQLiteDialect_pysqlite, "__eq__", lambda dialect, other: type(dialect) is type(other))
        patch.setattr(Flask, "jinja_options", {**Flask.jinja_options, "bytecode_cache": _InMemory()})
        patch.setattr(reader, "open_checked", open_shipped)
        event.listen(Engine, "engine_connect", share)
        yield
        event.remove(Engine, "engine_connect", share)
