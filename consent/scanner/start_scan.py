"""Start of a site's scan in a process of its own."""

import time
from collections.abc import Callable
from contextlib import suppress

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from consent.storage.scans import scans


def start_scan(start_command: Callable[..., object], engine: Engine, site: str, number: int) -> None:
    """Start the scan `number` of a site by its key; where its process ends without a result, the scan is marked failed."""

    def end(_code: int) -> None:
        # Nothing changes where the scan has saved its end. What the database refuses now, the scan's silence shows later.
        with suppress(SQLAlchemyError), engine.begin() as connection:
            now = int(time.time())
            scans.finish(connection, number, now, state=scans.FAILED, pages=0, problems=[scans.WITHOUT_A_WORD], diff=[])

    start_command("scan", "--site", site, "--number", str(number), "--quiet", on_end=end)
