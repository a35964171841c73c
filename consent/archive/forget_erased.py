"""Remove fully erased receipts from the files of detached months, leaving only their leaf hashes."""

import hashlib
import logging
from collections.abc import Iterator
from pathlib import Path

import orjson
from sqlalchemy import Engine

from consent.archive.month_file import MonthFileError, read_lines, read_manifest, replacing
from consent.archive.month_lock import month_lock
from consent.storage.archive import detached_months
from consent.storage.archive.detached_months import Month

log = logging.getLogger(__name__)


def forget_erased(engine: Engine, instance: Path) -> list[Month]:
    """Rewrite each reachable file that still contains erased receipts, and return their months.

    A damaged or unreachable file is logged and stays pending. Raises MonthMoveError while months are being moved.
    """
    with engine.connect() as connection:
        owed = [month for month in detached_months.months(connection, None) if month.pending_erasures]
    done = []
    if owed:
        with month_lock(engine, instance):
            for month in owed:
                try:
                    done.append(_rewrite(engine, month))
                except MonthFileError as error:
                    log.warning(
                        "erasing %d receipts from the file of a detached month failed: %s",
                        month.pending_erasures,
                        error,
                    )
    return done


def _rewrite(engine: Engine, month: Month) -> Month:
    file = Path(month.file)
    manifest = read_manifest(file)
    digest, blank = hashlib.sha256(), 0
    with replacing(file) as write:
        for line, is_blank in _new_lines(engine, month, file):
            digest.update(line)
            write(line)
            blank += is_blank
        write(orjson.dumps({"manifest": manifest.facts | {"sha256": digest.hexdigest()}}) + b"\n")
    after = month._replace(size=file.stat().st_size, sha256=digest.hexdigest(), blank=blank)
    with engine.begin() as connection:
        detached_months.set_file(connection, after)
    return after


def _new_lines(engine: Engine, month: Month, file: Path) -> Iterator[tuple[bytes, bool]]:
    """Yield the lines of the new file, and whether each contains only a leaf hash."""
    known = detached_months.stream(engine.connect, month.site_id, month.month)
    try:
        for line, receipt in zip(read_lines(file, read_manifest(file)), known, strict=True):
            row = orjson.loads(line)
            if row["index"] != receipt.log_index:
                raise MonthFileError(f"{file} is not the file of {month.name}.")
            if receipt.erased and "receipt" in row:
                leaf = hashlib.sha256(b"\0" + row["receipt"].encode()).hexdigest()
                line = orjson.dumps({"erased": True, "leaf_hash": leaf, "index": row["index"], "proof": row["proof"]})
            yield line + b"\n", receipt.erased
    except (ValueError, KeyError, TypeError):
        raise MonthFileError(f"{file} is not the file of {month.name}.") from None
