"""Tries that are counted in the database, by names that change each day."""

from pathlib import Path

import pytest

from consent.dashboard.guess_store import DAY_S, SCHEME, GuessStore
from consent.storage import nodes
from consent.storage.engine import make_engine
from consent.storage.schema import upgrade

MIDNIGHT = 20_000 * DAY_S
HOUR_S = 3600


def test_midnight_gives_nobody_the_tries_of_an_hour_once_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/consent.sqlite")
    upgrade(engine)
    store = GuessStore(f"{SCHEME}://", engine=engine, secret=b"k" * 32)

    def try_at(now: int) -> bool:
        monkeypatch.setattr(nodes, "clock_of", lambda connection: float(now))
        return store.acquire_entry("ann", 3, HOUR_S)

    assert [try_at(MIDNIGHT - 60), try_at(MIDNIGHT - 30), try_at(MIDNIGHT + 10)] == [True, True, True]
    assert not try_at(MIDNIGHT + 20)
    assert store.get_moving_window("ann", 3, HOUR_S) == (MIDNIGHT - 60, 3)
    assert [try_at(MIDNIGHT + HOUR_S - 60), try_at(MIDNIGHT + HOUR_S - 59)] == [True, False]
    store.clear("ann")
    assert try_at(MIDNIGHT + HOUR_S - 59)
    engine.dispose()
