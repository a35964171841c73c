"""Write an export file and its manifest atomically."""

import json
import os
from collections.abc import Callable
from pathlib import Path

from consent.exports.export_stream import Export
from consent.exports.zip_archive import manifest_name


def write_file(export: Export, file: Path, say: Callable[[int], None]) -> None:
    """Write `export` to `file`, and NAME.manifest.json next to it unless the format has an inline manifest.

    `say` is called with the number of receipts after each chunk. The file has a temporary name until it is complete.
    """
    part = file.with_name(file.name + ".part")
    try:
        with part.open("wb") as stream:
            for chunk in export.chunks():
                stream.write(chunk)
                say(export.count)
        manifest = file.with_name(manifest_name(file.name))
        if export.format.inline:
            manifest.unlink(missing_ok=True)
        else:
            manifest.write_text(json.dumps(export.manifest()) + "\n", "utf-8")
        os.replace(part, file)
    finally:
        part.unlink(missing_ok=True)
