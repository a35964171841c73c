"""Expired keys are removed automatically."""

import time

from sqlalchemy import Engine, func, insert, select

from consent.storage.maintenance import housekeeping as module
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


def test_a_job_that_fails_skips_no_other_one_and_runs_again(engine, caplog):
    failed, done = [], []

    def fail() -> None:
        failed.append(1)
        raise OSError(28, "No space left on device")

    housekeeping = Housekeeping(engine, every_s=0.05)
    housekeeping.also = (fail, lambda: done.append(1))
    housekeeping.start()
    wait_for(lambda: len(failed) > 1)
    housekeeping.close()
    assert len(done) > 1
    assert "housekeeping: a round failed" in caplog.text


def test_a_round_with_a_failed_job_is_not_done(engine, monkeypatch):
    monkeypatch.setattr(module, "AGAIN_SECONDS", 0.05)
    rounds = []

    def fail_once() -> None:
        rounds.append(1)
        if len(rounds) == 1:
            raise OSError(5, "Input/output error")

    housekeeping = Housekeeping(engine)
    housekeeping.also = (fail_once,)
    housekeeping.start()
    wait_for(lambda: len(rounds) == 2)
    housekeeping.close()


def left_in(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(ReceiptKey)).scalar_one()
