"""A thread waiting for a change continues as soon as one is announced, and stops when told to end."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future

import pytest
from sqlalchemy import Engine, text

from consent.storage.database.notifications import ChangeListener, notify_nodes
from tests.polling import wait_for

LONG_S = 3600.0
LISTENS = text("SELECT 1 FROM pg_stat_activity WHERE query LIKE 'LISTEN %' AND datname = current_database()")


@pytest.fixture
def notices(engine: Engine) -> Iterator[ChangeListener]:
    """Return notices that are closed after the test, with nobody waiting."""
    notices = ChangeListener(engine)
    yield notices
    notices.close()
    notices.end()


def waiting(notices: ChangeListener, engine: Engine) -> "Future[bool]":
    """Start a thread that waits for an hour, and return a future with its result."""
    came: Future[bool] = Future()
    threading.Thread(target=lambda: came.set_result(notices.wait(LONG_S)), daemon=True).start()
    if engine.dialect.name == "postgresql":
        wait_for(lambda: listens(engine))
    return came


def listens(engine: Engine) -> bool:
    with engine.connect() as connection:
        return bool(connection.scalar(LISTENS))


def change(engine: Engine) -> None:
    with engine.begin() as transaction:
        notify_nodes(transaction)


def test_closing_ends_a_wait_immediately(engine, notices):
    came = waiting(notices, engine)
    notices.close()
    assert came.result(60) is False
    assert notices.wait(LONG_S) is False


@pytest.mark.postgres
@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
def test_a_waiter_is_notified_of_a_change(engine, notices):
    came = waiting(notices, engine)
    change(engine)
    assert came.result(60) is True


@pytest.mark.postgres
@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
def test_a_change_without_a_waiter_is_seen_by_the_next_waiter(engine, notices):
    assert notices.wait(0) is True
    change(engine)
    assert waiting(notices, engine).result(60) is True
