import logging
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import Engine
from sqlalchemy.exc import DataError, OperationalError

from consent.storage.database.engine import make_engine
from consent.storage.database.outage import Outage, reason_of


@pytest.fixture
def engine(caplog: pytest.LogCaptureFixture) -> Iterator[Engine]:
    caplog.set_level(logging.INFO, logger="consent.storage.database.outage")
    made = make_engine("postgresql://ann:secret@127.0.0.1:9/consent")
    yield made
    made.dispose()


@pytest.fixture
def refusal(engine: Engine) -> OperationalError:
    """Return the error raised by an unreachable database."""
    with pytest.raises(OperationalError) as refused:
        engine.connect()
    return refused.value


def test_an_outage_is_reported_once_and_its_end_once_when_all_parts_have_recovered(
    engine: Engine, refusal: OperationalError, caplog: pytest.LogCaptureFixture
) -> None:
    live, sequencer = (Outage(engine, what, is_steady=True) for what in ("watch on live configs", "sequencer"))
    counter = Outage(engine, "event counter")
    live.is_over()
    for part in (sequencer, live, counter, sequencer):
        part.begins(refusal)
    live.is_over()
    counter.is_over()
    [began] = caplog.messages
    sequencer.is_over()
    live.is_over()
    [_, ended] = caplog.messages
    assert began.startswith("the database does not answer (")
    assert began.endswith("; noticed by: sequencer")
    assert "refused" in began
    assert "secret" not in began
    assert "\n" not in began
    assert ended == "the database answers again"
    live.begins(refusal)
    assert [message.partition(" (")[0] for message in caplog.messages[2:]] == ["the database does not answer"]


def test_a_request_stuck_in_an_outage_does_not_restart_it(
    engine: Engine, refusal: OperationalError, caplog: pytest.LogCaptureFixture
) -> None:
    live, node = (Outage(engine, what, is_steady=True) for what in ("watch on live configs", "watch on nodes"))
    live.begins(refusal)
    live.is_over()
    node.begins(refusal)
    assert len(caplog.messages) == 2
    node.is_over()
    node.begins(refusal)
    assert len(caplog.messages) == 3


def test_an_infrequent_caller_does_not_delay_the_end_of_an_outage(
    engine: Engine, refusal: OperationalError, caplog: pytest.LogCaptureFixture
) -> None:
    live, counter = Outage(engine, "watch on live configs", is_steady=True), Outage(engine, "event counter")
    counter.begins(refusal)
    live.is_over()
    assert [message.partition(" (")[0] for message in caplog.messages] == [
        "the database does not answer",
        "the database answers again",
    ]


def test_databases_are_told_apart(engine: Engine, refusal: OperationalError, caplog: pytest.LogCaptureFixture) -> None:
    other = make_engine("postgresql://ann@127.0.0.1:9/other")
    for part in (Outage(engine, "sequencer"), Outage(other, "sequencer")):
        part.begins(refusal)
    assert len(caplog.messages) == 2
    other.dispose()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (errors.DiskFull("no space left"), "the disk of the database is full (no space left); noticed by: sequencer"),
        (errors.AdminShutdown("ended"), "the database does not answer (ended); noticed by: sequencer"),
        (errors.ReadOnlySqlTransaction("standby"), "the database does not answer (standby); noticed by: sequencer"),
        (psycopg.OperationalError("gone"), "the database does not answer (gone); noticed by: sequencer"),
        (errors.LockNotAvailable("busy"), "sequencer: the database rejected the query (busy)"),
        (DataError("", {}, ValueError("too long")), "sequencer: the database rejected the query (too long)"),
    ],
)
def test_each_error_is_named_and_reported_once(
    engine: Engine, error: Exception, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    part = Outage(engine, "sequencer", is_steady=True)
    part.begins(error)
    part.begins(error)
    assert caplog.messages == [said]


def test_a_full_disk_of_sqlite_is_no_lost_database(tmp_path, caplog: pytest.LogCaptureFixture) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/consent.db")
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE room (word)")
        connection.exec_driver_sql("PRAGMA max_page_count = 3")
        with pytest.raises(OperationalError) as full:
            connection.exec_driver_sql("INSERT INTO room VALUES (zeroblob(100000))")
    with engine.connect() as connection, pytest.raises(OperationalError) as missing:
        connection.exec_driver_sql("SELECT * FROM nowhere")
    part = Outage(engine, "sequencer")
    part.begins(full.value)
    part.begins(missing.value)
    assert [message.partition(" (")[0] for message in caplog.messages] == [
        "the disk of the database is full",
        "sequencer: the database rejected the query",
    ]
    engine.dispose()


def test_of_several_hosts_each_reason_stands_once() -> None:
    engine = make_engine("postgresql://ann:secret@127.0.0.1:9,127.0.0.2:9,127.0.0.3:10/consent")
    with pytest.raises(OperationalError) as refused:
        engine.connect()
    assert reason_of(refused.value) == "127.0.0.1:9, 127.0.0.2:9, 127.0.0.3:10: Connection refused"
    engine.dispose()
