"""Lets the many services of one test run share what each makes anew: page templates, addresses, the shipped geo database.

All of it by what Flask and Werkzeug offer: the options of Jinja, the class of an app's rules.
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
    """Keeps the compiled templates of the process."""

    def __init__(self) -> None:
        self._compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a template what was compiled for it."""
        if compiled := self._compiled.get(bucket.key):
            bucket.bytecode_from_string(compiled)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled for a template."""
        self._compiled[bucket.key] = bucket.bytecode_to_string()


class SharedRule(Rule):
    """A rule that is compiled once for all apps that declare it alike."""

    compiled: ClassVar[dict[str, dict[str, Any]]] = {}

    def compile(self) -> None:
        """Compile, or take over what an equal rule of another app has compiled."""
        assert self.map
        declared = {name: value for name, value in vars(self).items() if name != "map"}
        key = repr((declared, sorted(self.map.converters.items(), key=str), self.map.host_matching))
        if key not in self.compiled:
            super().compile()
            self.compiled[key] = {name: value for name, value in vars(self).items() if name != "map"}
        vars(self).update(self.compiled[key])


@contextmanager
def shared_startup() -> Iterator[None]:
    """Share these among all services that are made meanwhile."""
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
