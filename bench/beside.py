"""Generate filler rows as wide as real receipts, quickly, on PostgreSQL."""

import time

import psycopg
from psycopg import Connection

from consent.storage.database.partitions import month_of, read_month, start_of
from consent.storage.tables.receipts import Receipt
from tests.postgres import libpq_url

NOBODY = 0
"""The site of these rows: there is none of that id, so that no sequencer waits for them."""
KEPT_S = 60 * 86400
"""For so long the key of a choice is kept."""
_OWN = ("id", "time", "site_id", "log_index")
_REST = tuple(column.name for column in Receipt.__table__.columns if column.name not in _OWN)
_COLUMNS = ", ".join((*_OWN, *_REST))
_COPIES = f"""
SELECT CAST(md5(concat(id, ' ', n)) AS varchar), time, {NOBODY}, CAST(NULL AS bigint), {", ".join(_REST)}
FROM {{partition}}, generate_series(1, {{times}}) n LIMIT {{share}}
"""  # noqa: S608 - names and numbers of ours, as all below
_KEYS = f"""
INSERT INTO receipt_key (site_id, key, receipt_id, created_at, body_mac, salt)
SELECT r.site_id, md5(r.id), r.id, r.time, k.body_mac, k.salt
FROM receipt r, (SELECT body_mac, salt FROM receipt_key LIMIT 1) k
WHERE r.time > (SELECT max(created_at) FROM receipt_key) - {KEPT_S}
"""  # noqa: S608
_ATTACH = "ALTER TABLE receipt ATTACH PARTITION {partition} FOR VALUES FROM ({start}) TO ({end})"


def put_beside(url: str, rows: int, tablespace: str = "pg_default") -> None:
    """Add `rows` copies of the receipts that are there, each in its month, and for all rows the keys of 60 days.

    To a month that is not over they are added as receipts are, indexes and all. A month that is over is written anew, its
    own receipts with it, to `tablespace`, its indexes are made at the end, and no receipt is in use twice; it is then as
    vacuum leaves one. With `wal_level` at `minimal` none of these is written to the log first.
    """
    with (
        psycopg.connect(libpq_url(url), autocommit=True) as reader,
        psycopg.connect(libpq_url(url), autocommit=True) as writer,
    ):
        counts = reader.execute("SELECT CAST(tableoid AS regclass)::text, count(*) FROM receipt GROUP BY 1 ORDER BY 1")
        months: list[tuple[str, int]] = counts.fetchall()
        left, there = rows, sum(count for _, count in months)
        for partition, count in months:
            share = left * count // there
            left, there = left - share, there - count
            copies = _COPIES.format(partition=partition, times=-(-share // count), share=share)
            if read_month(partition.removeprefix("receipt_").replace("_", "-")) < month_of(int(time.time())):
                _write_anew(reader, writer, partition, copies, tablespace)
            else:
                writer.execute(f"INSERT INTO {partition} ({_COLUMNS}) {copies}".encode())
        writer.execute(_KEYS.encode())
        writer.execute("VACUUM ANALYZE receipt, receipt_key")
        writer.execute("CHECKPOINT")


def _write_anew(reader: Connection, writer: Connection, partition: str, copies: str, tablespace: str) -> None:
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
