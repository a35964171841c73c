"""Lets the services of a test run share startup work: compiled page templates, URL rules, the checked geo database.

It uses extension points of Flask and Werkzeug: Jinja's options and the app's URL rule class.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import maxminddb
import pytest
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule

from consent.geo import geo_reader


class TemplateCache(BytecodeCache):
    """The process's compiled templates."""

    def __init__(self) -> None:
        self._compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Load a template's bytecode from the cache."""
        if compiled := self._compiled.get(bucket.key):
            bucket.bytecode_from_string(compiled)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Store a template's bytecode in the cache."""
        self._compiled[bucket.key] = bucket.bytecode_to_string()


class SharedRule(Rule):
    """A URL rule that is compiled once for all apps that declare it with the same options."""

    compiled: ClassVar[dict[str, dict[str, Any]]] = {}

    def compile(self) -> None:
        """Compile the rule, or reuse the result from an equal rule in another app."""
        assert self.map
        declared = {name: value for name, value in vars(self).items() if name != "map"}
        key = repr((declared, sorted(self.map.converters.items(), key=str), self.map.host_matching))
        if key not in self.compiled:
            super().compile()
            self.compiled[key] = {name: value for name, value in vars(self).items() if name != "map"}
        vars(self).update(self.compiled[key])


@contextmanager
def shared_startup() -> Iterator[None]:
    """Share startup work among all services created in the block."""
    open_checked, checked = geo_reader.open_checked, set()

    def open_shipped(path: Path) -> maxminddb.Reader:
        if path != geo_reader.SHIPPED_DATABASE or path not in checked:
            checked.add(path)
            return open_checked(path)
        return maxminddb.open_database(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flask, "url_rule_class", SharedRule)
        patch.setattr(Flask, "jinja_options", {**Flask.jinja_options, "bytecode_cache": TemplateCache()})
        patch.setattr(geo_reader, "open_checked", open_shipped)
        yield
