"""Base class of the threads that repeat queries: an outage of the database is logged once, for all of them."""

from contextlib import nullcontext

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from consent.background.thread import CLOSE_SECONDS, MAX_RETRY_SECONDS, RETRY_SECONDS, BackgroundThread
from consent.storage.database.outage import Outage
from consent.storage.database.query_timeout import answers_within


class DatabaseThread(BackgroundThread):
    """A background thread whose rounds fail while the database is down; `what` names it in the log of the outage.

    `is_steady` is true if every round queries the database. A query may take `answer_s` seconds; during an outage, the
    next round comes after `outage_s`, or `every_s`.
    """

    def __init__(
        self,
        name: str,
        engine: Engine,
        every_s: float | None,
        *,
        what: str = "",
        is_steady: bool = False,
        answer_s: float | None = None,
        outage_s: float | None = None,
        first_s: float | None = None,
        close_s: float = CLOSE_SECONDS,
        retry_s: float = RETRY_SECONDS,
        max_retry_s: float = MAX_RETRY_SECONDS,
    ) -> None:
        super().__init__(name, every_s, first_s=first_s, close_s=close_s, retry_s=retry_s, max_retry_s=max_retry_s)
        self._engine, self._answer_s = engine, answer_s
        self._outage_s = every_s if outage_s is None else outage_s
        self._outage = Outage(engine, what or name, is_steady=is_steady)

    def _run(self) -> None:
        with nullcontext() if self._answer_s is None else answers_within(self._answer_s):
            super()._run()

    def _record_success(self) -> None:
        self._outage.is_over()
        super()._record_success()

    def _handle(self, error: Exception) -> float | None:
        if not isinstance(error, SQLAlchemyError):
            return super()._handle(error)
        self._outage.begins(error)
        return self._outage_s
