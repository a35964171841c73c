"""File format of a detached month: an export as JSON Lines with a manifest, readable by `consent verify`."""

import hashlib
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import orjson

from consent.exports import Export, Source
from consent.exports.export_stream import Manifest as ExportManifest
from consent.storage.archive.detached_months import Month
from consent.storage.database.partitions import month_name, read_month, start_of
from consent.storage.receipts.export_rows import ExportRow
from consent.storage.selection.filters import Filters
from consent.storage.sites.sites import SiteRow

MAX_LINE_BYTES = 1 << 20
"""The maximum length of a line in bytes; a receipt has about 3,000."""
BLOCK = 1 << 20
"""How many bytes are read at a time."""


class MonthFileError(Exception):
    """The file can't be used; the message is a sentence for whoever specified it."""


class MonthManifest(ExportManifest):
    """An export manifest with site and month."""

    site: str
    month: str


class MonthExport(Export):
    """All receipts of a site and month, including restricted ones; whose they are stays in the database."""

    def __init__(self, source: Source, site: SiteRow, month: int) -> None:
        wanted = Filters(since=start_of(month), until=start_of(month + 1), restricted="include", erased=True)
        super().__init__(source, site.id, site.key, wanted, "jsonl")
        self.name = f"{site.key}-{month_name(month)}.jsonl"
        self.month = month
        self.blank = 0

    def _noted(self, filters: Filters) -> Iterator[ExportRow]:
        for row in super()._noted(filters):
            self.blank += row.erased
            yield row._replace(visitor=None)

    def strings_of(self, row: ExportRow) -> dict[str, object]:
        """Return no ad strings: the file keeps only what was recorded, and an erasure blanks nothing else in it."""
        return {}

    def manifest(self) -> MonthManifest:
        """Return the export manifest with site and month."""
        return {**super().manifest(), "site": self.site, "month": month_name(self.month)}


class Manifest(NamedTuple):
    """The manifest in a file's last line; `begin` is that line's byte offset, `facts` the whole manifest."""

    site: str
    month: int
    rows: int
    sha256: str
    begin: int
    facts: MonthManifest


def write_month(export: MonthExport, folder: Path, now: int) -> Month:
    """Write a month's file to `folder`, readable by its owner only; it is on disk when this returns."""
    file = (folder / export.name).absolute()
    with replacing(file) as write:
        for chunk in export.chunks():
            write(chunk)
    facts = (str(file), file.stat().st_size, export.manifest()["sha256"], export.count, export.blank, export.blank)
    return Month(export.site_id, export.month, *facts, now)


@contextmanager
def replacing(file: Path) -> Iterator[Callable[[bytes], object]]:
    """Yield a writer for `file`, which is replaced once everything is on disk, or left unchanged on error."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = file.with_name(file.name + ".part")
    part.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as stream:
            yield stream.write
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(part, file)
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        part.unlink(missing_ok=True)


def read_manifest(file: Path) -> Manifest:
    """Return the manifest in the last line of `file`. Raises MonthFileError."""
    try:
        with file.open("rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(size - MAX_LINE_BYTES, 0))
            *_, last = stream.read().splitlines(keepends=True) or [b""]
        facts: MonthManifest = orjson.loads(last if last.endswith(b"\n") else b"{}")["manifest"]
        counted = (int(facts["count"]), facts["sha256"], size - len(last))
        return Manifest(facts["site"], read_month(facts["month"]), *counted, facts)
    except OSError as error:
        raise MonthFileError(f"{file} cannot be read: {error.strerror}.") from None
    except (ValueError, KeyError, TypeError):
        raise MonthFileError(f"{file} is not a complete file of a month: its last line is not a manifest.") from None


def read_lines(file: Path, manifest: Manifest) -> Iterator[bytes]:
    """Yield the rows of `file` as written. Raises MonthFileError if they don't match the manifest's count and hash.

    A changed byte may be detected only after the last row.
    """
    digest, count, remainder = hashlib.sha256(), 0, b""
    with file.open("rb") as stream, ThreadPoolExecutor(1) as reader:
        for start in range(0, manifest.begin, BLOCK):
            block = stream.read(min(BLOCK, manifest.begin - start))
            # Another core hashes the block while the caller uses its rows.
            hashed = reader.submit(digest.update, block)
            *lines, remainder = (remainder + block).split(b"\n")
            count += len(lines)
            yield from lines
            hashed.result()
    if remainder or count != manifest.rows or digest.hexdigest() != manifest.sha256:
        raise MonthFileError(f"{file} is damaged: its rows do not match its manifest.")


def receipt_in(line: bytes) -> bytes | None:
    """Return the signed text in a receipt's row, or None if the row contains only a leaf hash."""
    _, mark, remainder = line.partition(b'"receipt":"')
    return remainder.partition(b'"')[0] if mark else None
