from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine

from consent.storage.database.partitions import create_months, month_of, months_ahead, start_of
from consent.storage.receipts import receipts
from consent.storage.receipts.writer import ReceiptWriter
from consent.storage.sites import sites
from tests.storage.sample_receipts import DAY, NOW, receipt_of


def partitions(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(
            connection.exec_driver_sql(
                "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'receipt'::regclass ORDER BY 1"
            ).scalars()
        )


@pytest.mark.parametrize(("time", "month"), [(NOW, "2026-11"), (0, "1970-01"), (1798761599, "2026-12")])
def test_a_month_is_counted_in_utc(time: int, month: str) -> None:
    number = month_of(time)
    assert f"{number // 12}-{number % 12 + 1:02d}" == month
    assert start_of(number) <= time < start_of(number + 1)


def test_the_present_month_and_the_two_after_it_are_made(postgres_engine: Engine) -> None:
    create_months(postgres_engine, months_ahead(NOW))
    create_months(postgres_engine, months_ahead(NOW))
    assert partitions(postgres_engine) == ["receipt_2026_11", "receipt_2026_12", "receipt_2027_01"]


def test_many_nodes_may_make_the_same_months_at_once(postgres_engine: Engine) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: create_months(postgres_engine, months_ahead(NOW)), range(8)))
    assert len(partitions(postgres_engine)) == 3


def test_a_long_export_does_not_stop_the_roll_over_to_a_new_month(postgres_engine: Engine) -> None:
    with postgres_engine.connect() as export:
        export.exec_driver_sql("SELECT count(*) FROM receipt")
        create_months(postgres_engine, months_ahead(NOW))
    assert len(partitions(postgres_engine)) == 3


def test_the_writer_makes_the_month_that_a_receipt_needs(postgres_engine: Engine) -> None:
    with postgres_engine.begin() as transaction:
        shop = sites.create(transaction, "shop", "The shop", "{}", NOW)
    writer = ReceiptWriter(postgres_engine, timeout=60)
    ids = [writer.submit(receipt_of(shop.id, time=NOW + days * DAY)).id for days in (0, 6, 400, -700)]
    with postgres_engine.connect() as transaction:
        assert all(receipts.get(transaction, receipt_id) for receipt_id in ids)
    assert writer.close()


def test_the_writer_makes_a_month_again_that_was_dropped(postgres_engine: Engine) -> None:
    writer = ReceiptWriter(postgres_engine, timeout=60)
    writer.submit(receipt_of(1))
    with postgres_engine.begin() as transaction:
        transaction.exec_driver_sql("DROP TABLE receipt_2026_11, receipt_personal_2026_11")
    assert writer.submit(receipt_of(1)).created
    assert writer.close()
