from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine

from consent.storage.counts import Shown, add_shown, shown

MONDAY = Shown(1, 20782, "eu_opt_in", "de", "a", "sha256:1")
TUESDAY = MONDAY._replace(day=20783)


def test_counts_add_up(engine: Engine) -> None:
    with engine.begin() as transaction:
        add_shown(transaction, {MONDAY: 3, TUESDAY: 1})
        add_shown(transaction, {MONDAY: 4})
        add_shown(transaction, {})
        assert shown(transaction, 1, 20782, 20783) == {MONDAY: 7, TUESDAY: 1}


def test_a_site_sees_its_own_days_only(engine: Engine) -> None:
    with engine.begin() as transaction:
        add_shown(transaction, {MONDAY: 3, TUESDAY: 1, MONDAY._replace(site_id=2): 5})
        assert shown(transaction, 1, 20783, 20790) == {TUESDAY: 1}


def test_nodes_that_add_at_once_lose_nothing(engine: Engine) -> None:
    def add(_: int) -> None:
        with engine.begin() as transaction:
            add_shown(transaction, {MONDAY: 1, TUESDAY: 2})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(20)))
    with engine.connect() as transaction:
        assert shown(transaction, 1, 0, 99999) == {MONDAY: 20, TUESDAY: 40}
