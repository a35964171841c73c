"""Files of detached months made to forget: what was erased in full is taken out of them, and the hash of its leaf left."""

import hashlib
import logging
from collections.abc import Iterator
from pathlib import Path

import orjson
from sqlalchemy import Engine

from consent.months.file import BadFile, read_lines, read_manifest, replacing
from consent.months.turn import months_turn
from consent.storage import detached
from consent.storage.detached import Month

log = logging.getLogger(__name__)


def forget_erased(engine: Engine, instance: Path) -> list[Month]:
    """Write anew each file that still holds erased receipts and that can be reached from here; return their months.

    A file that is damaged or lies elsewhere stays owed, and the log says so. Raises NotMoved while months are moved.
    """
    with engine.connect() as connection:
        owed = [month for month in detached.months(connection, None) if month.owed]
    done = []
    if owed:
        with months_turn(engine, instance):
            for month in owed:
                try:
                    done.append(_forget(engine, month))
                except BadFile as error:
                    log.warning("%d erased receipts still lie in the file of a detached month: %s", month.owed, error)
    return done


def _forget(engine: Engine, month: Month) -> Month:
    file = Path(month.file)
    manifest = read_manifest(file)
    digest, blank = hashlib.sha256(), 0
    with replacing(file) as write:
        for line, is_blank in _lines(engine, month, file):
            digest.update(line)
            write(line)
            blank += is_blank
        write(orjson.dumps({"manifest": manifest.facts | {"sha256": digest.hexdigest()}}) + b"\n")
    after = month._replace(size=file.stat().st_size, sha256=digest.hexdigest(), blank=blank)
    with engine.begin() as connection:
        detached.set_file(connection, after)
    return after


def _lines(engine: Engine, month: Month, file: Path) -> Iterator[tuple[bytes, bool]]:
    """Yield the lines of the file, and whether each tells a hash alone."""
    known = detached.stream(engine.connect, month.site_id, month.month)
    try:
        for line, receipt in zip(read_lines(file, read_manifest(file)), known, strict=True):
            row = orjson.loads(line)
            if row["index"] != receipt.log_index:
                raise BadFile(f"{file} is not the file of {month.name}.")
            if receipt.erased and "receipt" in row:
                leaf = hashlib.sha256(b"\0" + row["receipt"].encode()).hexdigest()
                line = orjson.dumps({"erased": True, "leaf_hash": leaf, "index": row["index"], "proof": row["proof"]})
            yield line + b"\n", receipt.erased
    except (ValueError, KeyError, TypeError):
        raise BadFile(f"{file} is not the file of {month.name}.") from None
