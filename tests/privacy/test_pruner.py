"""Retention in the service: a site that prunes automatically does so once a day, and each run is in the job log."""

import datetime

import pytest

from consent.privacy.eraser import Eraser
from consent.privacy.pruner import ITSELF, Pruner
from consent.storage.privacy import marks, retention, retention_runs
from consent.storage.privacy.marks import HOLD
from consent.storage.receipts import receipts
from tests.storage.sample_receipts import DAY, NOW, receipt_of

OLD = NOW - 4 * 365 * DAY


class Clock:
    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def pruner(engine, keys, tmp_path, clock):
    return Pruner(engine, Eraser(engine, keys.receipt, tmp_path, clock=clock), clock)


@pytest.fixture
def old(writer, shop):
    """Write three receipts that are due and one that isn't."""
    made = [receipt_of(shop.id, time=OLD + day * DAY, expires=None) for day in range(3)]
    made.append(receipt_of(shop.id, time=NOW - DAY, expires=None))
    for new in made:
        writer.submit(new)
    return made


def prunes_itself(engine, site, wanted=True):
    with engine.begin() as transaction:
        retention.set_prunes_automatically(transaction, site.id, wanted)


def left(engine, old):
    with engine.connect() as transaction:
        return [not receipts.get(transaction, one.id).erased for one in old]


def runs(engine, site):
    with engine.connect() as transaction:
        return [
            (run.by, run.receipts, run.exempt, run.finished_at) for run in retention_runs.newest(transaction, site.id)
        ]


def test_prunes_nothing_until_the_owner_enables_it(engine, shop, pruner, old):
    assert pruner.run_once() == []
    assert left(engine, old) == [True] * 4
    prunes_itself(engine, shop)
    pruner.run_once()
    assert left(engine, old) == [False, False, False, True]
    assert runs(engine, shop) == [(ITSELF, 3, 0, NOW)]


def test_prunes_once_a_day(engine, shop, pruner, old, clock):
    prunes_itself(engine, shop)
    assert [len(pruner.run_once()) for _ in range(3)] == [1, 0, 0]
    clock.time += DAY
    assert [len(pruner.run_once()) for _ in range(2)] == [1, 0]
    assert [run[1] for run in runs(engine, shop)] == [0, 3]


def test_a_requested_prune_runs_once_regardless_of_repeated_requests(engine, shop, pruner, old):
    with engine.begin() as transaction:
        assert retention_runs.request(transaction, shop.id, "a" * 32, NOW) == retention_runs.request(
            transaction, shop.id, "b" * 32, NOW
        )
    assert len(pruner.run_once()) == 1
    assert runs(engine, shop) == [("a" * 32, 3, 0, NOW)]


def test_a_run_that_died_silently_is_resumed(engine, shop, pruner, old, clock):
    with engine.begin() as transaction:
        retention_runs.request(transaction, shop.id, ITSELF, NOW)
        assert retention_runs.claim(transaction, NOW) is not None
        assert retention_runs.claim(transaction, NOW + 10) is None
    clock.time += retention_runs.SILENT_SECONDS
    assert len(pruner.run_once()) == 1
    assert left(engine, old) == [False, False, False, True]


def test_a_hold_on_a_period_exempts_its_days_and_no_others(engine, shop, pruner, old):
    day = datetime.datetime.fromtimestamp(OLD + DAY, datetime.UTC).date()
    with engine.begin() as transaction:
        marks.put(transaction, shop.id, HOLD, marks.period(day, day), reason="case 7", by="x", now=NOW)
        due = retention.preview(transaction, shop.id, NOW)
    assert (due.receipts, due.exempt) == (2, 1)
    prunes_itself(engine, shop)
    pruner.run_once()
    assert left(engine, old) == [False, True, False, True]
    assert runs(engine, shop) == [(ITSELF, 2, 1, NOW)]
