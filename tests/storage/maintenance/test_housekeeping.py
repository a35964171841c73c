"""Expired keys are removed automatically."""

import time

from sqlalchemy import Engine, func, insert, select

from consent.storage.maintenance.housekeeping import Housekeeping
from consent.storage.tables.receipts import ReceiptKey
from tests.polling import wait_for


def test_keys_older_than_60_days_are_deleted_and_younger_ones_stay(engine):
    now = int(time.time())
    rows = [
        {"site_id": 1, "key": f"{days:032x}", "receipt_id": "0" * 32, "created_at": now - days * 86400}
        for days in (59, 61, 400)
    ]
    with engine.begin() as connection:
        connection.execute(insert(ReceiptKey), rows)
    housekeeping = Housekeeping(engine, every_s=0.05)
    housekeeping.start()
    wait_for(lambda: left_in(engine) == 1)
    housekeeping.close()
    assert left_in(engine) == 1


def left_in(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(ReceiptKey)).scalar_one()
