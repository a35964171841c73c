"""Stream the receipts that match filters in one of three formats, with a manifest that contains the file's hash."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, NotRequired, TypedDict

from sqlalchemy import Engine

from consent.core.rules import Rules
from consent.exports.claims_view import tool_of, variant_of
from consent.exports.csv_format import TOOL_COLUMN, VARIANT_COLUMN, csv_head, csv_rows
from consent.exports.gpp_strings import GppStrings
from consent.exports.iso27560_format import RECORDS_HEAD, RECORDS_TAIL, records
from consent.exports.jsonl_format import detached_lines, entry_lines, json_lines
from consent.exports.tcf_strings import tcf_of
from consent.sites.moving.mapping import CONFIRMED
from consent.storage.archive import detached_months as detached
from consent.storage.archive.detached_months import Month
from consent.storage.log import entries
from consent.storage.log.cosignatures import cosigned_proof
from consent.storage.log.entries import Entry
from consent.storage.log.tree_store import LogTree
from consent.storage.privacy.marks import restricted_ids
from consent.storage.receipts.export_rows import ExportRow, stream
from consent.storage.selection.filters import Filters
from consent.storage.sites import configs
from consent.verify import MOVES

CHUNK = 256 * 1024
"""Minimum size of a chunk, in bytes."""


@dataclass(frozen=True, slots=True)
class Source:
    """Data for exports: database, rules by place, public receipt keys (JWK) and the service's own address."""

    engine: Engine
    rules: Rules
    keys: list[dict[str, str]]
    base_url: str


class Manifest(TypedDict):
    """The metadata of an export: number of receipts, SHA-256 of the file, checkpoint, and receipt keys.

    `cosigned` is the newest checkpoint cosigned by witnesses; `grown` proves that the larger of the two trees extends
    the smaller.
    """

    count: int
    sha256: str
    checkpoint: str | None
    keys: list[dict[str, str]]
    whole: NotRequired[bool]
    detached: NotRequired[list[str]]
    cosigned: NotRequired[str]
    grown: NotRequired[list[str]]


class Format(NamedTuple):
    """An export format. `rows` yields one piece per receipt; `inline` means that the manifest is the last line."""

    suffix: str
    content_type: str
    rows: Callable[["Export"], Iterable[bytes]]
    head: Callable[["Export"], bytes] = lambda _: b""
    tail: bytes = b""
    inline: bool = False


