"""Write limits shared by several processes: two of them on one database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from consent.api.buffers import rate_limit
from consent.api.buffers.rate_limit import WriteLimit
from consent.api.buffers.shared_rate_limit import SharedLimits
from consent.storage.database.engine import make_engine
from consent.storage.maintenance.migrate import upgrade

SECRET, NETWORK = b"k" * 32, b"\xc0\x00\x02"
NOON = 1_800_000_000


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = make_engine(f"sqlite:///{tmp_path}/consent.sqlite")
    upgrade(engine)
    yield engine
    engine.dispose()


class Process:
    """A process with its own counter; `clock` is the shared time."""

    def __init__(self, engine: Engine, clock: list[float], per_minute: int | None = 20) -> None:
        self.limit = WriteLimit(per_minute, lambda: clock[0])
        self.shared = SharedLimits(engine, SECRET, {"choices": self.limit})

    def write(self, times: int) -> int:
        """Attempt `times` writes and return how many were admitted."""
        return sum(self.limit.admits(NETWORK) for _ in range(times))


def stored(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(text("SELECT key FROM rate_limit_count ORDER BY key")).scalars())


def test_a_network_has_one_limit_on_two_processes_and_a_new_one_each_minute(engine: Engine) -> None:
    clock = [float(NOON)]
    one, other = Process(engine, clock), Process(engine, clock)
    assert one.write(15) == 15
    one.shared.flush()
    assert other.write(2) == 2
    other.shared.flush()
    assert other.write(10) == 3
    one.shared.flush()
    other.shared.flush()
    one.shared.flush()
    assert one.write(5) == 0
    assert other.limit.admits(b"another network")
    clock[0] += 60
    assert (one.write(20), other.write(1)) == (20, 1)


def test_stored_counters_reveal_no_network_and_low_counts_are_not_stored(engine: Engine) -> None:
    clock = [float(NOON)]
    one = Process(engine, clock)
    one.write(1)
    one.shared.flush()
    assert stored(engine) == []
    names = set()
    for _ in range(2):
        one.write(10)
        one.shared.flush()
        names |= set(stored(engine))
        clock[0] += 60
    assert len(names) == 2
    assert all(len(name) == 64 and NETWORK.hex() not in name for name in names)


def test_each_process_keeps_its_own_count_while_the_database_is_down(engine: Engine) -> None:
    one = Process(engine, [float(NOON)])
    assert one.write(5) == 5
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE rate_limit_count"))
    one.shared.flush()
    assert one.write(20) == 15


def test_a_limit_that_is_lifted_counts_nothing(engine: Engine) -> None:
    one = Process(engine, [float(NOON)], None)
    assert one.write(1000) == 1000
    one.shared.flush()
    assert stored(engine) == []


def test_a_network_over_its_limit_stays_over_it_regardless_of_other_writers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "MAX_PREFIXES", 50)
    limit = WriteLimit(10, lambda: float(NOON))
    assert sum(limit.admits(NETWORK) for _ in range(12)) == 10
    for number in range(500):
        assert limit.admits(number.to_bytes(6, "big"))
    assert not limit.admits(NETWORK)
    assert len(limit._counts) <= 52
