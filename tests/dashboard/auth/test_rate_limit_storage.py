"""Sign-in attempts, counted in the database under names that change daily."""

from pathlib import Path

import pytest

from consent.core.days import DAY_SECONDS, HOUR_SECONDS
from consent.dashboard.auth.rate_limit import record
from consent.storage.database.engine import make_engine
from consent.storage.maintenance.migrate import upgrade
from consent.storage.operations import nodes

MIDNIGHT = 20_000 * DAY_SECONDS


def test_midnight_does_not_reset_an_hourly_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/consent.sqlite")
    upgrade(engine)

    def try_at(now: int) -> bool:
        monkeypatch.setattr(nodes, "clock_of", lambda connection: float(now))
        return record(engine, b"k" * 32, "ann", ((3, HOUR_SECONDS),)) is not None

    assert [try_at(MIDNIGHT - 60), try_at(MIDNIGHT - 30), try_at(MIDNIGHT + 10)] == [True, True, True]
    assert not try_at(MIDNIGHT + 20)
    assert [try_at(MIDNIGHT + HOUR_SECONDS - 60), try_at(MIDNIGHT + HOUR_SECONDS - 59)] == [True, False]
    engine.dispose()
