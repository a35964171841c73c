"""Counts that nodes collect in memory are added up in storage."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine, select

from consent.storage.statistics.event_counters import Event, Kind, Refusal, add_counts
from consent.storage.tables.statistics import BannerCount, RefusalCount

SHOWN = Event(1, 20782, "sha256:1", "DE", "", "eu_opt_in", "de", "a", "phone", False, "shown")
CHOSEN = SHOWN._replace(event="chosen")
REFUSED = Refusal(1, 20782, "invalid_token")


def stored(engine: Engine) -> dict[Kind, int]:
    with engine.connect() as connection:
        by_day = select(*(getattr(BannerCount, name) for name in (*Event._fields, "count"))).where(
            BannerCount.span == 1
        )
        events = connection.execute(by_day).all()
        refusals = connection.execute(select(*(getattr(RefusalCount, n) for n in (*Refusal._fields, "count")))).all()
    return {Event(*row[:-1]): row[-1] for row in events} | {Refusal(*row[:-1]): row[-1] for row in refusals}


def test_counts_add_up(engine: Engine) -> None:
    with engine.begin() as transaction:
        add_counts(transaction, {SHOWN: 3, CHOSEN: 1, REFUSED: 1})
        add_counts(transaction, {SHOWN: 4, REFUSED: 2})
        add_counts(transaction, {})
    assert stored(engine) == {SHOWN: 7, CHOSEN: 1, REFUSED: 3}


def test_nodes_that_add_at_once_lose_nothing(engine: Engine) -> None:
    def add(_: int) -> None:
        with engine.begin() as transaction:
            add_counts(transaction, {SHOWN: 1, CHOSEN: 2, REFUSED: 1})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(20)))
    assert stored(engine) == {SHOWN: 20, CHOSEN: 40, REFUSED: 20}
