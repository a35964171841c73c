"""Generate filler rows as wide as real receipts, quickly, on PostgreSQL."""

import time

import psycopg
from psycopg import Connection

from consent.storage.database.partitions import month_of, read_month, start_of
from consent.storage.tables.receipts import Receipt
from tests.postgres import libpq_url

NOBODY = 0
"""The site id of these rows: no site has it, so that no sequencer waits for them."""
KEPT_S = 60 * 86400
"""How long the key of a choice is kept."""
_CHANGED = ("id", "time", "site_id", "log_index")
_COPIED = tuple(column.name for column in Receipt.__table__.columns if column.name not in _CHANGED)
_COLUMNS = ", ".join((*_CHANGED, *_COPIED))
_COPIES = f"""
SELECT CAST(md5(concat(id, ' ', n)) AS varchar), time, {NOBODY}, CAST(NULL AS bigint), {", ".join(_COPIED)}
FROM {{partition}}, generate_series(1, {{times}}) n LIMIT {{share}}
"""  # noqa: S608 - names and numbers of ours, as all below
_KEYS = f"""
INSERT INTO receipt_key (site_id, key, receipt_id, created_at, body_mac, salt)
SELECT r.site_id, md5(r.id), r.id, r.time, k.body_mac, k.salt
FROM receipt r, (SELECT body_mac, salt FROM receipt_key LIMIT 1) k
WHERE r.time > (SELECT max(created_at) FROM receipt_key) - {KEPT_S}
"""  # noqa: S608
_ATTACH = "ALTER TABLE receipt ATTACH PARTITION {partition} FOR VALUES FROM ({start}) TO ({end})"


def add_filler_rows(url: str, rows: int, tablespace: str = "pg_default") -> None:
    """Add `rows` copies of the existing receipts, each in its month, and the keys of 60 days for all rows.

    In a current month they are inserted like receipts, indexes and all. A past month is rewritten to `tablespace`, with
    its own receipts and with indexes created at the end, so that it has no dead rows, like after a vacuum. With
    `wal_level` set to `minimal` this writes no WAL first.
    """
    with (
        psycopg.connect(libpq_url(url), autocommit=True) as reader,
        psycopg.connect(libpq_url(url), autocommit=True) as writer,
    ):
        counts = reader.execute("SELECT CAST(tableoid AS regclass)::text, count(*) FROM receipt GROUP BY 1 ORDER BY 1")
        months: list[tuple[str, int]] = counts.fetchall()
        left, remaining = rows, sum(count for _, count in months)
        for partition, count in months:
            share = left * count // remaining
            left, remaining = left - share, remaining - count
            copies = _COPIES.format(partition=partition, times=-(-share // count), share=share)
            if read_month(partition.removeprefix("receipt_").replace("_", "-")) < month_of(int(time.time())):
                _rewrite(reader, writer, partition, copies, tablespace)
            else:
                writer.execute(f"INSERT INTO {partition} ({_COLUMNS}) {copies}".encode())
        writer.execute(_KEYS.encode())
        writer.execute("VACUUM ANALYZE receipt, receipt_key")
        writer.execute("CHECKPOINT")


def _rewrite(reader: Connection, writer: Connection, partition: str, copies: str, tablespace: str) -> None:
    month = read_month(partition.removeprefix("receipt_").replace("_", "-"))
    both = f"SELECT {_COLUMNS} FROM {partition} UNION ALL ({copies})"  # noqa: S608 - names and numbers of ours
    new = f"CREATE TABLE anew (LIKE receipt INCLUDING DEFAULTS INCLUDING STORAGE) TABLESPACE {tablespace}"
    with writer.transaction():
        writer.execute(new.encode())
        with (
            reader.cursor().copy(f"COPY ({both}) TO STDOUT (FORMAT BINARY)".encode()) as given,
            writer.cursor().copy(f"COPY anew ({_COLUMNS}) FROM STDIN (FORMAT BINARY, FREEZE)".encode()) as taken,
        ):
            for row in given:
                taken.write(row)
        writer.execute(f"DROP TABLE {partition}".encode())
        writer.execute(f"ALTER TABLE anew RENAME TO {partition}".encode())
        writer.execute(_ATTACH.format(partition=partition, start=start_of(month), end=start_of(month + 1)).encode())
