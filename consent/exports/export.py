"""An export: the receipts that filters find, in one of three formats, with a manifest over its bytes."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sqlalchemy import Engine

from consent.core.rules import Rules
from consent.exports.csv_rows import CSV_HEAD, csv_rows
from consent.exports.json_lines import json_lines
from consent.exports.records import RECORDS_HEAD, RECORDS_TAIL, records
from consent.storage import receipts
from consent.storage.filters import Filters
from consent.storage.log import LogTree

CHUNK = 64 * 1024
"""Bytes that are collected before they are handed on."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where exports come from: database, rules by place, public receipt keys (JWK) and the service's own address."""

    engine: Engine
    rules: Rules
    keys: list[dict[str, str]]
    base_url: str


class Format(NamedTuple):
    """How a format is written. `rows` makes one piece of each receipt; `inline`: the manifest is its last line."""

    suffix: str
    content_type: str
    rows: Callable[["Export"], Iterable[bytes]]
    head: bytes = b""
    tail: bytes = b""
    inline: bool = False


class Export:
    """The receipts of a site that `filters` find, newest first; `kind` is one of `FORMATS`.

    The tree is that of the newest checkpoint when this is made. Raises KeyError for an unknown kind.
    """

    def __init__(self, source: Source, site_id: int, site: str, filters: Filters, kind: str) -> None:
        self.source, self.site_id, self.site = source, site_id, site
        self.format: Format = FORMATS[kind]
        self.name = f"receipts-{site}.{self.format.suffix}"
        self.tree: LogTree = LogTree(source.engine, site_id)
        self.count = 0
        self._filters = filters
        self._digest = hashlib.sha256()

    def found(self, *, erased: bool = False) -> Iterator[receipts.FoundReceipt]:
        """Yield the receipts, newest first, with `erased` also those of which the hash is left."""
        return receipts.stream(self.source.engine, self.site_id, replace(self._filters, erased=erased))

    def chunks(self) -> Iterator[bytes]:
        """Yield the file, once."""
        pieces, size = [self.format.head], len(self.format.head)
        for row in self.format.rows(self):
            self.count += 1
            pieces.append(row)
            size += len(row)
            if size >= CHUNK:
                yield self._seal(pieces)
                pieces, size = [], 0
        yield self._seal([*pieces, self.format.tail])
        if self.format.inline:
            yield json.dumps({"manifest": self.manifest()}, separators=(",", ":")).encode() + b"\n"

    def manifest(self) -> dict[str, Any]:
        """Return what stands beside the file once all chunks were taken: over its bytes, an inline manifest left out."""
        digest = self._digest.hexdigest()
        return {"count": self.count, "sha256": digest, "checkpoint": self.tree.note, "keys": self.source.keys}

    def _seal(self, pieces: list[bytes]) -> bytes:
        chunk = b"".join(pieces)
        self._digest.update(chunk)
        return chunk


FORMATS = {
    "csv": Format("csv", "text/csv; charset=utf-8", lambda export: csv_rows(export.found()), head=CSV_HEAD),
    "jsonl": Format(
        "jsonl",
        "application/jsonl; charset=utf-8",
        lambda export: json_lines(export.found(erased=True), export.tree),
        inline=True,
    ),
    "iso27560": Format(
        "jsonld",
        "application/ld+json",
        lambda export: records(export.found(), export.source.engine, export.source.rules, export.source.base_url),
        head=RECORDS_HEAD,
        tail=RECORDS_TAIL,
    ),
}
