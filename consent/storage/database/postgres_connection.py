"""PostgreSQL connections, set up for durable COMMIT and dropped if they don't answer."""

import logging
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import errors
from sqlalchemy import Engine, event

from consent.storage.database.query_timeout import query_timeout

log = logging.getLogger(__name__)


class NodeConnection(psycopg.Connection[Any]):
    """Connection that is dropped if it doesn't answer, for example when a proxy keeps it open after its server is gone.

    `is_pooled` is true behind a pooler, where settings and prepared statements don't carry over between transactions.
    """

    timeout_s: float | None = None
    is_pooled = False

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for the result of the query `gen`. Raises OperationalError on timeout."""
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        seconds = query_timeout() or self.timeout_s
        try:
            return super().wait(gen, interval, seconds)
        except errors._WaitTimeout:
            # Don't cancel: a COMMIT waiting for a standby would return as if the standby had it.
            self.pgconn.finish()
            raise psycopg.OperationalError(f"no answer within {seconds:g} s") from None


def prepare_postgres(engine: Engine, settings: Sequence[str], timeout_s: float | None) -> None:
    """Run `settings` on each new connection of `engine`, and set the query timeout."""

    def connect(_dialect: object, _record: object, arguments: Any, named: Any) -> NodeConnection:
        connection = NodeConnection.connect(*arguments, **named)
        connection.timeout_s = timeout_s
        return connection

    def set_up(connection: NodeConnection, _record: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid(), current_setting('synchronous_commit')")
            [(pid, commits)] = cursor.fetchall()
            # A pooler reports backend pids of its own, since the server behind it changes.
            connection.is_pooled = pid != connection.pgconn.backend_pid
            if connection.is_pooled:
                connection.prepare_threshold = None
                _check_durable(connection, commits)
            else:
                for statement in settings:
                    cursor.execute(statement.encode())
        connection.commit()

    def give_up_standby(context: Any) -> None:
        if isinstance(context.original_exception, errors.ReadOnlySqlTransaction):
            context.is_disconnect = True

    event.listen(engine, "do_connect", connect)
    event.listen(engine, "connect", set_up)
    event.listen(engine, "handle_error", give_up_standby)


def _check_durable(connection: NodeConnection, commits: str) -> None:
    if commits not in ("on", "remote_apply"):
        connection.close()
        sentence = (
            f"synchronous_commit is {commits}, and behind a pooler the service cannot change it: set it in the database"
        )
        log.error("%s (ALTER DATABASE … SET synchronous_commit = on)", sentence)
        raise psycopg.OperationalError(sentence)
