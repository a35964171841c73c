"""Start a site's scan in a separate process."""

import time
from collections.abc import Callable
from contextlib import suppress

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from consent.storage.scans import scans


def start_scan(start_command: Callable[..., object], engine: Engine, site: str, number: int) -> None:
    """Start scan `number` of a site; if its process ends without a result, mark the scan as failed."""

    def end(_code: int) -> None:
        # This changes nothing if the scan saved its end. If the database fails now, the missing heartbeat shows it
        # later.
        with suppress(SQLAlchemyError), engine.begin() as connection:
            now = int(time.time())
            scans.finish(connection, number, now, state=scans.FAILED, pages=0, problems=[scans.WITHOUT_A_WORD], diff=[])

    start_command("scan", "--site", site, "--number", str(number), "--quiet", on_end=end)
