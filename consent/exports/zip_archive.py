"""Stream an export and its manifest as one ZIP archive."""

import io
import json
from collections.abc import Iterator
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from consent.exports.export_stream import Export

MANIFEST_SUFFIX = ".manifest.json"
LEVEL = 1
"""The fastest level of deflate, since signatures and proofs barely shrink."""


class _Sink(io.RawIOBase):
    """Collects the output of ZipFile until it is taken; not seekable, so sizes follow each file's data."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: Any) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        data, self._pieces = b"".join(self._pieces), []
        return data


def zipped(export: Export, now: tuple[int, int, int, int, int, int]) -> Iterator[bytes]:
    """Yield a ZIP archive of the export and NAME.manifest.json; `now`, year to second, is the date of both files."""
    sink = _Sink()
    with ZipFile(sink, "w", ZIP_DEFLATED, compresslevel=LEVEL) as archive:
        with archive.open(_entry(export.name, now), "w", force_zip64=True) as file:
            for chunk in export.chunks():
                file.write(chunk)
                if data := sink.take():
                    yield data
        archive.writestr(_entry(manifest_name(export.name), now), json.dumps(export.manifest()) + "\n")
    yield sink.take()


def manifest_name(name: str) -> str:
    """Return the name of the manifest for the file `name`."""
    return name + MANIFEST_SUFFIX


def _entry(name: str, now: tuple[int, int, int, int, int, int]) -> ZipInfo:
    entry = ZipInfo(name, now)
    entry.compress_type = ZIP_DEFLATED
    return entry
