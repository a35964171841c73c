"""The filler rows of a measurement: as many and as wide as requested, in tables like the real ones."""

import os
import shutil
import time

import pytest
from sqlalchemy import Engine, select, text

from bench.beside import NOBODY, add_filler_rows
from bench.compressed import compressed
from consent.storage.receipts.writer import ReceiptWriter
from consent.storage.tables.receipts import Receipt
from tests.postgres import superuser
from tests.storage.sample_receipts import receipt_of

INVALID = """
SELECT count(*) FROM pg_partition_tree('receipt') t JOIN pg_index i ON i.indrelid = t.relid WHERE NOT i.indisvalid
"""
WIDTHS = "SELECT site_id = 0, min(pg_column_size(jws)), count(*), count(DISTINCT id) FROM receipt GROUP BY 1 ORDER BY 1"
BY_MONTH = "SELECT CAST(tableoid AS regclass)::text, count(*) FROM receipt GROUP BY 1 ORDER BY 1"


@pytest.mark.postgres
def test_copies_stand_beside_the_receipts_of_each_month_and_these_stay_as_they_were(
    postgres_engine: Engine, ready_postgres_database: str
) -> None:
    writer = ReceiptWriter(postgres_engine, timeout=60)
    now = int(time.time())
    for when in (now, now, now - 400 * 86400):
        writer.submit(receipt_of(1, time=when))
    assert writer.close()
    with postgres_engine.connect() as connection:
        before = connection.execute(select(Receipt.__table__).order_by(Receipt.id)).all()
        indexes = connection.execute(text("SELECT count(*) FROM pg_indexes")).scalar_one()
        months = dict(connection.execute(text(BY_MONTH)).all())
    add_filler_rows(ready_postgres_database, 10)
    with postgres_engine.connect() as connection:
        of_one = select(Receipt.__table__).where(Receipt.site_id != NOBODY).order_by(Receipt.id)
        assert connection.execute(of_one).all() == before
        (_, own, _, _), (_, beside, count, different) = connection.execute(text(WIDTHS)).all()
        assert (beside, count, different) == (own, 10, 10)
        # A third of the receipts are from the past month, and so are about three of the ten copies.
        assert sorted(dict(connection.execute(text(BY_MONTH)).all()).values()) == [4, 9]
        assert len(months) == 2
        assert connection.execute(text("SELECT count(*) FROM pg_indexes")).scalar_one() == indexes
        assert connection.execute(text(INVALID)).scalar_one() == 0
        # Nine from this month, each with its own key, in addition to the writer's.
        keys = "SELECT count(*) FROM receipt_key WHERE receipt_id IN (SELECT id FROM receipt WHERE time > :least)"
        assert connection.execute(text(keys), {"least": now - 86400}).scalar_one() == 9 + 2


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("mkfs.btrfs"), reason="needs root and btrfs-progs")
def test_what_is_alike_takes_little_of_the_disk() -> None:
    with compressed(superuser()) as folder:
        assert folder
        (folder / "alike").write_bytes(b"A receipt. " * 2_000_000)
        os.sync()
        image = folder.parents[2] / "image"
        assert image.stat().st_blocks * 512 < 15_000_000
    assert not image.exists()
