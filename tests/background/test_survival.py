"""An error that nobody expected ends none of the threads that query the database."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, insert, select

from consent.api.buffers.event_counter import EventCounter
from consent.background import thread as module
from consent.background.thread import BackgroundThread
from consent.log.checkpoint_webhook import CheckpointHook
from consent.outbound.language_model import LanguageModel
from consent.scanner.language_model_suggestions import LanguageModelSuggestions
from consent.storage.database.engine import make_engine
from consent.storage.maintenance import migrate
from consent.storage.maintenance.replica import Reads
from consent.storage.maintenance.wal_checkpointer import WalCheckpointer
from consent.storage.statistics.event_counters import Refusal
from consent.storage.tables.sites import Site
from consent.storage.tables.statistics import RefusalCount
from tests.polling import wait_for
from tests.storage.sample_receipts import NOW


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """Return a database with one site."""
    found = make_engine(f"sqlite:///{tmp_path}/consent.sqlite")
    migrate.upgrade(found)
    with found.begin() as connection:
        connection.execute(insert(Site).values(id=1, key="shop", name="shop", draft="{}", created_at=NOW))
    yield found
    found.dispose()


def survives(thread: BackgroundThread, engine: Engine, caplog: Any, monkeypatch: Any) -> None:
    """Fail every query of the thread's first rounds, and check that a later round succeeds."""
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.01)
    failed: list[str] = []

    def fail(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        failed.append(statement)
        raise RuntimeError("nobody expected this")

    event.listen(engine, "before_cursor_execute", fail)
    thread.start()
    try:
        wait_for(lambda: failed)
        wait_for(lambda: f"{thread.name}: a round failed" in caplog.text)
        assert thread.success_age is None
        event.remove(engine, "before_cursor_execute", fail)
        thread.wake()
        wait_for(lambda: thread.success_age is not None)
    finally:
        thread.close()
    assert "nobody expected this" in caplog.text


def checkpointer(engine: Engine) -> BackgroundThread:
    return WalCheckpointer(engine)


def flusher(engine: Engine) -> BackgroundThread:
    counter = EventCounter(engine, flush_s=0.01)
    counter.add(Refusal(1, 20_000, "invalid_body"))
    return counter


def webhook(engine: Engine) -> BackgroundThread:
    return CheckpointHook(engine, "http://127.0.0.1:9/unused", "http://localhost")


def language_model(engine: Engine) -> BackgroundThread:
    return LanguageModelSuggestions(engine, LanguageModel("http://127.0.0.1:9/v1", "small", "", 1.0), 5)


def replica(engine: Engine) -> BackgroundThread:
    return Reads(engine, engine)


@pytest.mark.parametrize("made", [checkpointer, webhook, language_model, replica])
def test_a_thread_goes_on_after_an_unexpected_error(
    engine: Engine,
    made: Callable[[Engine], BackgroundThread],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    survives(made(engine), engine, caplog, monkeypatch)


def test_counts_are_kept_when_they_cannot_be_written(
    engine: Engine, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    survives(flusher(engine), engine, caplog, monkeypatch)
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(RefusalCount)).scalar_one() == 1