class Export:
    """A site's receipts that match `filters`, newest first; `kind` is one of `FORMATS`.

    The log tree is `tree`, or that of the newest checkpoint at creation. Raises KeyError if the kind is unknown.
    """

    def __init__(
        self, source: Source, site_id: int, site: str, filters: Filters, kind: str, tree: LogTree | None = None
    ) -> None:
        self.source, self.site_id, self.site = source, site_id, site
        self.format: Format = FORMATS[kind]
        self.name = f"receipts-{site}.{self.format.suffix}"
        self.tree: LogTree = tree or LogTree(source.engine, site_id)
        self.count = 0
        self.place: tuple[int, str] | None = None
        self.gpp = GppStrings(source.engine, site_id, source.rules)
        self._sent: list[str] | None = None
        self._columns: list[str] | None = None
        self._filters = filters
        self._whole = self._digest = hashlib.sha256()

    @property
    def is_whole(self) -> bool:
        """Return whether every leaf of the log has a row: the format supports it and nothing is filtered out."""
        is_filtered = replace(self._filters, restricted="include") != Filters(restricted="include")
        return self.format.inline and not is_filtered and self._filters.restricted != "only"

    def resume_after(self, place: tuple[int, str], count: int, digest: Any) -> None:
        """Resume after the receipt `place`, with `count` rows already written and hashed into `digest`.

        While chunks are consumed, `place` is the receipt after which the export can resume, or None if it can't.
        """
        self.place, self.count = place, count
        self._whole = self._digest = digest

    def rows(self) -> Iterator[ExportRow]:
        """Yield the receipts, newest first."""
        return self._noted(self._filters)

    def _noted(self, filters: Filters) -> Iterator[ExportRow]:
        for row in stream(self.source.engine, self.site_id, filters, self.place):
            self.place = row.time, row.id
            yield row

    def lines(self) -> Iterator[bytes]:
        """Yield the rows as JSON Lines, some of them only as hashes; for a complete log, include all leaves."""
        engine, filters = self.source.engine, replace(self._filters, erased=True)
        if not self.is_whole:
            yield from json_lines(self._noted(filters), self.tree, (), self.strings_of)
            return
        hidden: frozenset[str] = frozenset()
        if filters.restricted == "exclude":
            with engine.connect() as connection:
                hidden = restricted_ids(connection, self.site_id)
        marked = bytearray(self.tree.size)
        rows = _with_marked_leaves(self._noted(replace(filters, restricted="include")), marked)
        yield from json_lines(rows, self.tree, hidden, self.strings_of)
        self.place = None
        # These come after the receipts, so that they include erasures and detached months that happened meanwhile.
        # Other entries newer than the tree, such as the one for this export, aren't leaves of it.
        yield from entry_lines(filter(self._is_in_export, entries.stream(engine, self.site_id)), self.tree)
        for month in self.detached():
            found = detached.stream(engine.connect, self.site_id, month.month)
            left = (one for one in found if one.log_index < self.tree.size and not marked[one.log_index])
            yield from detached_lines(left, self.tree)

    def strings_of(self, row: ExportRow) -> dict[str, object]:
        """Return the GPP string derived from a receipt, and its TC string and drawn variant if it has them."""
        gpp, tcf = self.gpp.string_for(row), tcf_of(row) if "tcf" in self.sent_strings() else None
        variant = variant_of(row) if VARIANT_COLUMN in self.optional_columns() else ""
        strings = {"gpp": gpp, "tcf": tcf, VARIANT_COLUMN: variant}
        return {name: value for name, value in strings.items() if value}

    def sent_strings(self) -> list[str]:
        """Return which of `STRING_COLUMNS` the site currently sends."""
        if self._sent is None:
            self._sent = self.gpp.sent_strings()
        return self._sent

    def optional_columns(self) -> list[str]:
        """Return which of `OPTIONAL_COLUMNS` the site's CSV currently has."""
        if self._columns is None:
            with self.source.engine.connect() as connection:
                imports = bool(entries.of_action(connection, self.site_id, CONFIRMED))
                drawn = bool(configs.experiment_names(connection, self.site_id))
            named = {TOOL_COLUMN: imports, VARIANT_COLUMN: drawn}
            self._columns = [*(name for name, is_there in named.items() if is_there), *self.sent_strings()]
        return self._columns

    def _is_in_export(self, entry: Entry) -> bool:
        is_in = entry.log_index is not None and entry.log_index < self.tree.size
        return is_in or entry.kind == "erasure" or entry.subject in MOVES

    def chunks(self) -> Iterator[bytes]:
        """Yield the file; can be called only once.

        While a chunk is hashed and written, which releases the GIL, the thread that reads rows can use it. With threads
        for these two as well, all would take turns for the GIL, at five milliseconds each, longer than it takes to make
        a chunk.
        """
        for chunk in self._buffered():
            self._digest.update(chunk)
            yield chunk
        if self.format.inline:
            last = json.dumps({"manifest": self.manifest()}, separators=(",", ":")).encode() + b"\n"
            self._whole = self._digest.copy()
            self._whole.update(last)
            yield last

    @property
    def sha256(self) -> str:
        """Return the hex SHA-256 of the file, including an inline manifest, once all chunks have been consumed."""
        digest: str = self._whole.hexdigest()
        return digest

    def manifest(self) -> Manifest:
        """Return the manifest once all chunks have been consumed; its hash excludes an inline manifest."""
        digest = self._digest.hexdigest()
        manifest: Manifest = {
            "count": self.count,
            "sha256": digest,
            "checkpoint": self.tree.note,
            "keys": self.source.keys,
        }
        if self.is_whole:
            manifest["whole"] = True
        if cosigned := cosigned_proof(self.source.engine, self.site_id, self.tree.size):
            manifest["cosigned"], manifest["grown"] = cosigned
        if detached := [month.name for month in self.detached()]:
            manifest["detached"] = detached
        return manifest

    def detached(self) -> list[Month]:
        """Return the detached months in the requested period; filters don't search their files."""
        with self.source.engine.connect() as connection:
            return detached.months(connection, self.site_id, self._filters.since, self._filters.until)

    def _buffered(self) -> Iterator[bytes]:
        pieces = [] if self.count else [self.format.head(self)]
        size = 0
        for row in self.format.rows(self):
            self.count += 1
            pieces.append(row)
            size += len(row)
            if size >= CHUNK:
                yield b"".join(pieces)
                pieces, size = [], 0
        yield b"".join([*pieces, self.format.tail])


def _with_marked_leaves(rows: Iterable[ExportRow], marked: bytearray) -> Iterator[ExportRow]:
    """Yield `rows`, and set the bytes of their leaves in `marked`."""
    for row in rows:
        if row.log_index is not None and row.log_index < len(marked):
            marked[row.log_index] = 1
        yield row


def consent_records(export: Export) -> Iterator[bytes]:
    """Yield the rows of an export as consent records."""
    source = export.source
    return records(export.rows(), source.engine, source.rules, source.base_url, is_begun=export.count > 0)


def csv_lines(export: Export) -> Iterator[bytes]:
    """Yield the rows of an export as CSV."""
    makers: dict[str, Callable[[ExportRow], str]] = {
        TOOL_COLUMN: tool_of,
        VARIANT_COLUMN: variant_of,
        "gpp": lambda row: (export.gpp.string_for(row) or {"string": ""})["string"],
        "tcf": lambda row: (tcf_of(row) or {"string": ""})["string"],
    }
    return csv_rows(export.rows(), [makers[name] for name in export.optional_columns()])


def csv_begin(export: Export) -> bytes:
    """Return the header line of an export as CSV."""
    return csv_head(export.optional_columns())


FORMATS = {
    "csv": Format("csv", "text/csv; charset=utf-8", csv_lines, head=csv_begin),
    "jsonl": Format(
        "jsonl",
        "application/jsonl; charset=utf-8",
        lambda export: export.lines(),
        inline=True,
    ),
    "iso27560": Format(
        "jsonld",
        "application/ld+json",
        consent_records,
        head=lambda _: RECORDS_HEAD,
        tail=RECORDS_TAIL,
    ),
}
