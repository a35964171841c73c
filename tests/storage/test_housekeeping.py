"""Keys past their time go by themselves."""

import time

from sqlalchemy import func, insert, select

from consent.storage.housekeeping import Housekeeping
from consent.storage.models import ReceiptKey


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
    left = 3
    until = time.monotonic() + 10
    while left != 1 and time.monotonic() < until:
        with engine.connect() as connection:
            left = connection.execute(select(func.count()).select_from(ReceiptKey)).scalar_one()
    housekeeping.close()
    assert left == 1
