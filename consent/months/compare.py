"""A month's file beside all that the database has of the month: what is in the index, and what is in the table."""

import heapq
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine

from consent.months.check import checked_rows
from consent.months.file import BadFile, read_manifest
from consent.months.rows import COLUMNS, Row
from consent.storage import detached
from consent.storage.detached import Detached, Month
from consent.storage.log import LogTree
from consent.storage.sites import FoundSite

_FIRST = ("id", "time", *(name for name in COLUMNS if name not in ("id", "time")))
_PLACES = {name: _FIRST.index(name) for name in COLUMNS}


def compared_rows(
    engine: Engine, site: FoundSite, month: Month, file: Path | None = None
) -> Iterator[tuple[Row | None, Row]]:
    """Yield each receipt of the month as the table has it, None where it is detached, and as the file gives it.

    The file is `file`, or where the month lies. Raises BadFile.
    """
    path = file or Path(month.file)
    manifest = read_manifest(path)
    if (manifest.site, manifest.month) != (site.key, month.month):
        raise BadFile(f"{path} is not {month.name} of {site.key}.")
    stored: deque[Row | None] = deque()

    def known() -> Iterator[Detached]:
        away = ((one, None) for one in detached.stream(engine.connect, site.id, month.month))
        rows = detached.attached(engine.connect, site.id, month.month, _FIRST)
        here = ((_detached(row), row) for row in rows)
        for one, row in heapq.merge(away, here, key=lambda pair: (pair[0].time, pair[0].id), reverse=True):
            stored.append(None if row is None else tuple([row[_PLACES[name]] for name in COLUMNS]))
            yield one

    for row in checked_rows(path, manifest, known(), LogTree(engine, site.id).leaves):
        yield stored.popleft(), row


def _detached(row: Row) -> Detached:
    return Detached(*(row[_PLACES[name]] for name in Detached._fields))
